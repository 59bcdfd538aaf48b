//! The machine: events in, effects out, one owner of all state.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::base::{Credits, Moment, TaskId};
use crate::engine::budget::Budget;
use crate::engine::callback_watch::CallbackWatch;
use crate::engine::event::{Effect, Event};
use crate::engine::fault::Fault;
use crate::engine::job::{Job, Settings, Start};
use crate::engine::pacing::{SubmitPace, share};
use crate::engine::queue::WorkQueue;
use crate::engine::slots::{SlotEpoch, Slots};
use crate::engine::state::{End, Halt, State};

/// Takes that are looked at, prepared, sent and downloaded at the same time.
const RESOLVES_AT_ONCE: usize = 16;
const PREPARES_AT_ONCE: usize = 4;
const SUBMITS_AT_ONCE: usize = 4;
const FETCHES_AT_ONCE: usize = 4;
/// Takes that are on their way to be sent. Each holds a claim, which is an open file, and systems
/// grant some hundreds of those.
const UNSENT_MAX: usize = 64;
/// What is said of a doubt that an earlier run left.
const UNANSWERED: &str = "no answer came to an earlier submission";

/// A build under way.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(super) settings: Settings,
    pub(super) jobs: Vec<Job>,
    pub(super) followers: Vec<Vec<usize>>,
    pub(super) states: Vec<State>,
    /// What each take that has to be made will cost at most.
    pub(super) prices: Vec<Credits>,
    pub(super) resolve: WorkQueue,
    pub(super) prepare: WorkQueue,
    pub(super) submit: WorkQueue,
    pub(super) fetch: WorkQueue,
    pub(super) slots: Slots,
    pub(super) pace: SubmitPace,
    /// What is remembered of each take's submits.
    pub(super) sending: Vec<Sending>,
    /// When the slots of submits in doubt come back.
    pub(super) doubt_slots: BTreeSet<(Moment, usize)>,
    pub(super) budget: Budget,
    pub(super) callback_watch: CallbackWatch,
    pub(super) timers: BTreeSet<(Moment, usize)>,
    pub(super) halt: Option<Halt>,
    /// What the provider said that stopped the submits.
    pub(super) halt_fault: Option<Fault>,
    /// How many takes have not ended.
    pub(super) unfinished: usize,
    /// How many takes are on their way to be sent.
    pub(super) unsent: usize,
    /// The takes whose open task was given a slot before they are looked at.
    pub(super) reserved: BTreeSet<usize>,
    /// How many shares of chance have been used.
    pub(super) choices: u64,
    pub(super) effects: Vec<Effect>,
}

/// What is remembered of a take's submits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sending {
    /// The slots that the latest was sent in.
    pub(super) sent_in: SlotEpoch,
    /// How long it has waited altogether because they were not taken.
    pub(super) waited: Duration,
}

impl Engine {
    /// A build of these jobs; nothing happens before [`Event::Begin`].
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

    /// Takes an event and answers with what is to be done, in that order.
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

    /// The moment at which the engine wants [`Event::Tick`], if nothing happens before.
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

    /// The most that a take costs in this build; nothing where it is not made in it.
    pub fn price(&self, take: usize) -> Credits {
        self.prices[take]
    }

    /// Why no more is sent, if that is so.
    pub fn halt(&self) -> Option<Halt> {
        self.halt
    }

    /// What the provider said that stopped the submits, where it was that.
    pub fn halt_fault(&self) -> Option<&Fault> {
        self.halt_fault.as_ref()
    }

    fn begin(&mut self, now: Moment) {
        for take in 0..self.jobs.len() {
            match self.jobs[take].start.clone() {
                Start::Done => self.set(take, State::Ended(End::Done)),
                Start::Ended(end) => self.set(take, State::Ended(end)),
                Start::Work | Start::Open | Start::Doubted { .. } => {}
            }
        }
        for take in 0..self.jobs.len() {
            // Nothing new is sent into a slot that such a task fills. One that waits for another
            // take must not hold it, for that take may need the slot.
            if self.jobs[take].start == Start::Open && self.is_ready(take) {
                self.jobs[take].seconds_left = u64::MAX;
                self.reserved.insert(take);
                self.slots.take_anyway();
            }
        }
        for take in 0..self.jobs.len() {
            match &self.states[take] {
                State::Ended(End::Done) => {}
                State::Ended(_) => self.block_followers(take),
                _ => match self.jobs[take].start {
                    Start::Doubted { sent_at } => {
                        // Another run may have asked about its task a moment ago.
                        self.callback_watch.asked(take, now);
                        self.await_callback(take, Some(sent_at), UNANSWERED.to_string(), now);
                    }
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

    /// Begins to poll a task. The first poll comes one wait later: a fresh task is never finished,
    /// and of a resumed one another run may have asked a moment ago.
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
            // A take over the budget ends without an effect, and so without an event that would
            // start the next one.
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
        // Doubts alone must not stop the film: the oldest gives way, and should its task be running
        // all the same, the provider says that it is busy.
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

    /// Ends everything that waits for a take which did not get done, however far behind it.
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

    /// No more submits; what is at the provider is finished.
    fn stop_submits(&mut self, halt: Halt) {
        self.halt = Some(halt);
        for take in 0..self.states.len() {
            if matches!(self.states[take], State::Queued { .. } | State::Preparing { .. }) {
                self.end(take, End::NotStarted(halt));
            }
        }
    }

    /// No more of anything, but the answers of submits under way, for they may carry task ids.
    pub(super) fn stop(&mut self, halt: Halt) {
        self.halt = Some(halt);
        // What has no task ends first, so that it is said to be stopped and not to be blocked.
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

    /// No more submits, unless they were stopped for another reason before.
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

pub(super) fn left_running(task: TaskId, halt: Halt) -> End {
    let why = match halt {
        Halt::Unauthorized => "KIE rejected the API key",
        _ => "the build was stopped",
    };
    End::LeftRunning { task, why: why.to_string() }
}
