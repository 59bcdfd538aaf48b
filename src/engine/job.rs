//! Jobs: the takes of a build as input to the engine.

use std::time::Duration;

use crate::base::Credits;
use crate::catalog::SubmitLimit;
use crate::plan::Action;

/// One take of a build.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its action in the plan.
    pub action: Action,
    /// Whether its submission in doubt requested a callback, which may still settle it.
    pub awaits_callback: bool,
    /// The most that it costs if it is generated.
    pub price: Credits,
    /// The jobs that must be done first, by index.
    pub sources: Vec<usize>,
    /// Seconds that it and the longest chain after it usually need; more is more urgent.
    pub seconds_left: u64,
}

/// Timing of callbacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackTimes {
    /// The minimum time between two questions about a take when a callback brings one forward.
    pub gap: Duration,
    /// How long a task usually needs; until then, its polls are far apart.
    pub usual: Duration,
    /// How long after it was sent a submit in doubt waits for a callback to name its task.
    pub doubt_max: Duration,
}

/// The settings of a build.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The most takes at the provider at once.
    pub slots: usize,
    /// How many submits may be sent in a span of time; unlimited if `None`.
    pub submits: Option<SubmitLimit>,
    /// The most credits that this build may commit.
    pub budget: Option<Credits>,
    /// Shortest and longest wait between two polls of a task.
    pub poll: (Duration, Duration),
    /// How long a task may run before it is left to the next run.
    pub task_max: Duration,
    /// Timing of callbacks; `None` if callbacks are disabled.
    pub callbacks: Option<CallbackTimes>,
    /// Whether the first failure stops further submits.
    pub fail_fast: bool,
    /// Seeds the jitter; equal seeds give equal builds.
    pub seed: u64,
}
