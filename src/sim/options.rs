//! Options: how rich, how slow and how unreliable the simulator is.

use std::time::Duration;

use secrecy::SecretString;

use super::fault_rules::FaultRule;
use crate::base::Credits;
use crate::catalog::{Catalog, Dialect, Limits};

/// How the simulator behaves.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// The balance at the start.
    pub credits: Credits,
    /// How long a task is generating.
    pub latency: Duration,
    /// How many tasks may be generating at once.
    pub concurrent_tasks: usize,
    /// For how long a finished video can be downloaded.
    pub retention: Duration,
    /// What goes wrong, and when; the first rule that applies is followed.
    pub faults: Vec<FaultRule>,
    /// Decides task ids and chances.
    pub seed: u64,
    /// The only key that is let in; without one, any.
    pub key: Option<SecretString>,
    /// What callbacks are signed with; without one they are not signed.
    pub webhook_secret: Option<SecretString>,
}

impl Default for SimOptions {
    /// The limits of the API page, 10,000 credits, two seconds per task, no faults.
    fn default() -> Self {
        let limits = limits();
        SimOptions {
            credits: Credits::whole(10_000),
            latency: Duration::from_secs(2),
            concurrent_tasks: limits.concurrent_tasks,
            retention: limits.retention(),
            faults: Vec::new(),
            seed: 0,
            key: None,
            webhook_secret: None,
        }
    }
}

/// The limits of the dialect that the simulator speaks.
pub(super) fn limits() -> &'static Limits {
    &Catalog::embedded().dialect(Dialect::Kling).limits
}
