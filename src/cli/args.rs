//! Arguments: what the command line takes. Nothing is done here.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::values::{credits, fault_help, host_and_port, name_and_value, seconds, warning_help};
use crate::base::{Credits, WarningRule};
use crate::runner::PublicUrl;
use crate::sim::FaultRule;

/// Turns a YAML storyboard kept in git into videos, and never pays for the same take twice.
#[derive(Debug, Parser)]
#[command(
    name = "kling-build",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Exit codes: 0 done, 1 a take or cut failed, 2 bad usage or storyboard, \
                  3 a decision is needed (budget, doubt, --locked), 130 interrupted.\n\n\
                  Environment: KIE_API_KEY, KIE_API_BASE, KIE_UPLOAD_BASE, KIE_WEBHOOK_SECRET, \
                  KLING_BUILD_HOME, NO_COLOR."
)]
pub struct Arguments {
    /// What to do besides building.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The build that is meant where no command is given.
    #[command(flatten)]
    pub build: BuildArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the film: the same as no command at all
    Build(Box<BuildArgs>),
    /// Show what a build would do, why, and the most it can cost; writes nothing
    Plan(PlanArgs),
    /// Check the storyboard and its files; needs no key and no network
    Check(CheckArgs),
    /// Print the film as resolved, as a storyboard: every default filled in, every template
    /// rendered, and where each value came from; writes nothing
    Expand(ExpandArgs),
    /// Draw which scene waits for which
    Graph(GraphArgs),
    /// Show the takes there are, the tasks that run and the doubts
    Status(StatusArgs),
    /// Decide a doubt: did the provider take the request or not?
    Settle(SettleArgs),
    /// Fetch every video that the provider still has and this machine lacks; costs nothing
    Salvage(SalvageArgs),
    /// Look after the store: list, verify, clear
    #[command(subcommand)]
    Store(StoreCommand),
    /// Write a small film to begin with; nothing is overwritten
    Init(InitArgs),
    /// Print the models, what they can do and what they cost
    Catalog(CatalogArgs),
    /// Print the JSON Schema of a file or output format
    Schema(SchemaArgs),
    /// Run a local server that speaks the API, to rehearse without paying
    Sim(SimArgs),
    /// Print the completions for a shell
    Completions(CompletionsArgs),
}

