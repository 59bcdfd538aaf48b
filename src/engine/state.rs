//! The states of a take, each with the exact condition for being in it.

use crate::base::{Fault, Moment, TaskId};

/// The state of a take.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// A source is not done, or the take waits for its turn to be resolved.
    Waiting,
    /// The runner is working out its recipe and what to do about it.
    Resolving,
    /// It is already being generated; its evidence is checked again later.
    Elsewhere {
        /// The name of the process that generates it; `None` if this build does, for another scene.
        by: Option<String>,
        /// When that was first noticed.
        since: Moment,
    },
    /// Its inputs are being made available to the provider, or it waits to repeat a failed attempt.
    Preparing {
        /// Failed attempts.
        tries: u32,
        /// The latest failure.
        fault: Option<Fault>,
    },
    /// Ready to be sent; it waits for a slot or for a busy provider.
    Queued {
        /// Attempts that the provider provably did not accept.
        tries: u32,
        /// The latest refusal and the time of the next attempt.
        retry: Option<(Fault, Moment)>,
    },
    /// The request has been sent, and its outcome is unknown.
    Submitting {
        /// Attempts that the provider provably did not accept.
        tries: u32,
    },
    /// It was sent without an answer, but callbacks are enabled: one may name its task.
    Doubted {
        /// When it was sent, if known.
        sent_at: Option<Moment>,
        /// The error in place of an answer.
        detail: String,
        /// When waiting for a callback ends.
        until: Moment,
    },
    /// The provider has a task for it, which is polled. It occupies a slot.
    Generating {
        /// The task.
        task: TaskId,
        /// When this run started to poll it.
        since: Moment,
        /// Consecutive failed polls.
        misses: u32,
    },
    /// Its video is being downloaded, or waits for its turn.
    Fetching {
        /// The task.
        task: TaskId,
        /// Failed downloads.
        fetches: u32,
    },
    /// It has ended.
    Ended(End),
}

/// How a take ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// Its video is in the store.
    Done,
    /// It failed.
    Failed(FailureKind),
    /// A source failed or was blocked.
    Blocked {
        /// The source, by job index.
        by: usize,
    },
    /// It was sent without an answer: it may be running.
    InDoubt {
        /// When it was sent, if known.
        sent_at: Option<Moment>,
        /// The error in place of an answer.
        detail: String,
    },
    /// A task is at the provider, but this run no longer polls it; the next run continues it.
    LeftRunning {
        /// The task.
        task: TaskId,
        /// Why it is no longer polled.
        why: String,
    },
    /// Another process has been generating it for longer than any take needs. Nothing was sent.
    Elsewhere {
        /// The name of that process.
        by: String,
    },
    /// Nothing was sent, because the build was stopped first.
    NotStarted(Halt),
}

/// The kind of failure.
#[derive(Clone, Debug, PartialEq)]
pub enum FailureKind {
    /// The provider refused the request. Nothing was paid.
    Refused(Fault),
    /// The provider's task ended without a video.
    AtProvider(Fault),
    /// It failed in an earlier run and would fail again.
    Before(Fault),
    /// A person adopted or pinned it, and its video is lost.
    Lost(Fault),
    /// The video is at the provider, paid for, but could not be downloaded. The next run tries
    /// again for free.
    Download {
        /// The task that generated it.
        task: TaskId,
        /// The error.
        fault: Fault,
    },
    /// Its inputs could not be made available to the provider, or the provider could not be
    /// reached. Nothing was paid.
    Unsent(Fault),
}

/// Why no more submits are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The user stopped the build.
    Interrupted,
    /// The balance at the provider is too small.
    InsufficientCredits,
    /// The API key's own limit is reached.
    KeyLimit,
    /// The provider rejected the API key.
    Unauthorized,
    /// A take failed and `--fail-fast` was given.
    FailFast,
    /// It would have exceeded the budget.
    OverBudget,
    /// The provider was busy for longer than a build waits, or asked for a longer wait.
    Busy,
    /// No submit reached the provider for longer than a build waits.
    Unreached,
    /// The API says that its address does not accept submits.
    WrongAddress,
    /// Several submits in a row ended in doubt; further ones would too.
    Doubts,
}

impl State {
    /// Whether it has ended.
    pub fn is_ended(&self) -> bool {
        matches!(self, State::Ended(_))
    }

    /// Whether it is resolved but not sent yet.
    pub fn is_unsent(&self) -> bool {
        matches!(
            self,
            State::Resolving
                | State::Preparing { .. }
                | State::Queued { .. }
                | State::Submitting { .. }
        )
    }

    /// Whether its video is in the store.
    pub fn is_done(&self) -> bool {
        matches!(self, State::Ended(End::Done))
    }

    /// The provider's task, if it has one.
    pub fn task(&self) -> Option<&TaskId> {
        match self {
            State::Generating { task, .. } | State::Fetching { task, .. } => Some(task),
            State::Ended(End::LeftRunning { task, .. })
            | State::Ended(End::Failed(FailureKind::Download { task, .. })) => Some(task),
            _ => None,
        }
    }
}
