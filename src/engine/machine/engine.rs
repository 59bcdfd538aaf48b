//! The machine: events in, effects out, one owner of all state.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::base::Fault;
use crate::base::{Credits, Moment, TaskId};
use crate::engine::budget::Budget;
use crate::engine::callback_watch::CallbackWatch;
use crate::engine::event::{Effect, Event};
use crate::engine::job::{Job, Settings};
use crate::engine::pacing::{SubmitPace, share};
use crate::engine::queue::WorkQueue;
use crate::engine::slots::{SlotEpoch, Slots};
use crate::engine::state::{End, FailureKind, Halt, State};
use crate::plan::Action;

/// Takes that are resolved, prepared, sent and downloaded at the same time.
const RESOLVES_AT_ONCE: usize = 16;
const PREPARES_AT_ONCE: usize = 4;
const SUBMITS_AT_ONCE: usize = 4;
const FETCHES_AT_ONCE: usize = 4;
/// Takes that are resolved but not sent yet. Each holds a claim, which is an open file, and systems
/// limit those to some hundreds.
const UNSENT_MAX: usize = 64;
/// The message about a doubt from an earlier run.
const UNANSWERED: &str = "no answer came to an earlier submission";

/// A running build.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(super) settings: Settings,
    pub(super) jobs: Vec<Job>,
    pub(super) followers: Vec<Vec<usize>>,
    pub(super) states: Vec<State>,
    /// The most that each take to be generated can cost.
    pub(super) prices: Vec<Credits>,
    pub(super) resolve: WorkQueue,
    pub(super) prepare: WorkQueue,
    pub(super) submit: WorkQueue,
    pub(super) fetch: WorkQueue,
    pub(super) slots: Slots,
    pub(super) pace: SubmitPace,
    /// The history of each take's submits.
    pub(super) sending: Vec<Sending>,
    /// When submits in doubt release their slots.
    pub(super) doubt_slots: BTreeSet<(Moment, usize)>,
    pub(super) budget: Budget,
    pub(super) callback_watch: CallbackWatch,
    pub(super) timers: BTreeSet<(Moment, usize)>,
    pub(super) halt: Option<Halt>,
    /// The fault that stopped the submits.
    pub(super) halt_fault: Option<Fault>,
    /// The number of takes that have not ended.
    pub(super) unfinished: usize,
    /// The number of takes that are resolved but not sent yet.
    pub(super) unsent: usize,
    /// Takes with an open task that were given a slot before being resolved.
    pub(super) reserved: BTreeSet<usize>,
    /// How many random choices were made so far.
    pub(super) choices: u64,
    pub(super) effects: Vec<Effect>,
}

/// The history of a take's submits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sending {
    /// The slot epoch of the latest submit.
    pub(super) sent_in: SlotEpoch,
    /// The total time it has waited because its submits were not accepted.
    pub(super) waited: Duration,
}

impl Engine {
    /// A build of these jobs; it starts with [`Event::Begin`].
    pub fn new(jobs: Vec<Job>, settings: Settings) -> Engine {
        let mut followers = vec![Vec::new(); jobs.len()];
        for (take, job) in jobs.iter().enumerate() {
            for source in &job.sources {
                followers[*source].push(take);
            }
        }
        Engine {
            states: vec![State::Waiting; jobs.len()],
            prices: vec![Credits::ZERO; jobs.len()],
            resolve: WorkQueue::new(RESOLVES_AT_ONCE),
            prepare: WorkQueue::new(PREPARES_AT_ONCE),
            submit: WorkQueue::new(SUBMITS_AT_ONCE),
            fetch: WorkQueue::new(FETCHES_AT_ONCE),
            slots: Slots::new(settings.slots),
            pace: SubmitPace::new(settings.submits),
            sending: vec![Sending::default(); jobs.len()],
            doubt_slots: BTreeSet::new(),
            budget: Budget::new(settings.budget),
            callback_watch: CallbackWatch::default(),
            timers: BTreeSet::new(),
            halt: None,
            halt_fault: None,
            unfinished: jobs.len(),
            unsent: 0,
            reserved: BTreeSet::new(),
            choices: 0,
            effects: Vec::new(),
            settings,
            jobs,
            followers,
        }
    }

