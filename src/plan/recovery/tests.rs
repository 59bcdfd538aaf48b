//! Recovery over every combination of evidence, compared with a second model.
//!
//! The model is a price list: every possible action for a key with its rank, and the best one wins.
//! It shares only the types with the table.

use std::time::Duration;

use super::action::{Action, GenerateReason};
use super::evidence::{Evidence, Submission, SubmissionOutcome};
use super::table::RecoveryRules;
use crate::base::{Digest, Fault, FaultClass, Key, Moment, TaskId};
use crate::plan::key::TakeChoice;
use crate::plan::lock::LockedTake;

const DAY: Duration = Duration::from_secs(86_400);
const NOW: Moment = Moment::from_millis(1_772_373_730_000);
const RETENTION: Duration = Duration::from_secs(14 * 86_400);
/// Just inside, exactly at and beyond the provider's retention.
const AGES: [Duration; 3] = [DAY, RETENTION, Duration::from_millis(14 * 86_400_000 + 1)];
/// Several submissions of a key must work in every order; three cover the cases in between.
const SUBMISSIONS_MAX: usize = 3;

fn task(name: &str) -> TaskId {
    TaskId::new(name)
}

fn failure(at: usize) -> Fault {
    Fault::new(FaultClass::InvalidPrompt, format!("failure {at}")).with_code(1001)
}

/// Every outcome that the submission at this position can have.
fn outcomes(at: usize) -> Vec<SubmissionOutcome> {
    let id = task(&format!("task_{at}"));
    let mut all = vec![
        SubmissionOutcome::Doubt,
        SubmissionOutcome::Open(id.clone()),
        SubmissionOutcome::Failed(failure(at)),
        SubmissionOutcome::NotAccepted,
    ];
    for age in AGES {
        for received in [false, true] {
            all.push(SubmissionOutcome::Finished { task: id.clone(), at: NOW - age, received });
        }
    }
    all
}

/// Every sequence of up to three submissions.
fn sequences() -> Vec<Vec<Submission>> {
    let mut all = vec![Vec::new()];
    let mut longest = all.clone();
    for at in 0..SUBMISSIONS_MAX {
        let longer = longest.iter().flat_map(|before| {
            outcomes(at).into_iter().map(|outcome| {
                let intended_at = NOW - AGES[1] * 2 + DAY * at as u32;
                [before.as_slice(), &[Submission { intended_at, outcome }]].concat()
            })
        });
        longest = longer.collect();
        all.extend(longest.iter().cloned());
    }
    all
}

/// Every artifact that a ledger and a store can know, with the task that generated it.
fn artifacts(submissions: &[Submission]) -> Vec<Evidence> {
    let base = Evidence { submissions: submissions.to_vec(), ..Evidence::default() };
    let mut all = vec![base.clone()];
    let makers = (0..submissions.len()).map(|at| task(&format!("task_{at}")));
    for maker in makers.map(Some).chain([None, Some(task("elsewhere"))]) {
        for present in [false, true] {
            let digest = Some(Digest::of(b"chosen"));
            all.push(Evidence { digest, present, task: maker.clone(), ..base.clone() });
        }
    }
    all
}

/// Every lock that can be added: its video and its task each known here or not, at any age.
fn locks(submissions: usize) -> Vec<(LockedTake, bool)> {
    let mut all = Vec::new();
    let tasks = (0..submissions).map(|at| task(&format!("task_{at}"))).chain([task("elsewhere")]);
    for task in tasks {
        for age in AGES {
            for artifact in [b"chosen".as_slice(), b"locked"] {
                for held in [false, true] {
                    let take = LockedTake {
                        task: Some(task.clone()),
                        finished: NOW - age,
                        ..LockedTake::new(
                            1,
                            Key(Digest::of(b"key")),
                            TakeChoice::default(),
                            (Digest::of(artifact), 5),
                        )
                    };
                    all.push((take, held));
                }
            }
        }
    }
    all
}

fn each_rules(mut check: impl FnMut(&RecoveryRules)) {
    for retry_failed in 0..=2 {
        check(&RecoveryRules { now: NOW, retention: RETENTION, retry_failed });
    }
}

