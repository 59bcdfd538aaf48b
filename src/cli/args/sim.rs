//! The arguments of `sim`.

use std::time::Duration;

use clap::Args;

use super::values::{credits, fault_help, seconds};
use crate::base::Credits;
use crate::sim::FaultRule;

/// What `sim` takes.
#[derive(Clone, Debug, Args)]
#[command(after_help = fault_help())]
pub struct SimArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub listen: std::net::SocketAddr,
    /// The balance of the account
    #[arg(long, value_name = "CREDITS", default_value = "10000", value_parser = credits)]
    pub credits: Credits,
    /// Seconds that a video takes
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub latency: Duration,
    /// Tasks that may run at once
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub concurrent_tasks: usize,
    /// Something that goes wrong, such as `1005:1-2`: the kinds and times are listed below
    #[arg(long = "fault", value_name = "KIND[:WHEN]")]
    pub faults: Vec<FaultRule>,
    /// Decides what is left to chance
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}