    /// Handles an event and returns the effects to perform, in that order.
    pub fn handle(&mut self, event: Event, now: Moment) -> Vec<Effect> {
        match event {
            Event::Begin => self.begin(now),
            Event::Tick => {}
            Event::Resolved(take, answer) => self.resolved(take, answer, now),
            Event::Prepared(take, answer) => self.prepared(take, answer, now),
            Event::Submitted(take, answer) => self.submitted(take, answer, now),
            Event::Polled(take, answer) => self.polled(take, answer, now),
            Event::Fetched(take, answer) => self.fetched(take, answer, now),
            Event::Called(take, task) => self.called(take, task, now),
            Event::Confirmed(take, answer) => self.confirmed(take, answer, now),
            Event::Interrupt => self.stop(Halt::Interrupted),
        }
        self.run_timers(now);
        self.start_work(now);
        std::mem::take(&mut self.effects)
    }

    /// When the engine needs the next [`Event::Tick`], if nothing else happens first.
    pub fn wake_at(&self) -> Option<Moment> {
        let timer = self.timers.first().map(|entry| entry.0);
        let slot = self.doubt_slots.first().map(|entry| entry.0);
        let waits_for_pace = self.submit.can_start() && self.slots.is_free();
        let pace = if waits_for_pace { self.pace.opens_at() } else { None };
        timer.into_iter().chain(slot).chain(pace).min()
    }

    /// Whether every take has ended.
    pub fn is_finished(&self) -> bool {
        self.unfinished == 0
    }

    /// The state of a take.
    pub fn state(&self, take: usize) -> &State {
        &self.states[take]
    }

    /// The states of all takes.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// What this build has committed so far: spent, or possibly spent.
    pub fn committed(&self) -> Credits {
        self.budget.committed()
    }

    /// The most that a take costs in this build; zero if it is not generated in it.
    pub fn price(&self, take: usize) -> Credits {
        self.prices[take]
    }

    /// Why no more submits are sent, if so.
    pub fn halt(&self) -> Option<Halt> {
        self.halt
    }

    /// The fault that stopped the submits, if it came from the provider.
    pub fn halt_fault(&self) -> Option<&Fault> {
        self.halt_fault.as_ref()
    }

    fn begin(&mut self, now: Moment) {
        for take in 0..self.jobs.len() {
            let job = &self.jobs[take];
            match job.action.clone() {
                Action::Reuse(_) => self.set(take, State::Ended(End::Done)),
                Action::AskFailed(fault) => self.set(take, State::Ended(failed_before(fault))),
                Action::AskLost(fault) => {
                    self.set(take, State::Ended(End::Failed(FailureKind::Lost(fault))));
                }
                Action::AskDoubt { .. }
                | Action::Restore { .. }
                | Action::Resume(_)
                | Action::Generate(_)
                | Action::Wait { .. } => {}
            }
        }
        for take in 0..self.jobs.len() {
            // Do not send anything new into a slot that such a task fills. A task that waits for
            // another take must not hold a slot, because that take may need it.
            if matches!(self.jobs[take].action, Action::Resume(_)) && self.is_ready(take) {
                self.jobs[take].seconds_left = u64::MAX;
                self.reserved.insert(take);
                self.slots.take_anyway();
            }
        }
        for take in 0..self.jobs.len() {
            match &self.states[take] {
                State::Ended(End::Done) => {}
                State::Ended(_) => self.block_followers(take),
                _ => match self.jobs[take].action {
                    Action::AskDoubt { sent_at } if self.jobs[take].awaits_callback => {
                        // Another run may have asked about its task a moment ago.
                        self.callback_watch.asked(take, now);
                        self.await_callback(take, Some(sent_at), UNANSWERED.to_string(), now);
                    }
                    // A request without an answer may be under way: a look says whether another
                    // process has the take.
                    _ => self.look_if_ready(take),
                },
            }
        }
    }

