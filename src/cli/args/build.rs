//! The arguments of `build`, which is also what no command at all means.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::film::PlanningArgs;
use super::values::{host_and_port, seconds};
use crate::runner::PublicUrl;

/// What a build takes.
#[derive(Clone, Debug, Args)]
pub struct BuildArgs {
    /// What plans it.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Takes at the provider at once [default: what the provider allows]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub concurrency: Option<u16>,
    /// Do not ask before paying
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// Fail with exit code 3 if anything would have to be made (for CI)
    #[arg(long)]
    pub locked: bool,
    /// Fail with exit code 3 if anything would have to come from the network
    #[arg(long)]
    pub offline: bool,
    /// Send nothing more after the first failure
    #[arg(long)]
    pub fail_fast: bool,
    /// Seconds between two polls of a task [default: 3 to 5, with jitter]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub poll_interval: Option<Duration>,
    /// Listen here for the provider's callbacks, so that finished takes are fetched at once
    #[arg(long, value_name = "HOST:PORT", requires = "webhook_url", conflicts_with = "preview")]
    #[arg(value_parser = host_and_port)]
    pub webhook_listen: Option<String>,
    /// The public https address under which the provider reaches --webhook-listen
    #[arg(long, value_name = "URL", requires = "webhook_listen", conflicts_with = "preview")]
    pub webhook_url: Option<PublicUrl>,
    /// Seconds that a take in doubt waits for its callback [default: twice the usual time, 300 at
    /// least]
    #[arg(long, value_name = "SECONDS", requires = "webhook_listen", value_parser = seconds)]
    pub webhook_wait: Option<Duration>,
    /// Read the API key from a file instead of KIE_API_KEY
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// Print one JSON event a line on stdout
    #[arg(long)]
    pub json: bool,
    /// Print errors only
    #[arg(short, long)]
    pub quiet: bool,
    /// Say more; twice: requests and answers
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}
