//! Recovery: what to do about a key, as one exhaustive table over the evidence.
//!
//! It is consulted when a plan is made and again just before money would be spent, so both always
//! agree. [`Evidence`] is first reduced to a few small facts; the table consists of two `match`es
//! over them, which the compiler checks for completeness. `·` means anything:
//!
//! | owed by the provider | in the store   | kept by the provider | action |
//! | -------------------- | -------------- | -------------------- | ------ |
//! | an open task         | ·              | ·                    | resume it |
//! | a video              | ·              | ·                    | restore it |
//! | nothing              | the chosen     | ·                    | reuse it |
//! | nothing              | not the chosen | the chosen           | restore it |
//! | nothing              | only another   | not the chosen       | reuse the other |
//! | nothing              | nothing        | another              | restore it |
//! | nothing              | nothing        | nothing              | the next table |
//!
//! If nothing is available for free, the key's submission history decides:
//!
//! | history                               | action   |
//! | ------------------------------------- | -------- |
//! | an earlier task is open               | resume   |
//! | a submission is in doubt              | ask      |
//! | failed more often than may be retried | ask      |
//! | failed                                | generate |
//! | generated before                      | generate |
//! | nothing                               | generate |
//!
//! A new take of a recipe has a key of its own (see [`TakeChoice`](crate::plan::TakeChoice)), so
//! nobody ever asks for a second video of one key.
//!
//! *Owed* means paid and never in the store: the submissions since the last one whose video was. A
//! build may have been killed at any step, so owed videos are fetched first. Failures count since the
//! last success.
//!
//! If the video was generated before, the provider is asked whether it still has it before anything
//! is paid; see [`Evidence::perhaps_kept`].
//!
//! A task that a person has declared lost counts as never sent; see [`Evidence::gone`].

use std::time::Duration;

use super::action::{Action, GenerateReason};
use super::evidence::{Evidence, SubmissionOutcome};
use crate::base::{Digest, Fault, Moment, TaskId};

/// What recovery may do, and how long the provider keeps videos.
#[derive(Clone, Copy, Debug)]
pub struct RecoveryRules {
    /// The current time.
    pub now: Moment,
    /// How long a finished video can be downloaded, inclusive.
    pub retention: Duration,
    /// How many failed attempts may be paid for again.
    pub retry_failed: u32,
}

