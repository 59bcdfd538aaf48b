//! The arguments of `init`, `catalog`, `schema`, `completions` and `man`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::dialect;
use crate::catalog::Dialect;

/// The arguments of `init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The folder of the new film; created if it does not exist
    #[arg(default_value = ".", value_name = "DIR")]
    pub folder: PathBuf,
    /// The dialect of the API that the film names: `jobs` for keys of the unified jobs API
    #[arg(long, value_name = "DIALECT", value_parser = dialect)]
    pub api: Option<Dialect>,
}

/// The arguments of `catalog`.
#[derive(Clone, Debug, Args)]
pub struct CatalogArgs {
    /// Print JSON
    #[arg(long, conflicts_with = "print")]
    pub json: bool,
    /// Print the built-in catalog as a file for `--catalog`
    #[arg(long, conflicts_with = "catalog")]
    pub print: bool,
    /// Ask the API for its models, and show how they differ from the catalog
    #[arg(long, conflicts_with_all = ["json", "print"])]
    pub refresh: bool,
    /// Add what is new to a file for `--catalog`, as comments to fill in; what a file says already
    /// stays as it is
    #[arg(long, value_name = "FILE", requires = "refresh")]
    pub write: Option<PathBuf>,
    /// A file that adds models to the built-in catalog or replaces their prices
    /// [env: KLING_BUILD_CATALOG]
    #[arg(long, value_name = "FILE")]
    pub catalog: Option<PathBuf>,
}

/// The arguments of `schema`.
#[derive(Clone, Debug, Args)]
pub struct SchemaArgs {
    /// The format to describe
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
    /// `plan --requests`
    Requests,
    /// `status --json`
    Status,
    /// `takes --json`
    Takes,
    /// `expand --json`
    Expand,
    /// `check --json`
    Check,
    /// `catalog --json`
    Catalog,
    /// `doctor --json`
    Doctor,
    /// A file of models of your own (`catalog:`, `--catalog`)
    Models,
    /// A line of `build --json`
    Events,
}

/// The arguments of `completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell; for bash, add `source <(kling-build completions bash)` to ~/.bashrc
    pub shell: clap_complete::Shell,
}

/// The arguments of `man`.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// Write the pages of all commands to this folder, such as ~/.local/share/man/man1
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::SCHEMA_NAMES;

    #[test]
    fn every_schema_can_be_printed() {
        let names = SchemaFormat::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let names: BTreeSet<String> = names.map(|value| value.get_name().to_string()).collect();
        let known = SCHEMA_NAMES.into_iter().chain(["storyboard", "include"]);
        assert_eq!(names, known.map(str::to_string).collect());
    }
}
