//! The arguments of the commands that only look: `plan`, `check`, `expand`, `graph`, `status`.

use clap::{Args, ValueEnum};

use super::film::{FilmArgs, PlanningArgs, ScenesArgs};
use super::values::warning_help;

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