/// What names a storyboard and what changes its values.
#[derive(Clone, Debug, Args)]
pub struct FilmArgs {
    /// The storyboard
    #[arg(default_value = "storyboard.yaml", value_name = "STORYBOARD")]
    pub storyboard: PathBuf,
    /// Set a variable of the storyboard
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub vars: Vec<(String, String)>,
    /// Take variables from a YAML or JSON file
    #[arg(long = "vars", value_name = "FILE")]
    pub vars_files: Vec<PathBuf>,
    /// What to do about warnings: `error`, `warn` or `allow`, or about one only: `error=CODE`
    #[arg(short = 'W', value_name = "LEVEL[=CODE]")]
    pub warnings: Vec<WarningRule>,
    /// Use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}

/// What names scenes.
#[derive(Clone, Debug, Args)]
pub struct ScenesArgs {
    /// Scenes: ids, globs, `tag:act1`, `x+` (and what follows from it), `+x` (and what feeds it);
    /// several add to one another
    #[arg(value_name = "SCENES")]
    pub scenes: Vec<String>,
    /// Leave these out of SCENES, written in the same ways
    #[arg(long, value_name = "SCENES")]
    pub exclude: Vec<String>,
}

/// What plans a build.
#[derive(Clone, Debug, Args)]
pub struct PlanningArgs {
    /// The storyboard and its variables.
    #[command(flatten)]
    pub film: FilmArgs,
    /// The scenes that are meant.
    #[command(flatten)]
    pub scenes: ScenesArgs,
    /// Of SCENES, only those that a build would do something about
    #[arg(long)]
    pub changed: bool,
    /// Of SCENES, only those that have no take and whose last attempt has failed
    #[arg(long)]
    pub failed: bool,
    /// Draw an animatic of each scene instead: offline, free, no key
    #[arg(long)]
    pub preview: bool,
    /// Where the videos go [default: `build` beside the storyboard]
    #[arg(short = 'o', long, value_name = "DIR")]
    pub build_dir: Option<PathBuf>,
    /// The most credits this build may cost; the storyboard's `budget` holds as well
    #[arg(long, value_name = "CREDITS", value_parser = credits)]
    pub budget: Option<Credits>,
    /// Make a scene again although there is a take, and pay for it; written as in SCENES
    #[arg(long, value_name = "SCENE")]
    pub force: Vec<String>,
    /// Make takes again that have failed up to N times, and pay for them; `--failed` names those
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub retry_failed: u32,
}

/// What a build takes.
#[derive(Clone, Debug, Args)]
pub struct BuildArgs {
    /// What plans it.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Takes at the provider at once [default: what the provider allows]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub concurrency: Option<u16>,
    /// Do not ask before paying
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// Fail with exit code 3 if anything would have to be made (for CI)
    #[arg(long)]
    pub locked: bool,
    /// Fail with exit code 3 if anything would have to come from the network
    #[arg(long)]
    pub offline: bool,
    /// Send nothing more after the first failure
    #[arg(long)]
    pub fail_fast: bool,
    /// Seconds between two polls of a task [default: 3 to 5, with jitter]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub poll_interval: Option<Duration>,
    /// Listen here for the provider's callbacks, so that finished takes are fetched at once
    #[arg(long, value_name = "HOST:PORT", requires = "webhook_url", conflicts_with = "preview")]
    #[arg(value_parser = host_and_port)]
    pub webhook_listen: Option<String>,
    /// The public https address under which the provider reaches --webhook-listen
    #[arg(long, value_name = "URL", requires = "webhook_listen", conflicts_with = "preview")]
    pub webhook_url: Option<PublicUrl>,
    /// Seconds that a take in doubt waits for its callback [default: twice the usual time, 300 at
    /// least]
    #[arg(long, value_name = "SECONDS", requires = "webhook_listen", value_parser = seconds)]
    pub webhook_wait: Option<Duration>,
    /// Read the API key from a file instead of KIE_API_KEY
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// Print one JSON event a line on stdout
    #[arg(long)]
    pub json: bool,
    /// Print errors only
    #[arg(short, long)]
    pub quiet: bool,
    /// Say more; twice: requests and answers
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// What `plan` takes.
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    /// What plans it.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Print the plan as JSON
    #[arg(long)]
    pub json: bool,
}

/// What `check` takes.
#[derive(Clone, Debug, Args)]
#[command(after_help = warning_help())]
pub struct CheckArgs {
    /// The storyboard and its variables.
    #[command(flatten)]
    pub film: FilmArgs,
    /// Print the diagnostics as JSON
    #[arg(long)]
    pub json: bool,
}

/// What `expand` takes.
#[derive(Clone, Debug, Args)]
pub struct ExpandArgs {
    /// The storyboard and its variables.
    #[command(flatten)]
    pub film: FilmArgs,
    /// The scenes that are meant.
    #[command(flatten)]
    pub scenes: ScenesArgs,
    /// The film as its preview has it: its keys, and seeds that no lock has kept
    #[arg(long)]
    pub preview: bool,
    /// Print it as JSON, with the key of each take
    #[arg(long)]
    pub json: bool,
}

/// What `graph` takes.
#[derive(Clone, Debug, Args)]
pub struct GraphArgs {
    /// What plans it.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// How to draw it
    #[arg(long, default_value = "text")]
    pub format: GraphFormat,
}

/// What `status` takes.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// The storyboard and its variables.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// What `settle` takes.
#[derive(Clone, Debug, Args)]
pub struct SettleArgs {
    /// The scene in doubt
    pub scene: String,
    /// The provider took it as this task
    #[arg(long, value_name = "ID", required_unless_present = "not_sent")]
    pub task: Option<String>,
    /// The provider never got it
    #[arg(long, conflicts_with = "task")]
    pub not_sent: bool,
    /// Which of several doubts of the scene, by its number in `status`
    #[arg(long, value_name = "NUMBER")]
    pub doubt: Option<i64>,
    /// The storyboard
    #[arg(short = 'f', long = "file", value_name = "FILE", default_value = "storyboard.yaml")]
    pub storyboard: PathBuf,
    /// Set a variable of the storyboard
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub vars: Vec<(String, String)>,
    /// Take variables from a YAML or JSON file
    #[arg(long = "vars", value_name = "FILE")]
    pub vars_files: Vec<PathBuf>,
    /// Read the API key from a file instead of KIE_API_KEY
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
}

/// What `salvage` takes.
#[derive(Clone, Debug, Args)]
pub struct SalvageArgs {
    /// Also fetch takes that newer ones have replaced, and ask about tasks older than the provider
    /// keeps videos
    #[arg(long)]
    pub all: bool,
    /// Read the API key from a file instead of KIE_API_KEY
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
}

/// What can be done about the store.
#[derive(Clone, Debug, Subcommand)]
pub enum StoreCommand {
    /// Show what is in it: scene, model, credits, size
    List(ListArgs),
    /// Hash every video again; move what is damaged into `quarantine/`
    Verify,
    /// Show which videos no film uses any more, and remove them if you agree
    Gc(GcArgs),
}

/// What `store list` takes.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// Use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}

/// What `store gc` takes.
#[derive(Clone, Debug, Args)]
pub struct GcArgs {
    /// Keep what came or was used within so many days
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(..36_500))]
    pub older_than: u32,
    /// Remove without asking
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// A lock that is gone for good: what only it may have used is not kept for it
    #[arg(long, value_name = "LOCK")]
    pub forget: Vec<String>,
    /// Use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}

