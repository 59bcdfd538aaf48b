//! Jobs: the takes of a build as the engine is given them.

use std::time::Duration;

use super::state::End;
use crate::base::{Credits, Moment};
use crate::catalog::SubmitLimit;

/// One take of a build.
#[derive(Clone, Debug)]
pub struct Job {
    /// Where it starts.
    pub start: Start,
    /// The jobs that have to be done first, by index.
    pub sources: Vec<usize>,
    /// Seconds that it and the longest chain behind it usually need; more is more urgent.
    pub seconds_left: u64,
}

/// Where a take starts.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// It is at hand.
    Done,
    /// A person has to decide first.
    Ended(End),
    /// There is something to do.
    Work,
    /// A submit of an earlier run is in doubt, and it asked for a callback.
    Doubted {
        /// When it was sent.
        sent_at: Moment,
    },
    /// A task of an earlier run is open and holds a slot at the provider already.
    Open,
}

/// How long callbacks are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackTimes {
    /// The least time between two questions about a take when a callback brings one forward.
    pub gap: Duration,
    /// How long a task usually needs; while it is younger, its polls are far apart.
    pub usual: Duration,
    /// How long after it was sent a submit in doubt waits for a callback to name its task.
    pub doubt_max: Duration,
}

/// How a build is run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Takes that may be at the provider at once.
    pub slots: usize,
    /// Submits that may leave in a span of time; without one, any number.
    pub submits: Option<SubmitLimit>,
    /// The most credits that this build may commit.
    pub budget: Option<Credits>,
    /// Shortest and longest wait between two polls of a task.
    pub poll: (Duration, Duration),
    /// How long a task may stay silent before it is left to the next run.
    pub task_max: Duration,
    /// How callbacks are waited for; `None` where none are listened for.
    pub callbacks: Option<CallbackTimes>,
    /// Whether the first failure stops further submits.
    pub fail_fast: bool,
    /// Chooses the jitter; equal seeds give equal builds.
    pub seed: u64,
}
