//! The arguments of the commands that only look: `plan`, `check`, `expand`, `graph`, `status`.

use clap::{Args, ValueEnum};

use super::film::{FilmArgs, PlanningArgs, ScenesArgs};
use super::values::warning_help;

/// The arguments of `plan`.
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    /// The arguments that the plan depends on.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Print the requests that would be sent for the takes that cost something, as JSON
    #[arg(long, conflicts_with = "json")]
    pub requests: bool,
}

/// The arguments of `check`.
#[derive(Clone, Debug, Args)]
#[command(after_help = warning_help())]
pub struct CheckArgs {
    /// The storyboard and its variables.
    #[command(flatten)]
    pub film: FilmArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `expand`.
#[derive(Clone, Debug, Args)]
pub struct ExpandArgs {
    /// The storyboard and its variables.
    #[command(flatten)]
    pub film: FilmArgs,
    /// The chosen scenes.
    #[command(flatten)]
    pub scenes: ScenesArgs,
    /// Resolve the film as for a preview, with the keys of previews and without locked seeds
    #[arg(long)]
    pub preview: bool,
    /// Print JSON, with the key of each take
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `graph`.
#[derive(Clone, Debug, Args)]
pub struct GraphArgs {
    /// The arguments that the plan depends on.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Output format
    #[arg(long, default_value = "text")]
    pub format: GraphFormat,
}

/// How to draw a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Plain text
    Text,
    /// Graphviz
    Dot,
    /// Mermaid, as GitHub shows it in Markdown
    Mermaid,
    /// SVG image
    Svg,
}

/// The arguments of `status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// The storyboard and its variables.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
