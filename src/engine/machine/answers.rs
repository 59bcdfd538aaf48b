//! Answers: how the machine handles the results of its effects.

use std::time::Duration;

use super::engine::{Engine, failed_before, left_running, unanswered};
use crate::base::{Fault, FaultClass};
use crate::base::{Moment, TaskId};
use crate::engine::event::TaskPhase;
use crate::engine::pacing::{BUSY_MAX, FETCH, PREPARE, of_poll, of_submit};
use crate::engine::state::{End, FailureKind, Halt, State};
use crate::plan::Action;

/// How often a take that is already being generated is checked again.
const ELSEWHERE_WAIT: Duration = Duration::from_secs(2);
/// How long a new task may be unknown to the provider: records appear late.
const UNKNOWN_TASK_MAX: Duration = Duration::from_secs(120);
/// How many times the longest task another process may hold a take before this build stops waiting
/// for it; that process may have sent others first.
const ELSEWHERE_TIMES: u32 = 4;

impl Engine {
    pub(super) fn resolved(&mut self, take: usize, answer: Result<Action, Fault>, now: Moment) {
        self.resolve.finish();
        if self.reserved.remove(&take) {
            self.slots.give_back();
        }
        if self.states[take] != State::Resolving
            && !matches!(self.states[take], State::Elsewhere { .. } | State::Doubted { .. })
        {
            return;
        }
        match answer {
            Ok(Action::Reuse(_)) => self.end(take, End::Done),
            Ok(Action::AskDoubt { sent_at }) => self.end(take, unanswered(sent_at)),
            Ok(Action::AskFailed(fault)) => self.end(take, failed_before(fault)),
            Ok(Action::AskLost(fault)) => self.end(take, End::Failed(FailureKind::Lost(fault))),
            Ok(Action::Wait { by }) => self.look_again(take, by, now),
            Ok(Action::Restore { task, .. }) => {
                self.set(take, State::Fetching { task, fetches: 0 });
                // Another run may have polled it a moment ago.
                self.timers.insert((now + self.settings.poll.0, take));
            }
            Ok(Action::Resume(task)) => {
                self.slots.take_anyway();
                self.follow(take, task, now);
            }
            // Its price was not in the plan: the next build shows it before it pays.
            Ok(Action::Generate(_))
                if matches!(self.jobs[take].action, Action::AskDoubt { .. }) =>
            {
                let by = match &self.states[take] {
                    State::Elsewhere { by: Some(by), .. } => by.clone(),
                    _ => "another process".to_string(),
                };
                self.end(take, End::Elsewhere { by });
            }
            Ok(Action::Generate(_)) => match self.halt {
                Some(halt) => self.end(take, End::NotStarted(halt)),
                None => {
                    self.prices[take] = self.jobs[take].price;
                    self.set(take, State::Preparing { tries: 0, fault: None });
                    self.prepare.enter(take, self.jobs[take].seconds_left);
                }
            },
            // A settled doubt that cannot be resolved again is not an unsent take.
            Err(_) if matches!(self.states[take], State::Doubted { .. }) => self.end_doubt(take),
            Err(fault) => self.end(take, End::Failed(FailureKind::Unsent(fault))),
        }
    }

    /// Leaves a take to the process that generates it, for a bounded time. Takes that this build
    /// generates for another scene have their own bounds.
    fn look_again(&mut self, take: usize, by: Option<String>, now: Moment) {
        let since = match &self.states[take] {
            State::Elsewhere { by: before, since } if *before == by => *since,
            _ => {
                self.set(take, State::Elsewhere { by: by.clone(), since: now });
                now
            }
        };
        match by {
            Some(by) if now.since(since) >= self.settings.task_max * ELSEWHERE_TIMES => {
                self.end(take, End::Elsewhere { by });
            }
            _ => drop(self.timers.insert((now + ELSEWHERE_WAIT, take))),
        }
    }