/// What `init` takes.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The folder of the new film; it is made if need be
    #[arg(default_value = ".", value_name = "DIR")]
    pub folder: PathBuf,
}

/// What `catalog` takes.
#[derive(Clone, Debug, Args)]
pub struct CatalogArgs {
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// What `schema` takes.
#[derive(Clone, Debug, Args)]
pub struct SchemaArgs {
    /// Which format
    #[arg(default_value = "storyboard")]
    pub format: SchemaFormat,
}

/// What `sim` takes.
#[derive(Clone, Debug, Args)]
#[command(after_help = fault_help())]
pub struct SimArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub listen: std::net::SocketAddr,
    /// The balance of the account
    #[arg(long, value_name = "CREDITS", default_value = "10000", value_parser = credits)]
    pub credits: Credits,
    /// Seconds that a video takes
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub latency: Duration,
    /// Tasks that may run at once
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub concurrent_tasks: usize,
    /// Something that goes wrong, such as `1005:1-2`: the kinds and times are listed below
    #[arg(long = "fault", value_name = "KIND[:WHEN]")]
    pub faults: Vec<FaultRule>,
    /// Decides what is left to chance
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// What `completions` takes.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How to draw a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Lines of text
    Text,
    /// Graphviz
    Dot,
    /// Mermaid, as GitHub shows it in Markdown
    Mermaid,
    /// A picture
    Svg,
}

/// The formats that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaFormat {
    /// The storyboard
    Storyboard,
    /// A file that a storyboard includes
    Include,
    /// `<storyboard>.lock`
    Lock,
    /// `build/manifest.json`
    Manifest,
    /// `plan --json`
    Plan,
    /// `status --json`
    Status,
    /// `expand --json`
    Expand,
    /// `check --json`
    Check,
    /// `catalog --json`
    Catalog,
    /// A line of `build --json`
    Events,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_storyboard_needs_no_command() {
        let bare = Arguments::parse_from(["kling-build", "film.yaml", "a", "b+", "--preview"]);
        assert!(bare.command.is_none());
        assert_eq!(bare.build.planning.film.storyboard, PathBuf::from("film.yaml"));
        assert_eq!(bare.build.planning.scenes.scenes, ["a", "b+"]);
        let plan = Arguments::parse_from(["kling-build", "plan", "film.yaml"]);
        assert!(matches!(plan.command, Some(Command::Plan(_))));
    }
}