/// What was paid since the last video that reached the store.
enum PaidNotReceived<'a> {
    Nothing,
    /// A task that may still be running.
    Open(&'a TaskId),
    /// A finished task and the whole days for which its video can be downloaded.
    Video(&'a TaskId, u32),
}

/// The videos of the key in the store.
#[derive(Clone, Copy)]
enum InStore {
    Nothing,
    /// The chosen video, and perhaps another.
    Chosen(Digest),
    /// Another video than the chosen one.
    Other(Digest),
}

/// What can still be downloaded from the provider, whether or not it has been in the store.
enum Retrievable<'a> {
    Nothing,
    /// The chosen video, and for how many days it can be downloaded.
    Chosen(&'a TaskId, u32),
    /// Another video than the chosen one, or one of unknown bytes.
    Other(&'a TaskId, u32),
}

/// What the submissions imply about paying; the first variant that applies.
enum SubmissionHistory<'a> {
    /// A task may still be running.
    Open(&'a TaskId),
    /// A submission may have become a task.
    Doubt(Moment),
    /// It has failed more often since its last success than may be paid for again.
    FailedTooOften(&'a Fault),
    /// It has failed since its last success.
    Failed,
    /// A video was generated.
    Generated,
    /// No submission is known to have been accepted.
    Nothing,
}

impl Evidence {
    /// Decides what to do; see the tables of this module.
    pub fn action(&self, rules: &RecoveryRules) -> Action {
        let restore = |task: &TaskId, days_left| Action::Restore { task: task.clone(), days_left };
        match (self.owed(rules), self.held(), self.kept(rules)) {
            (PaidNotReceived::Open(task), _, _) => Action::Resume(task.clone()),
            (PaidNotReceived::Video(task, days_left), _, _) => restore(task, days_left),
            (PaidNotReceived::Nothing, InStore::Chosen(chosen), _) => Action::Reuse(chosen),
            (
                PaidNotReceived::Nothing,
                InStore::Nothing | InStore::Other(_),
                Retrievable::Chosen(task, days_left),
            )
            | (PaidNotReceived::Nothing, InStore::Nothing, Retrievable::Other(task, days_left)) => {
                restore(task, days_left)
            }
            (
                PaidNotReceived::Nothing,
                InStore::Other(other),
                Retrievable::Other(..) | Retrievable::Nothing,
            ) => Action::Reuse(other),
            (PaidNotReceived::Nothing, InStore::Nothing, Retrievable::Nothing) => self.pay(rules),
        }
    }

    /// The newest finished task of a key whose videos are all lost, however old it is. Before
    /// paying, the provider is asked about it: clocks may be wrong, and videos may be kept longer
    /// than promised.
    pub fn perhaps_kept(&self) -> Option<&TaskId> {
        match self.held() {
            InStore::Nothing => self.newest_first().find_map(|outcome| match outcome {
                SubmissionOutcome::Finished { task, .. } => Some(task),
                _ => None,
            }),
            InStore::Chosen(_) | InStore::Other(_) => None,
        }
    }

    /// What to do if nothing is available for free.
    fn pay(&self, rules: &RecoveryRules) -> Action {
        match self.history(rules) {
            SubmissionHistory::Open(task) => Action::Resume(task.clone()),
            SubmissionHistory::Doubt(sent_at) => Action::AskDoubt { sent_at },
            SubmissionHistory::FailedTooOften(failure) => Action::AskFailed(failure.clone()),
            SubmissionHistory::Failed => Action::Generate(GenerateReason::RetryFailed),
            SubmissionHistory::Generated => Action::Generate(GenerateReason::Expired),
            SubmissionHistory::Nothing => Action::Generate(GenerateReason::Unknown),
        }
    }

    fn owed(&self, rules: &RecoveryRules) -> PaidNotReceived<'_> {
        let mut since_received = self.newest_first().take_while(|outcome| {
            !matches!(outcome, SubmissionOutcome::Finished { received: true, .. })
        });
        let owed = since_received.find_map(|outcome| match outcome {
            SubmissionOutcome::Open(task) => Some(PaidNotReceived::Open(task)),
            finished => {
                kept(finished, rules).map(|(task, days)| PaidNotReceived::Video(task, days))
            }
        });
        owed.unwrap_or(PaidNotReceived::Nothing)
    }

    fn held(&self) -> InStore {
        match (self.digest.filter(|_| self.present), self.other) {
            (Some(chosen), _) => InStore::Chosen(chosen),
            (None, Some(other)) => InStore::Other(other),
            (None, None) => InStore::Nothing,
        }
    }

    fn kept(&self, rules: &RecoveryRules) -> Retrievable<'_> {
        let is_here = |task: &TaskId| self.replaced && self.task.as_ref() == Some(task);
        let mut videos: Vec<_> = self
            .newest_first()
            .filter_map(|outcome| kept(outcome, rules))
            .filter(|(task, _)| !is_here(task))
            .collect();
        videos.sort_by_key(|(task, _)| self.task.as_ref() != Some(*task));
        match videos.first() {
            Some((task, days)) if self.task.as_ref() == Some(*task) => {
                Retrievable::Chosen(task, *days)
            }
            Some((task, days)) => Retrievable::Other(task, *days),
            None => Retrievable::Nothing,
        }
    }

    fn history(&self, rules: &RecoveryRules) -> SubmissionHistory<'_> {
        let open = self.newest_first().find_map(|outcome| match outcome {
            SubmissionOutcome::Open(task) => Some(task),
            _ => None,
        });
        if let Some(task) = open {
            return SubmissionHistory::Open(task);
        }
        if let Some(doubt) =
            self.submissions.iter().find(|sent| sent.outcome == SubmissionOutcome::Doubt)
        {
            return SubmissionHistory::Doubt(doubt.intended_at);
        }
        let since_success = self
            .newest_first()
            .take_while(|outcome| !matches!(outcome, SubmissionOutcome::Finished { .. }));
        let failures: Vec<&Fault> = since_success
            .filter_map(|outcome| match outcome {
                SubmissionOutcome::Failed(failure) => Some(failure),
                _ => None,
            })
            .collect();
        let generated =
            |outcome: &SubmissionOutcome| matches!(outcome, SubmissionOutcome::Finished { .. });
        match failures.first() {
            Some(latest) if failures.len() > rules.retry_failed as usize => {
                SubmissionHistory::FailedTooOften(latest)
            }
            Some(_) => SubmissionHistory::Failed,
            None if self.digest.is_some() || self.newest_first().any(generated) => {
                SubmissionHistory::Generated
            }
            None => SubmissionHistory::Nothing,
        }
    }

    /// The outcomes, without those of tasks that are declared lost.
    fn newest_first(&self) -> impl Iterator<Item = &SubmissionOutcome> {
        let outcomes = self.submissions.iter().rev().map(|submission| &submission.outcome);
        outcomes.filter(|outcome| !outcome.task().is_some_and(|task| self.is_gone(task)))
    }
}