    pub(super) fn prepared(&mut self, take: usize, answer: Result<(), Fault>, now: Moment) {
        self.prepare.finish();
        let State::Preparing { tries, .. } = self.states[take] else { return };
        if let Some(halt) = self.halt {
            return self.end(take, End::NotStarted(halt));
        }
        match answer {
            Ok(()) => {
                self.set(take, State::Queued { tries: 0, retry: None });
                self.submit.enter(take, self.jobs[take].seconds_left);
            }
            Err(fault) if fault.class == FaultClass::Unauthorized => self.unauthorized(take),
            Err(fault) => {
                let passes = matches!(
                    fault.class,
                    FaultClass::Busy | FaultClass::NotSent | FaultClass::Transient
                );
                let wait = PREPARE.wait(tries + 1, fault.retry_after, self.chance());
                match wait.filter(|_| passes) {
                    Some(wait) => {
                        self.set(take, State::Preparing { tries: tries + 1, fault: Some(fault) });
                        self.timers.insert((now + wait, take));
                    }
                    None => self.end(take, End::Failed(FailureKind::Unsent(fault))),
                }
            }
        }
    }

    pub(super) fn submitted(&mut self, take: usize, answer: Result<TaskId, Fault>, now: Moment) {
        self.submit.finish();
        let State::Submitting { tries } = self.states[take] else { return };
        let fault = match answer {
            Ok(task) => {
                self.slots.grow(self.sending[take].sent_in);
                self.pace.accepted(now);
                self.callback_watch.submitted(take);
                return match self.halt {
                    Some(halt @ (Halt::Interrupted | Halt::Unauthorized)) => {
                        self.slots.give_back();
                        self.end(take, left_running(task, halt));
                    }
                    _ => self.follow(take, task, now),
                };
            }
            Err(fault) => fault,
        };
        let proven = !matches!(
            fault.class,
            FaultClass::Doubt
                | FaultClass::Transient
                | FaultClass::TaskFailed
                | FaultClass::Broken
                | FaultClass::NotVideo
                | FaultClass::Forbidden
        );
        let share = self.chance();
        let halt = self.pace.failed(&fault, proven, now, share);
        if !proven {
            self.doubt(take, &fault, now);
            // A take that waits for a callback does not send either, but may still succeed.
            let waits = matches!(self.states[take], State::Doubted { .. });
            return self.stop_submits_for(halt.filter(|_| !waits), &fault);
        }
        self.callback_watch.forget(take);
        self.slots.give_back();
        self.budget.release(self.prices[take]);
        match fault.class {
            FaultClass::Busy | FaultClass::NotSent => {
                if fault.class == FaultClass::Busy {
                    self.slots.shrink(self.sending[take].sent_in);
                }
                self.stop_submits_for(halt, &fault);
                self.send_again(take, tries + 1, fault, now);
            }
            FaultClass::InsufficientCredits | FaultClass::KeyLimit => {
                let halt = match fault.class {
                    FaultClass::KeyLimit => Halt::KeyLimit,
                    _ => Halt::InsufficientCredits,
                };
                self.end(take, End::NotStarted(halt));
                self.stop_submits_for(Some(halt), &fault);
            }
            FaultClass::Unauthorized => self.unauthorized(take),
            FaultClass::Local | FaultClass::ModelUnavailable => {
                self.end(take, End::Failed(FailureKind::Unsent(fault)))
            }
            FaultClass::Untrusted => {
                self.end(take, End::Failed(FailureKind::Unsent(fault.clone())));
                self.stop_submits_for(Some(Halt::Unreached), &fault);
            }
            FaultClass::NotFound => {
                self.end(take, End::Failed(FailureKind::Refused(fault.clone())));
                self.stop_submits_for(Some(Halt::WrongAddress), &fault);
            }
            _ => self.end(take, End::Failed(FailureKind::Refused(fault))),
        }
    }