    pub(super) fn is_ready(&self, take: usize) -> bool {
        self.jobs[take].sources.iter().all(|source| self.states[*source].is_done())
    }

    fn look_if_ready(&mut self, take: usize) {
        if self.is_ready(take) && self.states[take] == State::Waiting {
            self.resolve.enter(take, self.jobs[take].seconds_left);
        }
    }

    /// Starts polling a task, with the first poll after one wait: a new task is never finished at
    /// once, and another run may have polled a resumed one a moment ago.
    pub(super) fn follow(&mut self, take: usize, task: TaskId, now: Moment) {
        self.set(take, State::Generating { task, since: now, misses: 0 });
        self.callback_watch.asked(take, now);
        let wait = self.poll_wait(take, Duration::ZERO);
        self.timers.insert((now + wait, take));
    }

    fn run_timers(&mut self, now: Moment) {
        while let Some(&(at, take)) = self.timers.first().filter(|entry| entry.0 <= now) {
            self.timers.remove(&(at, take));
            let seconds_left = self.jobs[take].seconds_left;
            match &mut self.states[take] {
                State::Elsewhere { .. } => self.resolve.enter(take, seconds_left),
                State::Preparing { .. } => self.prepare.enter(take, seconds_left),
                State::Queued { retry, .. } => {
                    *retry = None;
                    self.submit.enter(take, seconds_left);
                }
                State::Generating { .. } => {
                    self.callback_watch.asked(take, now);
                    self.effects.push(Effect::Poll(take));
                }
                State::Doubted { .. } | State::Ended(End::InDoubt { .. }) => {
                    self.doubt_timer(take, now);
                }
                State::Fetching { .. } => self.fetch.enter(take, seconds_left),
                _ => {}
            }
        }
        while let Some(&entry) = self.doubt_slots.first().filter(|entry| entry.0 <= now) {
            self.doubt_slots.remove(&entry);
            self.slots.give_back();
        }
    }

    fn start_work(&mut self, now: Moment) {
        loop {
            self.start_resolves();
            self.start_calls(now);
            // A take that exceeds the budget ends without an effect, so no event would start the
            // next one.
            if self.unsent >= UNSENT_MAX || !self.resolve.can_start() {
                return;
            }
        }
    }

    fn start_resolves(&mut self) {
        while self.unsent < UNSENT_MAX {
            let Some(take) = self.resolve.start() else { return };
            if self.states[take] == State::Waiting {
                self.put(take, State::Resolving);
            }
            self.effects.push(Effect::Resolve(take));
        }
    }

    fn start_calls(&mut self, now: Moment) {
        while let Some(take) = self.prepare.start() {
            self.effects.push(Effect::Prepare(take));
        }
        while let Some(take) = self.fetch.start() {
            self.effects.push(Effect::Fetch(take));
        }
        // Doubts alone must not stop the film: release the slot of the oldest. If its task is
        // running after all, the provider answers that it is busy.
        if self.slots.are_filled_by(self.doubt_slots.len()) && self.submit.can_start() {
            self.doubt_slots.pop_first();
            self.slots.give_back();
        }
        while self.pace.opens_at().is_some_and(|at| at <= now) && self.slots.take() {
            let Some(take) = self.submit.start() else {
                self.slots.give_back();
                break;
            };
            if self.budget.commit(self.prices[take]) {
                let State::Queued { tries, .. } = self.states[take] else {
                    unreachable!("only queued takes wait in the submit lane")
                };
                self.pace.sent(now);
                self.sending[take].sent_in = self.slots.epoch();
                self.set(take, State::Submitting { tries });
                self.effects.push(Effect::Submit(take));
            } else {
                self.slots.give_back();
                self.submit.finish();
                self.end(take, End::NotStarted(Halt::OverBudget));
            }
        }
    }

    pub(super) fn set(&mut self, take: usize, state: State) {
        self.unfinished -= usize::from(state.is_ended() && !self.states[take].is_ended());
        self.put(take, state);
        self.effects.push(Effect::Changed(take));
    }

    fn put(&mut self, take: usize, state: State) {
        self.unsent += usize::from(state.is_unsent());
        self.unsent -= usize::from(self.states[take].is_unsent());
        self.states[take] = state;
    }

