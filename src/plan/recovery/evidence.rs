//! Evidence: what the ledger, the store and the lock know of one key.
//!
//! It states facts and decides nothing; what to do about them is [`super::table`]'s.

use crate::base::{Digest, Fault, Moment, TaskId};
use crate::plan::lock::LockedTake;

/// What the ledger, the store and the lock know of one key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The digest of the key's chosen video: the locked one, else the one that came last.
    pub digest: Option<Digest>,
    /// Whether the store holds that video.
    pub present: bool,
    /// The task that made that video.
    pub task: Option<TaskId>,
    /// Another video of this key, which the store holds and the lock does not name: a build that
    /// was to make it again was killed before it could say so, or the lock is another machine's.
    pub other: Option<Digest>,
    /// Whether the chosen video's own task made that other one: the provider gave it when it was
    /// asked again, and no longer has the chosen one.
    pub replaced: bool,
    /// The submissions for this key, oldest first.
    pub submissions: Vec<Submission>,
}

/// One attempt to have a take made, as far as it is known to have come.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// When the intent was recorded.
    pub intended_at: Moment,
    /// How far it came.
    pub outcome: SubmissionOutcome,
}

/// How far a submission came.
#[derive(Clone, Debug, PartialEq)]
pub enum SubmissionOutcome {
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
        /// Whether its video, or one that was asked for later, has been in the store.
        received: bool,
    },
    /// The task ended without a video, or the request was refused: unchanged, it would be again.
    Failed(Fault),
    /// Proven that nothing was accepted, for reasons that may pass.
    NotAccepted,
}

impl Evidence {
    /// What is known when the ledger cannot be read: nothing, so nothing may be paid.
    pub fn unreadable() -> Evidence {
        let doubt =
            Submission { intended_at: Moment::from_millis(0), outcome: SubmissionOutcome::Doubt };
        Evidence { submissions: vec![doubt], ..Evidence::default() }
    }

    /// Notes that the video of this task has been in the store, and so whatever came before it.
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

    /// Adds what the lock says: its video is the chosen one, and has been in some store.
    pub fn add_locked(&mut self, take: &LockedTake, held: bool) {
        let stored = self.digest.filter(|_| self.present);
        self.other = stored.filter(|stored| *stored != take.artifact);
        self.replaced = self.other.is_some() && self.task.as_ref() == Some(&take.task);
        self.digest = Some(take.artifact);
        self.task = Some(take.task.clone());
        self.present = held;
        let seen = self.submissions.iter().any(|submission| match &submission.outcome {
            SubmissionOutcome::Finished { task, .. } | SubmissionOutcome::Open(task) => {
                *task == take.task
            }
            _ => false,
        });
        if !seen {
            let (task, at) = (take.task.clone(), take.finished);
            let outcome = SubmissionOutcome::Finished { task, at, received: true };
            self.submissions.insert(0, Submission { intended_at: at, outcome });
        }
        self.mark_received(&take.task);
    }

    /// The digest that this task's video is known to have.
    pub fn digest_by(&self, task: &TaskId) -> Option<Digest> {
        self.digest.filter(|_| self.task.as_ref() == Some(task))
    }
}
