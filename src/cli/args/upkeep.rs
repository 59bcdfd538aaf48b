//! The arguments of `settle`, `salvage` and `store`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::film::ColorWhen;
use super::values::name_and_value;

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