    pub(super) fn end(&mut self, take: usize, end: End) {
        let (done, failed) = (end == End::Done, matches!(end, End::Failed(_)));
        self.leave_queues(take);
        self.set(take, State::Ended(end));
        if done {
            for at in 0..self.followers[take].len() {
                self.look_if_ready(self.followers[take][at]);
            }
        } else {
            self.block_followers(take);
        }
        if failed && self.settings.fail_fast && self.halt.is_none() {
            self.stop_submits(Halt::FailFast);
        }
    }

    /// Blocks everything that depends, directly or not, on a take that did not succeed.
    fn block_followers(&mut self, take: usize) {
        let mut blocked = vec![take];
        while let Some(by) = blocked.pop() {
            for at in 0..self.followers[by].len() {
                let follower = self.followers[by][at];
                if self.states[follower] == State::Waiting {
                    let end = match &self.states[by] {
                        State::Ended(End::NotStarted(halt)) => End::NotStarted(*halt),
                        _ => End::Blocked { by },
                    };
                    self.set(follower, State::Ended(end));
                    blocked.push(follower);
                }
            }
        }
    }

    /// Stops submits; tasks at the provider continue.
    fn stop_submits(&mut self, halt: Halt) {
        self.halt = Some(halt);
        for take in 0..self.states.len() {
            if matches!(self.states[take], State::Queued { .. } | State::Preparing { .. }) {
                self.end(take, End::NotStarted(halt));
            }
        }
    }

    /// Stops everything except the answers of submits under way, which may contain task ids.
    pub(super) fn stop(&mut self, halt: Halt) {
        self.halt = Some(halt);
        // End takes without a task first, so that they are reported as stopped and not as blocked.
        for take in 0..self.states.len() {
            let state = &self.states[take];
            let was_sent = state.task().is_some()
                || matches!(state, State::Submitting { .. } | State::Doubted { .. });
            if !was_sent && !state.is_ended() {
                self.end(take, End::NotStarted(halt));
            }
        }
        for take in 0..self.states.len() {
            match self.states[take].clone() {
                State::Generating { task, .. } => {
                    self.slots.give_back();
                    self.end(take, left_running(task, halt));
                }
                State::Fetching { task, .. } => self.end(take, left_running(task, halt)),
                State::Doubted { .. } => self.end_doubt(take),
                _ => {}
            }
        }
    }

    /// Stops submits, unless they were already stopped for another reason.
    pub(super) fn stop_submits_for(&mut self, halt: Option<Halt>, fault: &Fault) {
        if let Some(halt) = halt.filter(|_| self.halt.is_none()) {
            self.halt_fault = Some(fault.clone());
            self.stop_submits(halt);
        }
    }

    pub(super) fn unauthorized(&mut self, take: usize) {
        self.end(take, End::NotStarted(Halt::Unauthorized));
        self.stop(Halt::Unauthorized);
    }

    fn leave_queues(&mut self, take: usize) {
        let seconds_left = self.jobs[take].seconds_left;
        for queue in [&mut self.resolve, &mut self.prepare, &mut self.submit, &mut self.fetch] {
            queue.leave(take, seconds_left);
        }
        self.timers.retain(|entry| entry.1 != take);
    }

    pub(super) fn chance(&mut self) -> f64 {
        self.choices += 1;
        share(self.settings.seed, self.choices)
    }
}

/// The end of a take whose earlier submission got no answer: the user decides.
pub(super) fn unanswered(sent_at: Moment) -> End {
    End::InDoubt { sent_at: Some(sent_at), detail: UNANSWERED.to_string() }
}

/// The end of a take that failed in an earlier run: the user decides.
pub(super) fn failed_before(fault: Fault) -> End {
    End::Failed(FailureKind::Before(fault))
}

pub(super) fn left_running(task: TaskId, halt: Halt) -> End {
    let why = match halt {
        Halt::Unauthorized => "KIE rejected the API key",
        _ => "the build was stopped",
    };
    End::LeftRunning { task, why: why.to_string() }
}
