//! Callbacks: how the machine handles callbacks, and doubts that a callback may still settle.
//!
//! A callback is never trusted. It makes the machine ask the provider, no more often than polls are
//! allowed, and the provider's answer decides.

use std::time::Duration;

use super::engine::{Engine, left_running};
use crate::base::{Fault, FaultClass};
use crate::base::{Moment, TaskId};
use crate::engine::callback_watch::Confirmation;
use crate::engine::event::Effect;
use crate::engine::pacing;
use crate::engine::state::{End, Halt, State};

/// The factor between polls while a callback is due: one minute if the provider asks for at most
/// five seconds. A lost callback then costs no more than a minute.
const POLLS_APART: u32 = 12;
/// How long a submit in doubt keeps its slot, because its task may be running.
const DOUBT_SLOT_TIME: Duration = Duration::from_secs(600);
/// How many submits in doubt wait for a callback at once. Each holds a claim, which is an open
/// file. Any more end in doubt at once, as all do if callbacks are disabled.
const DOUBTS_MAX: usize = 32;

impl Engine {
    /// A callback with this take's token named a task.
    pub(super) fn called(&mut self, take: usize, task: TaskId, now: Moment) {
        self.callback_watch.came(take);
        match &self.states[take] {
            // After a failed poll, keep the wait: the provider asked for it, or it is a backoff.
            State::Generating { misses: 0, .. } => self.poll_soon(take, now),
            State::Submitting { .. } => drop(self.callback_watch.name(take, task)),
            State::Doubted { .. } | State::Ended(End::InDoubt { .. }) => {
                self.look_into_new(take, task, now);
            }
            _ => {}
        }
    }

    /// Handles a submit without an answer. If callbacks are enabled, one may name its task.
    pub(super) fn doubt(&mut self, take: usize, fault: &Fault, now: Moment) {
        self.doubt_slots.insert((now + DOUBT_SLOT_TIME, take));
        self.await_callback(take, Some(now), fault.to_string(), now);
    }

    /// Waits for a callback to settle a doubt, if one is still possible.
    pub(super) fn await_callback(
        &mut self,
        take: usize,
        sent_at: Option<Moment>,
        detail: String,
        now: Moment,
    ) {
        let is_doubted = |state: &&State| matches!(state, State::Doubted { .. });
        let stopped = matches!(self.halt, Some(Halt::Interrupted | Halt::Unauthorized));
        let until = self.settings.callbacks.map(|times| sent_at.unwrap_or(now) + times.doubt_max);
        let room = || self.states.iter().filter(is_doubted).count() < DOUBTS_MAX;
        match until.filter(|until| *until > now && !stopped && room()) {
            Some(until) => {
                self.set(take, State::Doubted { sent_at, detail, until });
                self.timers.insert((until, take));
                self.look_into(take, now);
            }
            None => self.end(take, End::InDoubt { sent_at, detail }),
        }
    }

    /// Handles the timer of a submit in doubt: its wait is over, or its named task is asked about
    /// again. After the doubt has ended, only the next build needs the answer.
    pub(super) fn doubt_timer(&mut self, take: usize, now: Moment) {
        let over = matches!(self.states[take], State::Doubted { until, .. } if now >= until);
        match self.callback_watch.belief(take) {
            Confirmation::None if over => self.end_doubt(take),
            Confirmation::None => self.look_into(take, now),
            // An answer is pending or has confirmed it.
            Confirmation::Asking | Confirmation::Confirmed => {}
        }
    }

