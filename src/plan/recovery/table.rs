//! Recovery: what to do about a key, as one exhaustive table over what is known of it.
//!
//! It is asked when a plan is made and again just before money would be spent, so both always
//! agree. [`Evidence`] is first reduced to a few small facts; the table is the two `match`es over
//! them, which the compiler keeps whole. `·` is anything:
//!
//! | owed by the provider | in the store | wish | kept by the provider | verdict |
//! | -------------------- | ------------ | ---- | -------------------- | ------- |
//! | an open task         | ·            | ·    | ·                    | resume it |
//! | a video              | ·            | ·    | ·                    | restore it |
//! | nothing              | the chosen   | take | ·                    | reuse it |
//! | nothing              | another      | new  | ·                    | reuse the other: nobody has seen it in a film |
//! | nothing              | not the chosen | ·  | the chosen           | restore it |
//! | nothing              | only another | take | not the chosen       | reuse the other |
//! | nothing              | nothing      | ·    | another              | restore it |
//! | nothing              | otherwise    | ·    | ·                    | the next table |
//!
//! Nothing can be had for nothing any more; what was submitted for the key decides:
//!
//! | record                             | a take is wished | a new take is wished |
//! | ---------------------------------- | ---------------- | -------------------- |
//! | a task is open                     | resume           | resume               |
//! | a submission is in doubt           | ask              | ask                  |
//! | failed more often than is paid again | ask            | generate             |
//! | failed                             | generate         | generate             |
//! | made before                        | generate         | generate             |
//! | nothing                            | generate         | generate             |
//!
//! What is *owed* was paid and has never been in the store: the submissions since the last one
//! whose video was. It comes home before anything else is thought of, wished or not, for a build
//! may have been killed at any step. Failures count since the last success.
//!
//! Before anything is paid whose video was made once, the provider is asked whether it still has
//! it; see [`Evidence::perhaps_kept`].

use std::time::Duration;

use super::evidence::{Evidence, Failure, SubmissionOutcome};
use crate::base::{Digest, Moment, TaskId};

