//! Arguments: what the command line takes. Nothing is done here.

mod values;
pub mod film;
pub mod build;
pub mod inspect;
pub mod project;
pub mod upkeep;
pub mod sim;

use clap::{Parser, Subcommand};

use build::BuildArgs;
use inspect::{CheckArgs, ExpandArgs, GraphArgs, PlanArgs, StatusArgs};
use project::{CatalogArgs, CompletionsArgs, InitArgs, SchemaArgs};
use sim::SimArgs;
use upkeep::{SalvageArgs, SettleArgs, StoreCommand};

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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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
