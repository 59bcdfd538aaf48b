//! Evidence: what the ledger, the store and the lock know of one key.
//!
//! It states facts and decides nothing; [`super::table`] decides what to do about them.

use crate::base::{Digest, Fault, Moment, TaskId};
use crate::plan::lock::LockedTake;

/// What the ledger, the store and the lock know of one key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The digest of the key's chosen video: the locked one, else the newest.
    pub digest: Option<Digest>,
    /// Whether the store contains that video.
    pub present: bool,
    /// The task that generated that video.
    pub task: Option<TaskId>,
    /// Another video of this key that is in the store but not in the lock: a build that generated
    /// it again was killed before it could update the lock, or the lock is from another machine.
    pub other: Option<Digest>,
    /// Whether the chosen video's own task produced that other one: when asked again, the provider
    /// returned this video and no longer has the chosen one.
    pub replaced: bool,
    /// The submissions for this key, oldest first.
    pub submissions: Vec<Submission>,
    /// The tasks whose videos a person has declared lost: there is nothing to wait for or to fetch.
    pub gone: Vec<TaskId>,
}

/// One attempt to generate a take, as far as its progress is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// When the intent was recorded.
    pub intended_at: Moment,
    /// Its outcome.
    pub outcome: SubmissionOutcome,
}

/// The outcome of a submission so far.
#[derive(Clone, Debug, PartialEq)]
pub enum SubmissionOutcome {
    /// The intent is recorded, and its outcome is unknown.
    Doubt,
    /// The provider returned a task id; the outcome is unknown.
    Open(TaskId),
    /// The provider says the video is ready.
    Finished {
        /// The task that generated it.
        task: TaskId,
        /// When the provider finished it or, if the provider does not say, when this was learned.
        at: Moment,
        /// Whether its video, or that of a later request, has been in the store.
        received: bool,
    },
    /// The task ended without a video, or the request was refused. It would fail again unchanged.
    Failed(Fault),
    /// Proven that nothing was accepted, for a reason that may pass.
    NotAccepted,
}

impl SubmissionOutcome {
    /// The task that it became, if one may have a video.
    pub const fn task(&self) -> Option<&TaskId> {
        match self {
            SubmissionOutcome::Open(task) | SubmissionOutcome::Finished { task, .. } => Some(task),
            _ => None,
        }
    }
}

impl Evidence {
    /// The evidence when the ledger cannot be read: unknown, so nothing may be paid.
    pub fn unreadable() -> Evidence {
        let doubt =
            Submission { intended_at: Moment::from_millis(0), outcome: SubmissionOutcome::Doubt };
        Evidence { submissions: vec![doubt], ..Evidence::default() }
    }

    /// Records that the video of this task, and so every earlier one, has been in the store.
    pub fn mark_received(&mut self, maker: &TaskId) {
        let of_maker = |submission: &Submission| match &submission.outcome {
            SubmissionOutcome::Finished { task, .. } => task == maker,
            _ => false,
        };
        let Some(last) = self.submissions.iter().rposition(of_maker) else { return };
        for submission in &mut self.submissions[..=last] {
            if let SubmissionOutcome::Finished { received, .. } = &mut submission.outcome {
                *received = true;
            }
        }
    }

    /// The newest task that may still have a video which is not in the store.
    pub fn newest_task(&self) -> Option<&TaskId> {
        let tasks = self.submissions.iter().rev().filter_map(|sent| sent.outcome.task());
        tasks.into_iter().find(|task| !self.is_gone(task))
    }

    /// Whether a person has declared the video of a task lost.
    pub(super) fn is_gone(&self, task: &TaskId) -> bool {
        self.gone.contains(task)
    }

    /// Adds a stored video of the key that is not its chosen one; where none is known, it becomes
    /// the chosen one.
    pub fn add_other(&mut self, digest: Digest, task: &TaskId) {
        self.mark_received(task);
        match self.digest {
            Some(_) => self.other = Some(digest),
            None => {
                self.digest = Some(digest);
                self.present = true;
                self.task = Some(task.clone());
            }
        }
    }

    /// Adds the lock's evidence: its video is the chosen one, and has been in some store.
    pub fn add_locked(&mut self, take: &LockedTake, held: bool) {
        self.add_named(take.artifact, take.task.as_ref(), take.finished, held);
    }

    /// Adds a video that a lock names or has named, with the task that generated it and when that
    /// finished: it is the chosen one, and has been in some store. `held` says whether this one
    /// contains it.
    pub fn add_named(
        &mut self,
        artifact: Digest,
        maker: Option<&TaskId>,
        finished: Moment,
        held: bool,
    ) {
        let (stored, stored_by) = match self.present {
            true => (self.digest, self.task.as_ref()),
            false => (self.other, None),
        };
        self.other = stored.filter(|stored| *stored != artifact);
        self.replaced = self.other.is_some() && stored_by.is_some() && stored_by == maker;
        self.digest = Some(artifact);
        self.task = maker.cloned();
        self.present = held;
        // A file of the user's own has no task, and nobody else has it.
        let Some(maker) = maker else { return };
        let seen = self.submissions.iter().any(|submission| match &submission.outcome {
            SubmissionOutcome::Finished { task, .. } | SubmissionOutcome::Open(task) => {
                task == maker
            }
            _ => false,
        });
        if !seen {
            let (task, at) = (maker.clone(), finished);
            let outcome = SubmissionOutcome::Finished { task, at, received: true };
            self.submissions.insert(0, Submission { intended_at: at, outcome });
        }
        self.mark_received(maker);
    }

    /// The known digest of this task's video.
    pub fn digest_by(&self, task: &TaskId) -> Option<Digest> {
        self.digest.filter(|_| self.task.as_ref() == Some(task))
    }
}
