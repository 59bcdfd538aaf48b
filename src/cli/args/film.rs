//! The arguments that name a storyboard and its scenes, shared by many commands.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{credits, name_and_value};
use crate::base::{Credits, WarningRule};

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