/// What recovery is allowed to do and how long videos last.
#[derive(Clone, Copy, Debug)]
pub struct RecoveryRules {
    /// The present.
    pub now: Moment,
    /// For how long a finished video can be downloaded, that moment included.
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
    Generate(GenerateReason),
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
pub enum GenerateReason {
    /// Nothing of it exists anywhere.
    Unknown,
    /// It was made once, but the store lost it and the provider has deleted it.
    Expired,
    /// It failed and is to be tried again.
    RetryFailed,
    /// The user wants it made again.
    Forced,
}

/// What is wanted.
#[derive(Clone, Copy)]
enum Wish {
    /// The key's video.
    Take,
    /// A new one, although there may be one.
    NewTake,
}

/// What was paid since the last video that has been in the store, and has not been there itself.
enum PaidNotReceived<'a> {
    Nothing,
    /// A task that may still be running.
    Open(&'a TaskId),
    /// A finished task and the whole days for which its video can be downloaded.
    Video(&'a TaskId, u32),
}

/// What the store holds of the key.
#[derive(Clone, Copy)]
enum InStore {
    Nothing,
    /// The chosen video.
    Chosen(Digest),
    /// The chosen video and another.
    Both(Digest, Digest),
    /// Another than the chosen.
    Other(Digest),
}

/// What the provider can still be asked for, whether or not it has been in the store.
enum Retrievable<'a> {
    Nothing,
    /// The chosen video, and for how many days.
    Chosen(&'a TaskId, u32),
    /// Another than the chosen, or one of unknown bytes.
    Other(&'a TaskId, u32),
}

/// What the submissions say of paying; the first that applies.
enum SubmissionHistory<'a> {
    /// A task may still be running.
    Open(&'a TaskId),
    /// A submission may have become a task.
    Doubt(Moment),
    /// It has failed more often since its last success than may be paid again.
    FailedTooOften(&'a Failure),
    /// It has failed since its last success.
    Failed,
    /// A video was made.
    Made,
    /// Nothing was accepted that is known of.
    Nothing,
}

impl Evidence {
    /// Decides what to do; see the tables of this module.
    pub fn verdict(&self, rules: &RecoveryRules) -> Verdict {
        let restore = |task: &TaskId, days_left| Verdict::Restore { task: task.clone(), days_left };
        let wish = if rules.force { Wish::NewTake } else { Wish::Take };
        match (self.owed(rules), self.held(), wish, self.kept(rules)) {
            (PaidNotReceived::Open(task), _, _, _) => Verdict::Resume(task.clone()),
            (PaidNotReceived::Video(task, days_left), _, _, _) => restore(task, days_left),
            (
                PaidNotReceived::Nothing,
                InStore::Chosen(chosen) | InStore::Both(chosen, _),
                Wish::Take,
                _,
            ) => Verdict::Reuse(chosen),
            (
                PaidNotReceived::Nothing,
                InStore::Both(_, other) | InStore::Other(other),
                Wish::NewTake,
                _,
            ) => Verdict::Reuse(other),
            (
                PaidNotReceived::Nothing,
                InStore::Nothing,
                _,
                Retrievable::Chosen(task, days_left),
            )
            | (
                PaidNotReceived::Nothing,
                InStore::Other(_),
                Wish::Take,
                Retrievable::Chosen(task, days_left),
            )
            | (
                PaidNotReceived::Nothing,
                InStore::Nothing,
                _,
                Retrievable::Other(task, days_left),
            ) => restore(task, days_left),
            (
                PaidNotReceived::Nothing,
                InStore::Other(other),
                Wish::Take,
                Retrievable::Other(..) | Retrievable::Nothing,
            ) => Verdict::Reuse(other),
            (PaidNotReceived::Nothing, InStore::Chosen(_), Wish::NewTake, _)
            | (PaidNotReceived::Nothing, InStore::Nothing, _, Retrievable::Nothing) => {
                self.pay(wish, rules)
            }
        }
    }

    /// The newest finished task of a key whose videos are all lost, however old it is. Whoever is
    /// about to pay asks the provider about it first: clocks are set wrong, and videos may be kept
    /// for longer than is promised.
    pub fn perhaps_kept(&self) -> Option<&TaskId> {
        match self.held() {
            InStore::Nothing => self.newest_first().find_map(|outcome| match outcome {
                SubmissionOutcome::Finished { task, .. } => Some(task),
                _ => None,
            }),
            InStore::Chosen(_) | InStore::Both(..) | InStore::Other(_) => None,
        }
    }

    /// What to do where nothing can be had for nothing.
    fn pay(&self, wish: Wish, rules: &RecoveryRules) -> Verdict {
        match (self.record(rules), wish) {
            (SubmissionHistory::Open(task), _) => Verdict::Resume(task.clone()),
            (SubmissionHistory::Doubt(sent_at), _) => Verdict::AskDoubt { sent_at },
            (
                SubmissionHistory::FailedTooOften(_)
                | SubmissionHistory::Failed
                | SubmissionHistory::Made
                | SubmissionHistory::Nothing,
                Wish::NewTake,
            ) => Verdict::Generate(GenerateReason::Forced),
            (SubmissionHistory::FailedTooOften(failure), Wish::Take) => {
                Verdict::AskFailed(failure.clone())
            }
            (SubmissionHistory::Failed, Wish::Take) => {
                Verdict::Generate(GenerateReason::RetryFailed)
            }
            (SubmissionHistory::Made, Wish::Take) => Verdict::Generate(GenerateReason::Expired),
            (SubmissionHistory::Nothing, Wish::Take) => Verdict::Generate(GenerateReason::Unknown),
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
            (Some(chosen), Some(other)) => InStore::Both(chosen, other),
            (Some(chosen), None) => InStore::Chosen(chosen),
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

    fn record(&self, rules: &RecoveryRules) -> SubmissionHistory<'_> {
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
        let failures: Vec<&Failure> = since_success
            .filter_map(|outcome| match outcome {
                SubmissionOutcome::Failed(failure) => Some(failure),
                _ => None,
            })
            .collect();
        let made =
            |outcome: &SubmissionOutcome| matches!(outcome, SubmissionOutcome::Finished { .. });
        match failures.first() {
            Some(latest) if failures.len() > rules.retry_failed as usize => {
                SubmissionHistory::FailedTooOften(latest)
            }
            Some(_) => SubmissionHistory::Failed,
            None if self.digest.is_some() || self.newest_first().any(made) => {
                SubmissionHistory::Made
            }
            None => SubmissionHistory::Nothing,
        }
    }

    fn newest_first(&self) -> impl Iterator<Item = &SubmissionOutcome> {
        self.submissions.iter().rev().map(|submission| &submission.outcome)
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

    const DAY: Duration = Duration::from_secs(86_400);
    const NOW: Moment = Moment::from_millis(1_772_373_730_000);

    fn rules(force: bool) -> RecoveryRules {
        RecoveryRules { now: NOW, retention: 14 * DAY, retry_failed: 0, force }
    }

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

    /// A take that task `one` made is in the store; this came after it.
    fn stored(later: Vec<SubmissionOutcome>) -> Evidence {
        let mut evidence = evidence([vec![finished("one", 1)], later].concat());
        evidence.mark_received(&task("one"));
        let digest = Some(Digest::of(b"one"));
        Evidence { digest, present: true, task: Some(task("one")), ..evidence }
    }

    #[test]
    fn what_was_paid_comes_home_before_anything_else() {
        let restore = |name: &str| Verdict::Restore { task: task(name), days_left: 13 };
        for force in [false, true] {
            let rules = rules(force);
            let open = SubmissionOutcome::Open(task("two"));
            assert_eq!(stored(vec![open.clone()]).verdict(&rules), Verdict::Resume(task("two")));
            assert_eq!(evidence(vec![open]).verdict(&rules), Verdict::Resume(task("two")));
            assert_eq!(stored(vec![finished("two", 1)]).verdict(&rules), restore("two"));
            assert_eq!(evidence(vec![finished("one", 1)]).verdict(&rules), restore("one"));
            let killed = Evidence { other: Some(Digest::of(b"two")), ..stored(vec![]) };
            let at_hand = if force { b"two" } else { b"one" };
            assert_eq!(killed.verdict(&rules), Verdict::Reuse(Digest::of(at_hand)));
        }
    }

    #[test]
    fn force_pays_again_only_for_what_is_at_hand() {
        assert_eq!(stored(vec![]).verdict(&rules(false)), Verdict::Reuse(Digest::of(b"one")));
        assert_eq!(stored(vec![]).verdict(&rules(true)), Verdict::Generate(GenerateReason::Forced));
        let lost = Evidence { present: false, ..stored(vec![]) };
        for force in [false, true] {
            let restore = Verdict::Restore { task: task("one"), days_left: 13 };
            assert_eq!(lost.verdict(&rules(force)), restore);
        }
        // A video that the provider has deleted is not waited for.
        let late = stored(vec![finished("two", 15)]);
        assert_eq!(late.verdict(&rules(false)), Verdict::Reuse(Digest::of(b"one")));
        assert_eq!(late.verdict(&rules(true)), Verdict::Generate(GenerateReason::Forced));
    }

    #[test]
    fn doubt_and_failure_are_never_paid_over() {
        let failed =
            || SubmissionOutcome::Failed(Failure { code: Some(1001), message: "no".into() });
        for force in [false, true] {
            let doubt = evidence(vec![SubmissionOutcome::Doubt, SubmissionOutcome::NotAccepted]);
            assert_eq!(doubt.verdict(&rules(force)), Verdict::AskDoubt { sent_at: NOW });
        }
        assert_eq!(
            stored(vec![SubmissionOutcome::Doubt]).verdict(&rules(true)),
            Verdict::AskDoubt { sent_at: NOW }
        );
        let once = evidence(vec![failed()]);
        assert!(matches!(once.verdict(&rules(false)), Verdict::AskFailed(_)));
        let again = RecoveryRules { retry_failed: 1, ..rules(false) };
        assert_eq!(once.verdict(&again), Verdict::Generate(GenerateReason::RetryFailed));
        assert!(matches!(
            evidence(vec![failed(), failed()]).verdict(&again),
            Verdict::AskFailed(_)
        ));
    }

    #[test]
    fn a_locked_video_that_is_not_here_is_fetched_before_another_stands_in_for_it() {
        let other = Some(Digest::of(b"two"));
        let elsewhere = Evidence { present: false, other, ..stored(vec![]) };
        let restore = Verdict::Restore { task: task("one"), days_left: 13 };
        assert_eq!(elsewhere.verdict(&rules(false)), restore);
        // Whoever wants another take than the locked one has it.
        assert_eq!(elsewhere.verdict(&rules(true)), Verdict::Reuse(Digest::of(b"two")));
        let month_later = RecoveryRules { now: NOW + 30 * DAY, ..rules(false) };
        assert_eq!(elsewhere.verdict(&month_later), Verdict::Reuse(Digest::of(b"two")));
    }

    #[test]
    fn a_failure_that_was_overcome_asks_nobody() {
        let failed =
            || SubmissionOutcome::Failed(Failure { code: Some(1001), message: "no".into() });
        let lost = evidence(vec![failed(), finished("two", 15)]);
        assert_eq!(lost.verdict(&rules(false)), Verdict::Generate(GenerateReason::Expired));
        let since = evidence(vec![finished("one", 15), failed()]);
        assert!(matches!(since.verdict(&rules(false)), Verdict::AskFailed(_)));
    }

    #[test]
    fn an_open_task_is_never_paid_over() {
        let late = evidence(vec![SubmissionOutcome::Open(task("one")), finished("two", 1)]);
        let mut late = Evidence {
            digest: Some(Digest::of(b"two")),
            present: true,
            task: Some(task("two")),
            ..late
        };
        late.mark_received(&task("two"));
        assert_eq!(late.verdict(&rules(false)), Verdict::Reuse(Digest::of(b"two")));
        assert_eq!(late.verdict(&rules(true)), Verdict::Resume(task("one")));
    }
}
