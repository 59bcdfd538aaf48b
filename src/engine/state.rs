//! The states of a take, each with the exact condition for being in it.

use super::fault::Fault;
use crate::base::{Moment, TaskId};

/// How far a take is.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// A source is not done, or the take waits for its turn to be looked at.
    Waiting,
    /// The runner is working out its recipe and what to do about it.
    Resolving,
    /// It is being made already; it is looked at again.
    Elsewhere {
        /// The process that makes it, as it calls itself; `None` where this build does so itself,
        /// for another scene.
        by: Option<String>,
        /// When that was first seen.
        since: Moment,
    },
    /// Its inputs are being brought to where the provider can get them, or a try of that failed
    /// and the next one waits.
    Preparing {
        /// Tries that failed.
        tries: u32,
        /// The latest failure.
        fault: Option<Fault>,
    },
    /// Ready to be sent; it waits for a slot, or for a busy provider.
    Queued {
        /// Tries that the provider provably did not take.
        tries: u32,
        /// The latest refusal and the moment of the next try.
        retry: Option<(Fault, Moment)>,
    },
    /// The request is on its way and its fate is open.
    Submitting {
        /// Tries that the provider provably did not take.
        tries: u32,
    },
    /// It was sent and no answer came, but callbacks are listened for: one may name its task.
    Doubted {
        /// When it was sent, where that is known.
        sent_at: Option<Moment>,
        /// What came instead of an answer.
        detail: String,
        /// Until when a callback is waited for.
        until: Moment,
    },
    /// The provider has a task for it, which is polled. A slot is held.
    Generating {
        /// The task.
        task: TaskId,
        /// When this run began to follow it.
        since: Moment,
        /// Polls in a row that failed.
        misses: u32,
    },
    /// Its video is being downloaded, or waits for its turn.
    Fetching {
        /// The task.
        task: TaskId,
        /// Downloads that failed.
        fetches: u32,
    },
    /// It is over.
    Ended(End),
}

/// How a take ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// Its video is in the store.
    Done,
    /// It failed.
    Failed(FailureKind),
    /// A source did not get done.
    Blocked {
        /// The source, by job index.
        by: usize,
    },
    /// It was sent and no answer came: it may be running.
    InDoubt {
        /// When it was sent, where that is known.
        sent_at: Option<Moment>,
        /// What came instead of an answer.
        detail: String,
    },
    /// A task is at the provider and this run no longer follows it; the next run goes on.
    LeftRunning {
        /// The task.
        task: TaskId,
        /// Why it is not followed.
        why: String,
    },
    /// Another process has been making it for longer than any take needs. Nothing was sent.
    Elsewhere {
        /// That process, as it calls itself.
        by: String,
    },
    /// Nothing was sent, because the build was stopped before.
    NotStarted(Halt),
}

/// What failed.
#[derive(Clone, Debug, PartialEq)]
pub enum FailureKind {
    /// The provider refused the request. Nothing was paid.
    Refused(Fault),
    /// The provider's task ended without a video.
    AtProvider(Fault),
    /// It failed in an earlier run and would again.
    Before(Fault),
    /// The video is at the provider, paid for, and could not be downloaded. The next run tries
    /// again for nothing.
    Download {
        /// The task that made it.
        task: TaskId,
        /// What went wrong.
        fault: Fault,
    },
    /// Its inputs could not be brought to the provider, or the provider could not be reached.
    /// Nothing was paid.
    Unsent(Fault),
}

/// Why no more is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The user stopped the build.
    Interrupted,
    /// The balance at the provider is too small.
    InsufficientCredits,
    /// The provider does not accept the key.
    Unauthorized,
    /// A take failed and `--fail-fast` was given.
    FailFast,
    /// It would have gone over the budget.
    OverBudget,
    /// The provider was busy for longer than a build waits, or asked it to wait for longer.
    Busy,
    /// No submit reached the provider for longer than a build waits.
    Unreached,
    /// The API says that nothing at its address takes submits.
    WrongAddress,
    /// Several submits in a row ended in doubt; more of them would as well.
    Doubts,
}

impl State {
    /// Whether nothing more will happen to it.
    pub fn is_ended(&self) -> bool {
        matches!(self, State::Ended(_))
    }

    /// Whether it is on its way to be sent.
    pub fn is_unsent(&self) -> bool {
        matches!(
            self,
            State::Resolving
                | State::Preparing { .. }
                | State::Queued { .. }
                | State::Submitting { .. }
        )
    }

    /// Whether its video is at hand.
    pub fn is_done(&self) -> bool {
        matches!(self, State::Ended(End::Done))
    }

    /// The provider's task, while there is one.
    pub fn task(&self) -> Option<&TaskId> {
        match self {
            State::Generating { task, .. } | State::Fetching { task, .. } => Some(task),
            State::Ended(End::LeftRunning { task, .. })
            | State::Ended(End::Failed(FailureKind::Download { task, .. })) => Some(task),
            _ => None,
        }
    }
}