/// The order of preference, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Preference {
    /// Paid for, never in any store; the newest first.
    PaidNotReceived(usize),
    Present,
    Restored(bool, usize),
    SecondChoice,
    Followed(usize),
    Doubted(usize),
    Paid,
}

/// The action according to the price list.
fn model(evidence: &Evidence, rules: &RecoveryRules) -> Action {
    let count = evidence.submissions.len();
    let mut offers: Vec<(Preference, Action)> = Vec::new();
    let mut received_later = false;
    let chosen_held = evidence.present && evidence.digest.is_some();
    let (mut failed, mut succeeded) = (Vec::new(), false);
    for back in 0..count {
        let sent = &evidence.submissions[count - 1 - back];
        match &sent.outcome {
            SubmissionOutcome::Doubt => offers.push((
                Preference::Doubted(count - 1 - back),
                Action::AskDoubt { sent_at: sent.intended_at },
            )),
            SubmissionOutcome::Open(task) => {
                let price = if received_later {
                    Preference::Followed(back)
                } else {
                    Preference::PaidNotReceived(back)
                };
                offers.push((price, Action::Resume(task.clone())));
            }
            SubmissionOutcome::Finished { task, at, received } => {
                received_later |= received;
                succeeded = true;
                let age = NOW.millis() - at.millis();
                let left = RETENTION.as_millis() as i64 - age;
                if left < 0 {
                    continue;
                }
                let restore =
                    Action::Restore { task: task.clone(), days_left: (left / 86_400_000) as u32 };
                if !received_later {
                    offers.push((Preference::PaidNotReceived(back), restore));
                } else if !chosen_held {
                    // Asking a task again returns what it returned before, so it has the chosen
                    // video.
                    let is_chosen = evidence.task.as_ref() == Some(task) && !evidence.replaced;
                    // Another video that is already here is as good as another one at the provider,
                    // and nearer.
                    if is_chosen || evidence.other.is_none() {
                        offers.push((Preference::Restored(!is_chosen, back), restore));
                    }
                }
            }
            SubmissionOutcome::Failed(failure) if !succeeded => failed.push(failure.clone()),
            SubmissionOutcome::Failed(_) | SubmissionOutcome::NotAccepted => {}
        }
    }
    match evidence.digest.filter(|_| chosen_held) {
        Some(digest) => offers.push((Preference::Present, Action::Reuse(digest))),
        None => {
            let other = evidence.other.map(Action::Reuse);
            offers.extend(other.map(|reuse| (Preference::SecondChoice, reuse)));
        }
    }
    let last = match failed.first() {
        Some(latest) if failed.len() as u32 > rules.retry_failed => {
            Action::AskFailed(latest.clone())
        }
        Some(_) => Action::Generate(GenerateReason::RetryFailed),
        None if succeeded || evidence.digest.is_some() => Action::Generate(GenerateReason::Expired),
        None => Action::Generate(GenerateReason::Unknown),
    };
    offers.push((Preference::Paid, last));
    offers.into_iter().min_by_key(|offer| offer.0).map(|offer| offer.1).unwrap()
}

