//! The arguments of `build`, which also runs when no command is given.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::film::PlanningArgs;
use super::values::{host_and_port, seconds};
use crate::runner::PublicUrl;

/// The arguments of a build.
#[derive(Clone, Debug, Args)]
pub struct BuildArgs {
    /// The arguments that the plan depends on.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Maximum number of tasks running at the provider [default: what the provider allows]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub concurrency: Option<u16>,
    /// Build without asking before paying
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// Fail with exit code 3 if any take is missing or stale (for CI)
    #[arg(long)]
    pub locked: bool,
    /// Fail with exit code 3 if the network would be needed
    #[arg(long)]
    pub offline: bool,
    /// Stop sending requests after the first failure
    #[arg(long)]
    pub fail_fast: bool,
    /// Seconds between polls of a task [default: 3 to 5, with jitter]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub poll_interval: Option<Duration>,
    /// Listen on this address for callbacks, so that finished takes are downloaded immediately
    #[arg(long, value_name = "HOST:PORT", requires = "webhook_url", conflicts_with = "preview")]
    #[arg(value_parser = host_and_port)]
    pub webhook_listen: Option<String>,
    /// Public https URL at which the provider can reach --webhook-listen
    #[arg(long, value_name = "URL", requires = "webhook_listen", conflicts_with = "preview")]
    pub webhook_url: Option<PublicUrl>,
    /// Seconds to wait for the callback of a take in doubt [default: twice the usual time, at least
    /// 300]
    #[arg(long, value_name = "SECONDS", requires = "webhook_listen", value_parser = seconds)]
    pub webhook_wait: Option<Duration>,
    /// Read the API key from a file instead of KIE_API_KEY
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// Print events to stdout as JSON, one per line
    #[arg(long)]
    pub json: bool,
    /// Print errors only
    #[arg(short, long)]
    pub quiet: bool,
    /// Print more details; repeat to include requests and responses
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}
