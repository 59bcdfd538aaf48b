//! Evidence and recovery: what is known of a key, and the one rule for what to do about it.
//!
//! [`Evidence::verdict`] is the whole of recovery. It is asked when a plan is made and again just
//! before money would be spent, so both always agree.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{Digest, Moment, TaskId};

/// What the ledger, the store and the lock know of one key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The digest that this key's video is known to have.
    pub digest: Option<Digest>,
    /// Whether the store holds that video.
    pub present: bool,
    /// The submissions for this key, oldest first.
    pub submissions: Vec<Submission>,
}

/// One attempt to have a take made, as far as it is known to have come.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// When the intent was recorded.
    pub intended_at: Moment,
    /// How far it came.
    pub outcome: Outcome,
}

/// How far a submission came.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The intent is recorded and nothing proves what became of it.
    Doubt,
    /// The provider gave a task id; the end is not known.
    Open(TaskId),
    /// The provider says the video is ready.
    Finished {
        /// The task that made it.
        task: TaskId,
        /// When that was learned or, where the provider says, when it was so.
        at: Moment,
    },
    /// The task ended without a video, or the request was refused: unchanged, it would be again.
    Failed(Failure),
    /// Proven that nothing was accepted, for reasons that may pass.
    NotAccepted,
}

/// Why a take was not made, in the provider's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The provider's code, where it gave one.
    pub code: Option<i64>,
    /// The provider's words.
    pub message: String,
}

/// What recovery is allowed to do and how long videos last.
#[derive(Clone, Copy, Debug)]
pub struct RecoveryRules {
    /// The present.
    pub now: Moment,
    /// For how long a finished video can be downloaded.
    pub retention: Duration,
    /// How many failed attempts may be paid again.
    pub retry_failed: u32,
    /// Whether a new take is wanted although there is one.
    pub force: bool,
}

/// What to do about a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The store has the video.
    Reuse(Digest),
    /// The provider still has the video: download it again, free.
    Restore {
        /// The task that made it.
        task: TaskId,
        /// Whole days until the provider deletes it.
        days_left: u32,
    },
    /// The task is open: go on polling it, nothing more to pay.
    Resume(TaskId),
    /// Have it made.
    Generate(GenerateWhy),
    /// A submission may be running: a person decides.
    AskDoubt {
        /// When it was sent.
        sent_at: Moment,
    },
    /// It failed before: a person decides whether to pay again.
    AskFailed(Failure),
}

/// Why a take is made although something is known of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GenerateWhy {
    /// Nothing of it exists anywhere.
    Unknown,
    /// It was made once, but the store lost it and the provider has deleted it.
    Expired,
    /// It failed and is to be tried again.
    RetryFailed,
    /// The user wants it made again.
    Forced,
}

impl Evidence {
    /// What is known when the ledger cannot be read: nothing, so nothing may be paid.
    pub fn unreadable() -> Evidence {
        let doubt = Submission { intended_at: Moment::from_millis(0), outcome: Outcome::Doubt };
        Evidence { submissions: vec![doubt], ..Evidence::default() }
    }

    /// Decides what to do, cheapest truth first: bytes at hand, bytes at the provider, a task that
    /// runs, a doubt, a failure, and only then a new task.
    pub fn verdict(&self, rules: &RecoveryRules) -> Verdict {
        if let (Some(digest), true, false) = (self.digest, self.present, rules.force) {
            return Verdict::Reuse(digest);
        }
        let newest_first = || self.submissions.iter().rev().map(|submission| &submission.outcome);
        let open = newest_first().find_map(|outcome| match outcome {
            Outcome::Open(task) => Some(task.clone()),
            _ => None,
        });
        // What already runs is finished before anything new is thought of, forced or not.
        if let (Some(task), true) = (&open, rules.force) {
            return Verdict::Resume(task.clone());
        }
        let restorable = newest_first().find_map(|outcome| match outcome {
            Outcome::Finished { task, at } => {
                let age = rules.now.since(*at);
                let left = rules.retention.checked_sub(age)?;
                Some((task.clone(), (left.as_secs() / 86_400) as u32))
            }
            _ => None,
        });
        if let (Some((task, days_left)), false) = (restorable, rules.force && self.present) {
            return Verdict::Restore { task, days_left };
        }
        if let Some(task) = open {
            return Verdict::Resume(task);
        }
        let doubt = self.submissions.iter().find(|s| s.outcome == Outcome::Doubt);
        if let Some(doubt) = doubt {
            return Verdict::AskDoubt { sent_at: doubt.intended_at };
        }
        if rules.force {
            return Verdict::Generate(GenerateWhy::Forced);
        }
        let failures: Vec<&Failure> = newest_first()
            .filter_map(|outcome| match outcome {
                Outcome::Failed(failure) => Some(failure),
                _ => None,
            })
            .collect();
        match failures.first() {
            Some(latest) if failures.len() > rules.retry_failed as usize => {
                Verdict::AskFailed((*latest).clone())
            }
            Some(_) => Verdict::Generate(GenerateWhy::RetryFailed),
            None if self.made_before() => Verdict::Generate(GenerateWhy::Expired),
            None => Verdict::Generate(GenerateWhy::Unknown),
        }
    }

    fn made_before(&self) -> bool {
        self.digest.is_some()
            || self.submissions.iter().any(|s| matches!(s.outcome, Outcome::Finished { .. }))
    }
}