/// Invariants of every action, stated without ranks.
fn check(evidence: &Evidence, rules: &RecoveryRules) {
    let action = evidence.action(rules);
    let case = || format!("{action:?} of {evidence:#?} under {rules:?}");
    assert_eq!(action, model(evidence, rules), "{}", case());

    let outcomes = || evidence.submissions.iter().map(|sent| &sent.outcome);
    let fetchable = |at: &Moment| NOW.since(*at) <= RETENTION;
    let stored: Vec<Digest> =
        evidence.digest.filter(|_| evidence.present).into_iter().chain(evidence.other).collect();
    let is_open = |task: &TaskId| outcomes().any(|it| *it == SubmissionOutcome::Open(task.clone()));
    let last_received = outcomes()
        .rposition_of(|it| matches!(it, SubmissionOutcome::Finished { received: true, .. }));
    let waits_at_the_provider = outcomes().enumerate().any(|(at, outcome)| match outcome {
        SubmissionOutcome::Open(_) => true,
        SubmissionOutcome::Finished { at: finished, .. } => {
            let owed = last_received.is_none_or(|last| at > last);
            fetchable(finished) && (owed || !evidence.present || evidence.digest.is_none())
        }
        _ => false,
    });
    let in_doubt = outcomes().any(|outcome| *outcome == SubmissionOutcome::Doubt);
    match &action {
        Action::Reuse(digest) => assert!(stored.contains(digest), "{}", case()),
        Action::Resume(task) => assert!(is_open(task), "{}", case()),
        Action::Restore { task, days_left } => {
            let there = outcomes().any(|outcome| match outcome {
                SubmissionOutcome::Finished { task: own, at, .. } => own == task && fetchable(at),
                _ => false,
            });
            assert!(there && *days_left <= 14, "{}", case());
        }
        Action::Generate(_) => {
            assert!(!waits_at_the_provider, "a paid video is abandoned: {}", case());
            assert!(!in_doubt, "it may already be paid for: {}", case());
            assert!(stored.is_empty(), "a stored video is paid for again: {}", case());
        }
        Action::AskDoubt { .. } => {
            assert!(in_doubt && !waits_at_the_provider, "{}", case());
            assert!(stored.is_empty(), "{}", case());
        }
        Action::AskFailed(_) => {
            assert!(!in_doubt && !waits_at_the_provider, "{}", case());
            assert!(stored.is_empty(), "{}", case());
        }
        Action::Wait { .. } | Action::AskLost(_) => {
            panic!("the table never says so: {}", case())
        }
    }
}

/// `rposition` for iterators that only move forward.
trait RposOf: Iterator + Sized {
    fn rposition_of(self, is: impl Fn(&Self::Item) -> bool) -> Option<usize> {
        self.enumerate().filter(|(_, item)| is(item)).map(|(at, _)| at).last()
    }
}

impl<I: Iterator> RposOf for I {}

#[test]
fn every_combination_without_a_lock() {
    let mut cases = 0_u64;
    for submissions in sequences() {
        for evidence in artifacts(&submissions) {
            for other in [None, Some(Digest::of(b"other"))] {
                let evidence = Evidence { other, ..evidence.clone() };
                each_rules(|rules| {
                    check(&evidence, rules);
                    cases += 1;
                });
            }
        }
    }
    assert!(cases > 50_000, "{cases}");
}

#[test]
fn every_combination_with_a_lock() {
    let mut cases = 0_u64;
    for submissions in sequences() {
        let locks = locks(submissions.len());
        for known in artifacts(&submissions) {
            for (take, held) in &locks {
                // A store cannot both contain and lack the same bytes.
                let held = *held || (known.present && known.digest == Some(take.artifact));
                let mut evidence = known.clone();
                evidence.add_locked(take, held);
                let rules = RecoveryRules { now: NOW, retention: RETENTION, retry_failed: 0 };
                check_locked(&evidence, take, held, &rules);
                cases += 1;
            }
        }
    }
    assert!(cases > 250_000, "{cases}");
}

#[test]
fn the_lock_does_not_hide_what_was_paid_here() {
    let rules = RecoveryRules { now: NOW, retention: RETENTION, retry_failed: 0 };
    let sent = |outcome| Evidence {
        submissions: vec![Submission { intended_at: NOW, outcome }],
        ..Evidence::default()
    };
    for (take, held) in locks(1) {
        let mut open = sent(SubmissionOutcome::Open(task("task_0")));
        open.add_locked(&take, held);
        assert_eq!(open.action(&rules), Action::Resume(task("task_0")), "{take:?}");

        // The lock's own take has been seen in a film; the other one has not.
        let at = NOW - DAY;
        let mut ready =
            sent(SubmissionOutcome::Finished { task: task("task_0"), at, received: false });
        ready.add_locked(&take, held);
        let restore = Action::Restore { task: task("task_0"), days_left: 13 };
        let expected = match held && take.task == Some(task("task_0")) {
            true => Action::Reuse(take.artifact),
            false => restore,
        };
        assert_eq!(ready.action(&rules), expected, "{take:?} held {held}");
    }
}

/// The lock decides the film if its video is available.
fn check_locked(evidence: &Evidence, take: &LockedTake, held: bool, rules: &RecoveryRules) {
    check(evidence, rules);
    let action = evidence.action(rules);
    let case = || format!("{action:?} of {evidence:#?}");
    if let Action::Reuse(digest) = action {
        assert!(digest == take.artifact || !held, "another film: {}", case());
    }
}
