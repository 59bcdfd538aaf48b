//! Options: the balance, speed and faults of the simulator.

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
    /// How long a task takes.
    pub latency: Duration,
    /// How many tasks may run at once.
    pub concurrent_tasks: usize,
    /// How long a finished video can be downloaded.
    pub retention: Duration,
    /// The catalog that requests are read by.
    pub catalog: &'static Catalog,
    /// The faults and when they happen; the first rule that applies wins.
    pub faults: Vec<FaultRule>,
    /// Seed of task ids and chances.
    pub seed: u64,
    /// The only accepted key; if absent, any key is accepted.
    pub key: Option<SecretString>,
    /// The secret that callbacks are signed with; if absent, they are not signed.
    pub webhook_secret: Option<SecretString>,
}

impl Default for SimOptions {
    /// The limits of the API page, 10,000 credits, two seconds per task, no faults.
    fn default() -> Self {
        let limits = limits(Dialect::default());
        SimOptions {
            credits: Credits::whole(10_000),
            latency: Duration::from_secs(2),
            concurrent_tasks: limits.concurrent_tasks,
            retention: limits.retention(),
            catalog: Catalog::embedded(),
            faults: Vec::new(),
            seed: 0,
            key: None,
            webhook_secret: None,
        }
    }
}

/// The limits of a dialect.
pub(super) fn limits(dialect: Dialect) -> &'static Limits {
    &Catalog::embedded().dialect(dialect).limits
}