    /// Handles the answer to [`Effect::Confirm`].
    pub(super) fn confirmed(&mut self, take: usize, answer: Result<(), Fault>, now: Moment) {
        self.callback_watch.asked(take, now);
        let State::Doubted { until, .. } = self.states[take] else {
            self.callback_watch.forget(take);
            return;
        };
        let Some(name) = self.callback_watch.named(take) else { return };
        name.belief = Confirmation::None;
        name.tries += 1;
        let tries = name.tries;
        match answer {
            Ok(()) => {
                name.belief = Confirmation::Confirmed;
                self.pace.settled();
                self.timers.retain(|entry| entry.1 != take);
                if !self.is_ready(take) {
                    // Its key is known, but the bytes of its inputs are not.
                    return self.set(take, State::Waiting);
                }
                // The task takes over the slot of the doubt.
                let held = self.doubt_slots.iter().find(|entry| entry.1 == take).copied();
                if held.is_some_and(|entry| self.doubt_slots.remove(&entry)) {
                    self.reserved.insert(take);
                }
                // The ledger knows the task now, so resolving the take again finds it.
                return self.resolve.enter(take, self.jobs[take].seconds_left);
            }
            Err(fault) if fault.class == FaultClass::Unauthorized => {
                return self.stop(Halt::Unauthorized);
            }
            Err(fault) if fault.class == FaultClass::Local => {
                drop(self.callback_watch.forget(take))
            }
            // Records appear late, and failures may be temporary.
            Err(fault) => match pacing::POLL.wait(tries, fault.retry_after, self.chance()) {
                Some(wait) => {
                    self.timers.insert((now + wait.max(self.settings.poll.0), take));
                }
                None => drop(self.callback_watch.forget(take)),
            },
        }
        if now >= until {
            self.end_doubt(take);
        }
    }

    /// Ends a doubt that was not settled.
    pub(super) fn end_doubt(&mut self, take: usize) {
        let State::Doubted { sent_at, detail, .. } = self.states[take].clone() else { return };
        let settled = self.callback_watch.belief(take) == Confirmation::Confirmed;
        let task = self.callback_watch.forget(take).filter(|_| settled);
        match (task, self.halt) {
            (Some(task), Some(halt)) => self.end(take, left_running(task, halt)),
            (Some(task), None) => {
                let why = "it could not be looked at again".to_string();
                self.end(take, End::LeftRunning { task, why });
            }
            (None, _) => {
                let fault = Fault::new(FaultClass::Doubt, detail.clone());
                self.end(take, End::InDoubt { sent_at, detail });
                let broken = self.pace.is_broken().then_some(Halt::Doubts);
                self.stop_submits_for(broken, &fault);
            }
        }
    }

    /// The wait until the next poll of a task that has been polled for `age`.
    pub(super) fn poll_wait(&mut self, take: usize, age: Duration) -> Duration {
        let (shortest, longest) = self.settings.poll;
        let wait = shortest + longest.saturating_sub(shortest).mul_f64(self.chance());
        match self.settings.callbacks {
            // A task that exceeds its usual time may have lost its callback.
            Some(times) if self.callback_watch.is_due(take) => {
                wait.max((wait * POLLS_APART).min(times.usual.saturating_sub(age)))
            }
            _ => wait,
        }
    }

    /// Brings the next poll of a task forward, as far as polls are allowed.
    fn poll_soon(&mut self, take: usize, now: Moment) {
        let soonest = self.soonest(take, now);
        let timer = self.timers.iter().find(|entry| entry.1 == take).copied();
        // Without a timer a poll is pending, and the next one follows at the usual pace.
        if let Some(timer) = timer.filter(|timer| timer.0 > soonest) {
            self.timers.remove(&timer);
            self.timers.insert((soonest, take));
        }
    }

    /// Asks about a task that was named for a take in doubt, unless another one is being checked.
    fn look_into_new(&mut self, take: usize, task: TaskId, now: Moment) {
        if self.callback_watch.name(take, task) {
            self.look_into(take, now);
        }
    }

    /// Asks the provider whether it knows the task that was named for a take.
    fn look_into(&mut self, take: usize, now: Moment) {
        let soonest = self.soonest(take, now);
        let Some(name) =
            self.callback_watch.named(take).filter(|name| name.belief == Confirmation::None)
        else {
            return;
        };
        if soonest > now {
            self.timers.insert((soonest, take));
            return;
        }
        name.belief = Confirmation::Asking;
        let task = name.task.clone();
        self.callback_watch.asked(take, now);
        self.effects.push(Effect::Confirm(take, task));
    }

    fn soonest(&self, take: usize, now: Moment) -> Moment {
        let gap = self.settings.callbacks.map_or(self.settings.poll.0, |times| times.gap);
        self.callback_watch.last_asked(take).map_or(now, |asked| (asked + gap).max(now))
    }
}
