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
    /// The task that made that video.
    pub task: Option<TaskId>,
    /// A video of this key that the store got after that one, which no lock names yet: a build
    /// that was to make it again was killed before it could say so.
    pub newer: Option<Digest>,
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
        /// Whether its video, or one that was asked for later, has been in the store.
        received: bool,
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

    /// Notes that the video of this task has been in the store, and so whatever came before it.
    pub fn mark_received(&mut self, maker: &TaskId) {
        let of_maker = |submission: &Submission| match &submission.outcome {
            Outcome::Finished { task, .. } => task == maker,
            _ => false,
        };
        let Some(last) = self.submissions.iter().rposition(of_maker) else { return };
        for submission in &mut self.submissions[..=last] {
            if let Outcome::Finished { received, .. } = &mut submission.outcome {
                *received = true;
            }
        }
    }

    /// The digest that this task's video is known to have.
    pub fn digest_by(&self, task: &TaskId) -> Option<Digest> {
        self.digest.filter(|_| self.task.as_ref() == Some(task))
    }

    /// Decides what to do, cheapest truth first: what was paid and never came, bytes at hand, bytes
    /// at the provider, a doubt, a failure, and only then a new task.
    pub fn verdict(&self, rules: &RecoveryRules) -> Verdict {
        // What was paid is brought home before anything else is thought of, forced or not: a build
        // that was to make a take again may have been killed at any step of it.
        if let Some(verdict) = self.outstanding(rules) {
            return verdict;
        }
        match (self.digest, self.newer) {
            (Some(digest), _) if self.present && !rules.force => return Verdict::Reuse(digest),
            (_, Some(newer)) if rules.force => return Verdict::Reuse(newer),
            _ => {}
        }
        let newest_first = || self.submissions.iter().rev().map(|submission| &submission.outcome);
        if !self.present {
            let made_it = |task: &TaskId| self.task.as_ref() == Some(task);
            let mut restorable: Vec<_> =
                newest_first().filter_map(|outcome| restore(outcome, rules)).collect();
            // The known bytes before others of the same recipe.
            restorable.sort_by_key(|(task, _)| !made_it(task));
            if let Some((task, days_left)) = restorable.into_iter().next() {
                return Verdict::Restore { task, days_left };
            }
            let open = newest_first().find_map(|outcome| match outcome {
                Outcome::Open(task) => Some(task.clone()),
                _ => None,
            });
            if let Some(task) = open {
                return Verdict::Resume(task);
            }
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

    /// What to do about the newest task whose video has not been in the store, if there is one.
    fn outstanding(&self, rules: &RecoveryRules) -> Option<Verdict> {
        let newest_first = self.submissions.iter().rev().map(|submission| &submission.outcome);
        let since_received = newest_first
            .take_while(|outcome| !matches!(outcome, Outcome::Finished { received: true, .. }));
        since_received.into_iter().find_map(|outcome| match outcome {
            Outcome::Open(task) => Some(Verdict::Resume(task.clone())),
            finished => restore(finished, rules)
                .map(|(task, days_left)| Verdict::Restore { task, days_left }),
        })
    }

    fn made_before(&self) -> bool {
        self.digest.is_some()
            || self.submissions.iter().any(|s| matches!(s.outcome, Outcome::Finished { .. }))
    }
}

/// The task of a finished submission and the whole days for which its video can be downloaded.
fn restore(outcome: &Outcome, rules: &RecoveryRules) -> Option<(TaskId, u32)> {
    let Outcome::Finished { task, at, .. } = outcome else { return None };
    let left = rules.retention.checked_sub(rules.now.since(*at))?;
    Some((task.clone(), (left.as_secs() / 86_400) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const NOW: Moment = Moment::from_millis(1_772_373_730_000);

    fn rules(force: bool) -> RecoveryRules {
        RecoveryRules { now: NOW, retention: 14 * DAY, retry_failed: 0, force }
    }

    fn task(name: &str) -> TaskId {
        TaskId::new(name)
    }

    fn finished(name: &str, days_ago: u32) -> Outcome {
        Outcome::Finished { task: task(name), at: NOW - DAY * days_ago, received: false }
    }

    fn evidence(outcomes: Vec<Outcome>) -> Evidence {
        let submissions =
            outcomes.into_iter().map(|outcome| Submission { intended_at: NOW, outcome }).collect();
        Evidence { submissions, ..Evidence::default() }
    }

    /// A take that task `one` made is in the store; this came after it.
    fn stored(later: Vec<Outcome>) -> Evidence {
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
            let open = Outcome::Open(task("two"));
            assert_eq!(stored(vec![open.clone()]).verdict(&rules), Verdict::Resume(task("two")));
            assert_eq!(evidence(vec![open]).verdict(&rules), Verdict::Resume(task("two")));
            assert_eq!(stored(vec![finished("two", 1)]).verdict(&rules), restore("two"));
            assert_eq!(evidence(vec![finished("one", 1)]).verdict(&rules), restore("one"));
            let killed = Evidence { newer: Some(Digest::of(b"two")), ..stored(vec![]) };
            let at_hand = if force { b"two" } else { b"one" };
            assert_eq!(killed.verdict(&rules), Verdict::Reuse(Digest::of(at_hand)));
        }
    }

    #[test]
    fn force_pays_again_only_for_what_is_at_hand() {
        assert_eq!(stored(vec![]).verdict(&rules(false)), Verdict::Reuse(Digest::of(b"one")));
        assert_eq!(stored(vec![]).verdict(&rules(true)), Verdict::Generate(GenerateWhy::Forced));
        let lost = Evidence { present: false, ..stored(vec![]) };
        for force in [false, true] {
            let restore = Verdict::Restore { task: task("one"), days_left: 13 };
            assert_eq!(lost.verdict(&rules(force)), restore);
        }
        // A video that the provider has deleted is not waited for.
        let late = stored(vec![finished("two", 15)]);
        assert_eq!(late.verdict(&rules(false)), Verdict::Reuse(Digest::of(b"one")));
        assert_eq!(late.verdict(&rules(true)), Verdict::Generate(GenerateWhy::Forced));
    }

    #[test]
    fn doubt_and_failure_are_never_paid_over() {
        let failed = || Outcome::Failed(Failure { code: Some(1001), message: "no".into() });
        for force in [false, true] {
            let doubt = evidence(vec![Outcome::Doubt, Outcome::NotAccepted]);
            assert_eq!(doubt.verdict(&rules(force)), Verdict::AskDoubt { sent_at: NOW });
        }
        assert_eq!(
            stored(vec![Outcome::Doubt]).verdict(&rules(true)),
            Verdict::AskDoubt { sent_at: NOW }
        );
        let once = evidence(vec![failed()]);
        assert!(matches!(once.verdict(&rules(false)), Verdict::AskFailed(_)));
        let again = RecoveryRules { retry_failed: 1, ..rules(false) };
        assert_eq!(once.verdict(&again), Verdict::Generate(GenerateWhy::RetryFailed));
        assert!(matches!(
            evidence(vec![failed(), failed()]).verdict(&again),
            Verdict::AskFailed(_)
        ));
    }
}
