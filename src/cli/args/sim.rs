//! The arguments of `sim`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values::{credits, fault_help, seconds};
use crate::base::Credits;
use crate::sim::FaultRule;

/// The arguments of `sim`.
#[derive(Clone, Debug, Args)]
#[command(after_help = fault_help())]
pub struct SimArgs {
    /// Address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub listen: std::net::SocketAddr,
    /// Initial account balance
    #[arg(long, value_name = "CREDITS", default_value = "10000", value_parser = credits)]
    pub credits: Credits,
    /// Seconds until a video is finished
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub latency: Duration,
    /// Maximum number of tasks running at once
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub concurrent_tasks: usize,
    /// Inject a fault, such as `1005:1-2`; kinds and times are listed below
    #[arg(long = "fault", value_name = "KIND[:WHEN]")]
    pub faults: Vec<FaultRule>,
    /// A file that adds models to the built-in catalog [env: KLING_BUILD_CATALOG]
    #[arg(long, value_name = "FILE")]
    pub catalog: Option<PathBuf>,
    /// Seed of the random choices and of the task ids [default: another one at each start]
    #[arg(long)]
    pub seed: Option<u64>,
}