/// The task of a finished submission and the whole days for which its video can be downloaded.
fn kept<'a>(outcome: &'a SubmissionOutcome, rules: &RecoveryRules) -> Option<(&'a TaskId, u32)> {
    let SubmissionOutcome::Finished { task, at, .. } = outcome else { return None };
    let left = rules.retention.checked_sub(rules.now.since(*at))?;
    Some((task, (left.as_secs() / 86_400) as u32))
}

#[cfg(test)]
mod tests {
    use super::super::evidence::Submission;
    use super::*;
    use crate::base::FaultClass;

    const DAY: Duration = Duration::from_secs(86_400);
    const NOW: Moment = Moment::from_millis(1_772_373_730_000);

    const RULES: RecoveryRules =
        RecoveryRules { now: NOW, retention: Duration::from_secs(14 * 86_400), retry_failed: 0 };

    fn task(name: &str) -> TaskId {
        TaskId::new(name)
    }

    fn finished(name: &str, days_ago: u32) -> SubmissionOutcome {
        SubmissionOutcome::Finished { task: task(name), at: NOW - DAY * days_ago, received: false }
    }

    fn evidence(outcomes: Vec<SubmissionOutcome>) -> Evidence {
        let submissions =
            outcomes.into_iter().map(|outcome| Submission { intended_at: NOW, outcome }).collect();
        Evidence { submissions, ..Evidence::default() }
    }

    /// A take generated by task `one` is in the store, followed by these submissions.
    fn stored(later: Vec<SubmissionOutcome>) -> Evidence {
        let mut evidence = evidence([vec![finished("one", 1)], later].concat());
        evidence.mark_received(&task("one"));
        let digest = Some(Digest::of(b"one"));
        Evidence { digest, present: true, task: Some(task("one")), ..evidence }
    }

    #[test]
    fn owed_videos_are_fetched_first() {
        let restore = |name: &str| Action::Restore { task: task(name), days_left: 13 };
        let open = SubmissionOutcome::Open(task("two"));
        assert_eq!(stored(vec![open.clone()]).action(&RULES), Action::Resume(task("two")));
        assert_eq!(evidence(vec![open]).action(&RULES), Action::Resume(task("two")));
        assert_eq!(stored(vec![finished("two", 1)]).action(&RULES), restore("two"));
        assert_eq!(evidence(vec![finished("one", 1)]).action(&RULES), restore("one"));
        let killed = Evidence { other: Some(Digest::of(b"two")), ..stored(vec![]) };
        assert_eq!(killed.action(&RULES), Action::Reuse(Digest::of(b"one")));
    }

