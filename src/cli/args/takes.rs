//! The arguments of the commands about takes.

use std::path::PathBuf;

use clap::Args;

use super::build::BuildArgs;
use super::film::ColorWhen;
use super::values::{dialect, task_id};
use crate::base::{ProfileId, TaskId};
use crate::catalog::Dialect;
use crate::cli::completion;

/// The storyboard, where scenes are the first words.
#[derive(Clone, Debug, Args)]
pub struct FileArgs {
    /// The storyboard; a first word that ends in .yaml or .yml names it as well
    #[arg(short = 'f', long = "file", value_name = "FILE", add = completion::storyboards())]
    pub file: Option<PathBuf>,
    /// The takes of this profile of the storyboard, such as `draft`, instead of the film's
    #[arg(long, value_name = "NAME", add = completion::profiles())]
    pub profile: Option<ProfileId>,
    /// The dialect of the API, whatever the storyboard says: `kling` or `jobs` [env: KIE_API]
    #[arg(long, value_name = "DIALECT", value_parser = dialect)]
    pub api: Option<Dialect>,
    /// A file that adds models to the built-in catalog, whatever the storyboard says
    /// [env: KLING_BUILD_CATALOG]
    #[arg(long, value_name = "FILE")]
    pub catalog: Option<PathBuf>,
}

/// The arguments of `takes`.
#[derive(Clone, Debug, Args)]
pub struct TakesArgs {
    /// Scenes to list: names and globs [default: all]
    #[arg(value_name = "SCENES", add = completion::selectors())]
    pub words: Vec<String>,
    /// The storyboard.
    #[command(flatten)]
    pub file: FileArgs,
    /// Write each take as a file, BUILD/takes/SCENE.NUMBER.mp4
    #[arg(long)]
    pub export: bool,
    /// The build directory [default: `build` next to the storyboard]
    #[arg(short = 'o', long, value_name = "DIR")]
    pub build_dir: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}

/// The arguments of `reroll`.
#[derive(Clone, Debug, Args)]
pub struct RerollArgs {
    /// How many more takes of each scene
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=20))]
    pub count: u32,
    /// The seed of the new take [default: derived, another one each time]
    #[arg(long, value_name = "SEED", conflicts_with = "count")]
    pub seed: Option<u32>,
    /// The arguments of the build that makes them.
    #[command(flatten)]
    pub build: BuildArgs,
}

/// The arguments of `promote`.
#[derive(Clone, Debug, Args)]
pub struct PromoteArgs {
    /// The profile of the drafts [default: the storyboard's only one]
    #[arg(long = "from", value_name = "NAME", add = completion::profiles())]
    pub from: Option<ProfileId>,
    /// The arguments of the build that makes the finals.
    #[command(flatten)]
    pub build: BuildArgs,
}

/// The arguments of `pick`.
#[derive(Clone, Debug, Args)]
pub struct PickArgs {
    /// A scene and the number of its take; several pairs are picked together
    #[arg(value_name = "SCENE NUMBER", required = true, add = completion::takes())]
    pub words: Vec<String>,
    /// The storyboard.
    #[command(flatten)]
    pub file: FileArgs,
}

/// The arguments of `pin`.
#[derive(Clone, Debug, Args)]
pub struct PinArgs {
    /// The scene, and the number of the take if it is not the picked one
    #[arg(value_name = "SCENE [NUMBER]", required = true, add = completion::takes())]
    pub words: Vec<String>,
    /// Let the storyboard decide again
    #[arg(long)]
    pub off: bool,
    /// The storyboard.
    #[command(flatten)]
    pub file: FileArgs,
}

/// The arguments of `reject`.
#[derive(Clone, Debug, Args)]
pub struct RejectArgs {
    /// The scene, and the numbers of the takes
    #[arg(value_name = "SCENE NUMBER", required = true, add = completion::takes())]
    pub words: Vec<String>,
    /// No longer reject them
    #[arg(long)]
    pub off: bool,
    /// The storyboard.
    #[command(flatten)]
    pub file: FileArgs,
}

/// The arguments of `note`.
#[derive(Clone, Debug, Args)]
pub struct NoteArgs {
    /// The scene, the number of the take, and the note; without one, the take's note is removed
    #[arg(value_name = "SCENE NUMBER [TEXT]", required = true, add = completion::takes())]
    pub words: Vec<String>,
    /// The storyboard.
    #[command(flatten)]
    pub file: FileArgs,
}

/// The arguments of `undo`.
#[derive(Clone, Debug, Args)]
pub struct UndoArgs {
    /// The storyboard [default: storyboard.yaml]
    #[arg(value_name = "STORYBOARD")]
    pub words: Vec<String>,
    /// The storyboard.
    #[command(flatten)]
    pub file: FileArgs,
}

/// The arguments of `adopt`.
#[derive(Clone, Debug, Args)]
pub struct AdoptArgs {
    /// The scene, and the video: a local MP4
    #[arg(value_name = "SCENE [VIDEO]", required = true, add = completion::takes())]
    pub words: Vec<String>,
    /// Take the video of this task from the provider
    #[arg(long, value_name = "ID", value_parser = task_id)]
    pub task: Option<TaskId>,
    /// The storyboard.
    #[command(flatten)]
    pub file: FileArgs,
    /// Read the API key from a file instead of KIE_API_KEY
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
}
