//! The arguments that name a storyboard and its scenes, shared by many commands.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{BudgetLimit, budget, dialect, name_and_value};
use crate::base::{ProfileId, WarningRule};
use crate::catalog::Dialect;
use crate::cli::completion;

/// The storyboard and the options that change its values.
#[derive(Clone, Debug, Args)]
pub struct FilmArgs {
    /// The storyboard file
    #[arg(default_value = "storyboard.yaml", value_name = "STORYBOARD", add = completion::storyboards())]
    pub storyboard: PathBuf,
    /// Set a variable of the storyboard
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub vars: Vec<(String, String)>,
    /// Set variables from a YAML or JSON file
    #[arg(long = "vars", value_name = "FILE")]
    pub vars_files: Vec<PathBuf>,
    /// Override values of all scenes with those of this profile of the storyboard, such as `draft`;
    /// its videos are in a folder of their own, `build/NAME`
    #[arg(long, value_name = "NAME", add = completion::profiles())]
    pub profile: Option<ProfileId>,
    /// The dialect of the API, whatever the storyboard says: `kling` is the documented Kling API,
    /// `jobs` the unified jobs API of the same service [env: KIE_API]
    #[arg(long, value_name = "DIALECT", value_parser = dialect)]
    pub api: Option<Dialect>,
    /// A file that adds models to the built-in catalog or replaces their prices, whatever the
    /// storyboard says [env: KLING_BUILD_CATALOG]
    #[arg(long, value_name = "FILE")]
    pub catalog: Option<PathBuf>,
    /// Use files outside the project too: above the git work tree (or, without git, above the
    /// storyboard's folder), and where symbolic links lead; what a film uses is uploaded
    #[arg(long)]
    pub allow_outside: bool,
    /// How to treat warnings: `error`, `warn` or `allow`; `error=CODE` sets the level of one warning
    #[arg(short = 'W', value_name = "LEVEL[=CODE]")]
    pub warnings: Vec<WarningRule>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}

/// The chosen scenes.
#[derive(Clone, Debug, Args)]
pub struct ScenesArgs {
    /// Scenes to include: names, globs, `tag:act1`, `x+` (x and everything that depends on it), `+x`
    /// (x and everything it depends on)
    #[arg(value_name = "SCENES", add = completion::selectors())]
    pub scenes: Vec<String>,
    /// Scenes to leave out, written like SCENES
    #[arg(long, value_name = "SCENES", add = completion::selectors())]
    pub exclude: Vec<String>,
}

/// The arguments that a plan depends on.
#[derive(Clone, Debug, Args)]
pub struct PlanningArgs {
    /// The storyboard and its variables.
    #[command(flatten)]
    pub film: FilmArgs,
    /// The chosen scenes.
    #[command(flatten)]
    pub scenes: ScenesArgs,
    /// Only scenes that a build would change
    #[arg(long)]
    pub changed: bool,
    /// Only scenes without a take whose last attempt failed
    #[arg(long)]
    pub failed: bool,
    /// Make an animatic of each scene instead; offline, free, and without a key
    #[arg(long)]
    pub preview: bool,
    /// Where to write the videos [default: `build` next to the storyboard]
    #[arg(short = 'o', long, value_name = "DIR")]
    pub build_dir: Option<PathBuf>,
    /// Maximum credits that this build may cost, or `balance` for what the account has; the
    /// storyboard's `budget` also applies
    #[arg(long, value_name = "CREDITS", value_parser = budget)]
    pub budget: Option<BudgetLimit>,
    /// Make and pay again for takes that failed up to N times; `--failed` selects them
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub retry_failed: u32,
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