    #[test]
    fn a_lost_video_is_restored_while_the_provider_has_it() {
        assert_eq!(stored(vec![]).action(&RULES), Action::Reuse(Digest::of(b"one")));
        let lost = Evidence { present: false, ..stored(vec![]) };
        assert_eq!(lost.action(&RULES), Action::Restore { task: task("one"), days_left: 13 });
        // A video that the provider has deleted is not waited for.
        let late = stored(vec![finished("two", 15)]);
        assert_eq!(late.action(&RULES), Action::Reuse(Digest::of(b"one")));
    }

    #[test]
    fn doubts_and_failures_need_a_decision() {
        let failed = || {
            SubmissionOutcome::Failed(Fault::new(FaultClass::InvalidPrompt, "no").with_code(1001))
        };
        let doubt = evidence(vec![SubmissionOutcome::Doubt, SubmissionOutcome::NotAccepted]);
        assert_eq!(doubt.action(&RULES), Action::AskDoubt { sent_at: NOW });
        let held = stored(vec![SubmissionOutcome::Doubt]);
        assert_eq!(held.action(&RULES), Action::Reuse(Digest::of(b"one")));
        let once = evidence(vec![failed()]);
        assert!(matches!(once.action(&RULES), Action::AskFailed(_)));
        let again = RecoveryRules { retry_failed: 1, ..RULES };
        assert_eq!(once.action(&again), Action::Generate(GenerateReason::RetryFailed));
        assert!(matches!(evidence(vec![failed(), failed()]).action(&again), Action::AskFailed(_)));
    }

    #[test]
    fn a_missing_locked_video_is_restored_before_another_is_used() {
        let other = Some(Digest::of(b"two"));
        let elsewhere = Evidence { present: false, other, ..stored(vec![]) };
        let restore = Action::Restore { task: task("one"), days_left: 13 };
        assert_eq!(elsewhere.action(&RULES), restore);
        let month_later = RecoveryRules { now: NOW + 30 * DAY, ..RULES };
        assert_eq!(elsewhere.action(&month_later), Action::Reuse(Digest::of(b"two")));
    }

    #[test]
    fn a_failure_before_a_success_is_ignored() {
        let failed = || {
            SubmissionOutcome::Failed(Fault::new(FaultClass::InvalidPrompt, "no").with_code(1001))
        };
        let lost = evidence(vec![failed(), finished("two", 15)]);
        assert_eq!(lost.action(&RULES), Action::Generate(GenerateReason::Expired));
        let since = evidence(vec![finished("one", 15), failed()]);
        assert!(matches!(since.action(&RULES), Action::AskFailed(_)));
    }

    #[test]
    fn a_task_that_is_declared_lost_blocks_nothing() {
        for outcome in [SubmissionOutcome::Open(task("one")), finished("one", 1)] {
            let evidence = evidence(vec![outcome.clone()]);
            assert!(!matches!(evidence.action(&RULES), Action::Generate(_)));
            let lost = Evidence { gone: vec![task("one")], ..evidence };
            assert!(matches!(lost.action(&RULES), Action::Generate(_)), "{outcome:?}");
            assert_eq!((lost.perhaps_kept(), lost.newest_task()), (None, None));
        }
        // Another task of the key is looked for all the same.
        let two = evidence(vec![finished("one", 20), SubmissionOutcome::Open(task("two"))]);
        let two = Evidence { gone: vec![task("one")], ..two };
        assert_eq!(two.action(&RULES), Action::Resume(task("two")));
    }

    #[test]
    fn an_open_task_is_resumed_not_paid_again() {
        let late = evidence(vec![SubmissionOutcome::Open(task("one")), finished("two", 1)]);
        let mut late = Evidence {
            digest: Some(Digest::of(b"two")),
            present: true,
            task: Some(task("two")),
            ..late
        };
        late.mark_received(&task("two"));
        assert_eq!(late.action(&RULES), Action::Reuse(Digest::of(b"two")));
        let lost = Evidence { present: false, gone: vec![task("two")], ..late };
        assert_eq!(lost.action(&RULES), Action::Resume(task("one")));
    }
}