    /// Queues a take again that was provably not accepted, unless it has waited long enough.
    fn send_again(&mut self, take: usize, tries: u32, fault: Fault, now: Moment) {
        if let Some(halt) = self.halt {
            return self.end(take, End::NotStarted(halt));
        }
        let own = of_submit(fault.class).wait(tries, None, self.chance());
        let held = self.pace.held_until().since(now);
        let waited = own.map(|own| (own.max(held), self.sending[take].waited + own.max(held)));
        match waited.filter(|(_, waited)| *waited <= BUSY_MAX) {
            Some((wait, waited)) => {
                self.sending[take].waited = waited;
                self.set(take, State::Queued { tries, retry: Some((fault, now + wait)) });
                self.timers.insert((now + wait, take));
            }
            None => self.end(take, End::Failed(FailureKind::Unsent(fault))),
        }
    }

    pub(super) fn polled(&mut self, take: usize, answer: Result<TaskPhase, Fault>, now: Moment) {
        let State::Generating { task, since, misses } = self.states[take].clone() else { return };
        self.callback_watch.asked(take, now);
        let fault = match answer {
            Ok(TaskPhase::Succeeded) => {
                self.pace.finished();
                self.slots.give_back();
                self.set(take, State::Fetching { task, fetches: 0 });
                return self.fetch.enter(take, self.jobs[take].seconds_left);
            }
            Ok(TaskPhase::Failed(fault)) => {
                self.pace.finished();
                self.slots.give_back();
                return self.end(take, End::Failed(FailureKind::AtProvider(fault)));
            }
            Ok(TaskPhase::Generating) if now.since(since) < self.settings.task_max => {
                self.states[take] = State::Generating { task, since, misses: 0 };
                let wait = self.poll_wait(take, now.since(since));
                self.timers.insert((now + wait, take));
                return;
            }
            Ok(TaskPhase::Generating) => Fault::new(
                FaultClass::Transient,
                format!("not finished after {} minutes", now.since(since).as_secs() / 60),
            ),
            Err(fault) => fault,
        };
        if let (FaultClass::Busy, Some(asked)) = (fault.class, fault.retry_after) {
            // The wait applies to the whole account, not only to this call.
            let halt = self.pace.hold(asked, now);
            self.stop_submits_for(halt, &fault);
        }
        let wait = match fault.class {
            FaultClass::Unauthorized => return self.stop(Halt::Unauthorized),
            FaultClass::NotFound if now.since(since) > UNKNOWN_TASK_MAX => None,
            _ if now.since(since) >= self.settings.task_max => None,
            _ => of_poll(fault.class).wait(misses + 1, fault.retry_after, self.chance()),
        };
        match wait {
            Some(wait) => {
                self.states[take] = State::Generating { task, since, misses: misses + 1 };
                self.timers.insert((now + wait.max(self.settings.poll.0), take));
            }
            None => {
                self.slots.give_back();
                self.end(take, End::LeftRunning { task, why: fault.to_string() });
            }
        }
    }

    pub(super) fn fetched(&mut self, take: usize, answer: Result<(), Fault>, now: Moment) {
        self.fetch.finish();
        let State::Fetching { task, fetches } = self.states[take].clone() else { return };
        let fault = match answer {
            Ok(()) => return self.end(take, End::Done),
            Err(fault) => fault,
        };
        let wait = match fault.class {
            FaultClass::Unauthorized => return self.stop(Halt::Unauthorized),
            FaultClass::Local
            | FaultClass::Forbidden
            | FaultClass::NotVideo
            | FaultClass::Untrusted => None,
            _ => FETCH.wait(fetches + 1, fault.retry_after, self.chance()),
        };
        match wait {
            Some(wait) => {
                self.set(take, State::Fetching { task, fetches: fetches + 1 });
                self.timers.insert((now + wait.max(self.settings.poll.0), take));
            }
            None => self.end(take, End::Failed(FailureKind::Download { task, fault })),
        }
    }
}
