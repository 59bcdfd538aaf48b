//! The arguments of `init`, `catalog`, `schema` and `completions`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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

/// What `completions` takes.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}
