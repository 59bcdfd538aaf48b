//! The arguments of `settle`, `salvage`, `store` and `doctor`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::film::ColorWhen;
use super::values::{dialect, host_and_port, name_and_value, task_id};
use crate::base::{ProfileId, TaskId};
use crate::catalog::Dialect;
use crate::cli::completion;
use crate::runner::PublicUrl;

/// The arguments of `settle`.
#[derive(Clone, Debug, Args)]
pub struct SettleArgs {
    /// The scene whose request has an unknown outcome
    #[arg(add = completion::scenes())]
    pub scene: String,
    /// The provider accepted the request as this task
    #[arg(long, value_name = "ID", required_unless_present_any = ["not_sent", "gone"])]
    #[arg(value_parser = task_id)]
    pub task: Option<TaskId>,
    /// The provider never received the request
    #[arg(long, conflicts_with = "task")]
    pub not_sent: bool,
    /// The provider has lost the scene's video: the next build may pay for another
    #[arg(long, conflicts_with_all = ["task", "not_sent", "doubt"])]
    pub gone: bool,
    /// Which take, by its number in `plan` and in the hints, if it is not the one that the film uses
    #[arg(long, value_name = "NUMBER", requires = "gone")]
    pub take: Option<u32>,
    /// Which request, by its number in `status`, if the scene has several
    #[arg(long, value_name = "NUMBER")]
    pub doubt: Option<i64>,
    /// The storyboard
    #[arg(short = 'f', long = "file", value_name = "FILE", default_value = "storyboard.yaml")]
    #[arg(add = completion::storyboards())]
    pub storyboard: PathBuf,
    /// Set a variable of the storyboard
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub vars: Vec<(String, String)>,
    /// Set variables from a YAML or JSON file
    #[arg(long = "vars", value_name = "FILE")]
    pub vars_files: Vec<PathBuf>,
    /// The profile whose video is lost
    #[arg(long, value_name = "NAME", add = completion::profiles())]
    pub profile: Option<ProfileId>,
    /// Read the API key from a file instead of KIE_API_KEY
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// The dialect of the API, whatever the storyboard says: `kling` or `jobs` [env: KIE_API]
    #[arg(long, value_name = "DIALECT", value_parser = dialect)]
    pub api: Option<Dialect>,
    /// A file that adds models to the built-in catalog, whatever the storyboard says
    /// [env: KLING_BUILD_CATALOG]
    #[arg(long, value_name = "FILE")]
    pub catalog: Option<PathBuf>,
}

/// The arguments of `salvage`.
#[derive(Clone, Debug, Args)]
pub struct SalvageArgs {
    /// Also download takes that newer ones have replaced, and ask about tasks whose videos have
    /// probably expired
    #[arg(long)]
    pub all: bool,
    /// Read the API key from a file instead of KIE_API_KEY
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
}

/// The arguments of `doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// The storyboard whose dialect, catalog and build directory are looked at, if there is one
    #[arg(default_value = "storyboard.yaml", value_name = "STORYBOARD", add = completion::storyboards())]
    pub storyboard: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Ask the API whether it has this model of `api: jobs`, with a request that it cannot accept
    #[arg(long, value_name = "MODEL")]
    pub probe: Option<String>,
    /// Address to listen on, to see whether a callback arrives; host and port, as for a build
    #[arg(long, value_name = "HOST:PORT", requires = "webhook_url")]
    #[arg(value_parser = host_and_port)]
    pub webhook_listen: Option<String>,
    /// Public https URL at which the provider can reach --webhook-listen
    #[arg(long, value_name = "URL", requires = "webhook_listen")]
    pub webhook_url: Option<PublicUrl>,
    /// Read the API key from a file instead of KIE_API_KEY
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// The dialect of the API, whatever the storyboard says: `kling` or `jobs` [env: KIE_API]
    #[arg(long, value_name = "DIALECT", value_parser = dialect)]
    pub api: Option<Dialect>,
    /// A file that adds models to the built-in catalog [env: KLING_BUILD_CATALOG]
    #[arg(long, value_name = "FILE")]
    pub catalog: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}

/// The commands of the store.
#[derive(Clone, Debug, Subcommand)]
pub enum StoreCommand {
    /// List the stored videos with scene, model, credits and size
    List(ListArgs),
    /// Check every video against its SHA-256; move damaged files to `quarantine/`
    Verify,
    /// List videos that no film uses any more, and remove them after confirmation
    Gc(GcArgs),
}

/// The arguments of `store list`.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}

/// The arguments of `store gc`.
#[derive(Clone, Debug, Args)]
pub struct GcArgs {
    /// Keep videos that were stored or used in the last DAYS days
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(..36_500))]
    pub older_than: u32,
    /// Remove without asking
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// Treat this missing lock as deleted, so that its videos can be removed
    #[arg(long, value_name = "LOCK")]
    pub forget: Vec<String>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}
