//! The engine with a seeded provider: any order of answers, any faults, virtual time only.

mod callbacks;
mod pacing;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::pacing::share;
use super::*;
use crate::base::{Credits, Digest, Fault, FaultClass, Moment, TaskId};
use crate::plan::{Action, GenerateReason};

const PRICE: Credits = Credits::whole(50);

fn settings() -> Settings {
    Settings {
        slots: 3,
        submits: None,
        budget: None,
        poll: (Duration::from_secs(3), Duration::from_secs(5)),
        task_max: Duration::from_secs(1800),
        callbacks: None,
        fail_fast: false,
        seed: 1,
    }
}

fn work(sources: &[usize], seconds_left: u64) -> Job {
    let sources = sources.to_vec();
    Job { action: generate(), awaits_callback: false, price: PRICE, sources, seconds_left }
}

fn generate() -> Action {
    Action::Generate(GenerateReason::Unknown)
}

/// A provider whose answers come from a seed.
struct World {
    seed: u64,
    used: u64,
    now: Moment,
    /// Pending answers, by the time they arrive.
    answers: BTreeMap<(Moment, u64), Event>,
    running: BTreeSet<TaskId>,
    submits: Vec<usize>,
    last_poll: BTreeMap<usize, Moment>,
    running_max: usize,
    /// The probability of a fault per submit, poll and fetch.
    faulty: f64,
}

impl World {
    fn new(seed: u64, faulty: f64) -> World {
        World {
            seed,
            used: 0,
            now: Moment::from_millis(0),
            answers: BTreeMap::new(),
            running: BTreeSet::new(),
            submits: Vec::new(),
            last_poll: BTreeMap::new(),
            running_max: 0,
            faulty,
        }
    }

    fn chance(&mut self) -> f64 {
        self.used += 1;
        share(self.seed, self.used)
    }

    fn answer(&mut self, event: Event) {
        let wait = Duration::from_millis((self.chance() * 2_000.0) as u64);
        self.answers.insert((self.now + wait, self.used), event);
    }

    fn submit_fault(&mut self) -> Option<Fault> {
        const CLASSES: [FaultClass; 4] =
            [FaultClass::Busy, FaultClass::NotSent, FaultClass::Doubt, FaultClass::InvalidPrompt];
        (self.chance() < self.faulty).then(|| {
            let class = CLASSES[(self.chance() * CLASSES.len() as f64) as usize];
            Fault::new(class, "injected")
        })
    }

    fn free_fault(&mut self) -> Option<Fault> {
        (self.chance() < self.faulty).then(|| Fault::new(FaultClass::Transient, "injected"))
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Resolve(take) => {
                self.answer(Event::Resolved(take, Ok(generate())));
            }
            Effect::Prepare(take) => {
                let answer = self.free_fault().map_or(Ok(()), Err);
                self.answer(Event::Prepared(take, answer));
            }
            Effect::Submit(take) => {
                let fault = self.submit_fault();
                if fault.as_ref().is_none_or(|fault| fault.class == FaultClass::Doubt) {
                    self.submits.push(take);
                }
                let task = TaskId::new(format!("task_{take}"));
                if fault.is_none() {
                    self.running.insert(task.clone());
                    self.running_max = self.running_max.max(self.running.len());
                }
                self.answer(Event::Submitted(take, fault.map_or(Ok(task), Err)));
            }
            Effect::Poll(take) => {
                let last = self.last_poll.insert(take, self.now);
                assert!(last.is_none_or(|last| self.now.since(last) >= Duration::from_secs(3)));
                let answer = match self.free_fault() {
                    Some(fault) => Err(fault),
                    None if self.chance() < 0.5 => Ok(TaskPhase::Generating),
                    None => {
                        self.running.remove(&TaskId::new(format!("task_{take}")));
                        Ok(TaskPhase::Succeeded)
                    }
                };
                self.answer(Event::Polled(take, answer));
            }
            Effect::Fetch(take) => {
                let answer = self.free_fault().map_or(Ok(()), Err);
                self.answer(Event::Fetched(take, answer));
            }
            Effect::Confirm(..) | Effect::Changed(_) => {}
        }
    }

    /// Runs a build to its end, or until `steps` events have passed.
    fn run(&mut self, engine: &mut Engine, first: Event, steps: usize) {
        let mut event = first;
        for _ in 0..steps {
            for effect in engine.handle(event, self.now) {
                self.perform(effect);
            }
            if engine.is_finished() {
                return;
            }
            let answer_at = self.answers.keys().next().copied();
            let wake = engine.wake_at();
            event = match (answer_at, wake) {
                (Some(at), wake) if wake.is_none_or(|wake| at.0 <= wake) => {
                    self.now = self.now.max(at.0);
                    self.answers.remove(&at).expect("it was just seen")
                }
                (_, Some(wake)) => {
                    self.now = self.now.max(wake);
                    Event::Tick
                }
                _ => panic!("seed {}: the build is stuck: {:?}", self.seed, engine.states()),
            };
        }
        // The pending event arrives when the run continues.
        self.answer(event);
    }
}

/// A film of chains whose shape comes from a seed.
fn film(seed: u64) -> Vec<Job> {
    (0..12)
        .map(|take: usize| {
            let chained = take > 0 && share(seed, take as u64) < 0.5;
            let source = (share(seed ^ 1, take as u64) * take as f64) as usize;
            work(if chained { std::slice::from_ref(&source) } else { &[] }, 12 - take as u64)
        })
        .collect()
}

#[test]
fn every_build_ends_and_no_take_is_paid_twice() {
    for seed in 0..2_000 {
        let mut engine = Engine::new(film(seed), Settings { seed, ..settings() });
        let mut world = World::new(seed, 0.2);
        world.run(&mut engine, Event::Begin, 10_000);
        assert!(engine.is_finished(), "seed {seed}: {:?}", engine.states());
        let once: BTreeSet<usize> = world.submits.iter().copied().collect();
        assert_eq!(once.len(), world.submits.len(), "seed {seed}: a take was paid twice");
        assert!(world.running_max <= 3, "seed {seed}: {} tasks at once", world.running_max);
        assert_eq!(engine.committed(), PRICE * world.submits.len() as u32, "seed {seed}");
    }
}

#[test]
fn without_faults_everything_is_done() {
    for seed in 0..500 {
        let mut engine = Engine::new(film(seed), Settings { seed, ..settings() });
        let mut world = World::new(seed, 0.0);
        world.run(&mut engine, Event::Begin, 10_000);
        assert!(engine.states().iter().all(State::is_done), "seed {seed}: {:?}", engine.states());
        assert_eq!(world.submits.len(), 12);
    }
}

#[test]
fn an_interrupt_at_any_step_records_every_task() {
    for steps in 1..120 {
        let mut engine = Engine::new(film(7), settings());
        let mut world = World::new(7, 0.0);
        world.run(&mut engine, Event::Begin, steps);
        if engine.is_finished() {
            break;
        }
        let sent = world.submits.len();
        world.run(&mut engine, Event::Interrupt, 1_000);
        assert!(engine.is_finished(), "after {steps} steps: {:?}", engine.states());
        assert_eq!(world.submits.len(), sent, "after {steps} steps something was still sent");
        let known = engine.states().iter().filter(|s| s.is_done() || s.task().is_some()).count();
        assert_eq!(known, sent, "after {steps} steps: {:?}", engine.states());
    }
}

#[test]
fn the_budget_is_never_exceeded() {
    let budget = Some(Credits::whole(170));
    let jobs = (0..6).map(|_| work(&[], 1)).collect();
    let mut engine = Engine::new(jobs, Settings { budget, ..settings() });
    let mut world = World::new(3, 0.0);
    world.run(&mut engine, Event::Begin, 1_000);
    assert_eq!(world.submits.len(), 3);
    let over = State::Ended(End::NotStarted(Halt::OverBudget));
    assert_eq!(engine.states().iter().filter(|state| **state == over).count(), 3);
}

fn begin(engine: &mut Engine) -> Vec<Effect> {
    engine.handle(Event::Begin, Moment::from_millis(0))
}

fn only_effects(effects: Vec<Effect>) -> Vec<Effect> {
    effects.into_iter().filter(|effect| !matches!(effect, Effect::Changed(_))).collect()
}

/// Takes a single take to the point where it is being sent.
fn sending(settings: Settings) -> Engine {
    let mut engine = Engine::new(vec![work(&[], 1), work(&[0], 1), work(&[], 1)], settings);
    begin(&mut engine);
    let now = Moment::from_millis(0);
    engine.handle(Event::Resolved(0, Ok(generate())), now);
    let effects = only_effects(engine.handle(Event::Prepared(0, Ok(())), now));
    assert_eq!(effects, [Effect::Submit(0)]);
    engine
}

#[test]
fn doubt_is_never_sent_again_and_blocks_only_its_followers() {
    let mut engine = sending(settings());
    let now = Moment::from_millis(1);
    let doubt = Fault::new(FaultClass::Doubt, "the connection was reset");
    engine.handle(Event::Submitted(0, Err(doubt)), now);
    assert!(matches!(engine.state(0), State::Ended(End::InDoubt { .. })));
    assert_eq!(*engine.state(1), State::Ended(End::Blocked { by: 0 }));
    assert!(!engine.state(2).is_ended());
    assert_eq!(engine.committed(), PRICE, "it may have been paid");
    for minutes in 1..120 {
        let later = now + Duration::from_secs(60 * minutes);
        assert!(!engine.handle(Event::Tick, later).contains(&Effect::Submit(0)));
    }
}

#[test]
fn a_doubt_in_the_only_slot_does_not_stop_the_film() {
    let mut engine = sending(Settings { slots: 1, ..settings() });
    let now = Moment::from_millis(1);
    engine.handle(Event::Resolved(2, Ok(generate())), now);
    engine.handle(Event::Prepared(2, Ok(())), now);
    let doubt = Fault::new(FaultClass::Doubt, "the connection was reset");
    let effects = engine.handle(Event::Submitted(0, Err(doubt)), now);
    assert!(effects.contains(&Effect::Submit(2)), "{effects:?}");
}

#[test]
fn insufficient_credits_stop_submits_but_not_running_tasks() {
    let mut engine = sending(settings());
    let now = Moment::from_millis(1);
    engine.handle(Event::Submitted(0, Ok(TaskId::new("a"))), now);
    engine.handle(Event::Resolved(2, Ok(generate())), now);
    engine.handle(Event::Prepared(2, Ok(())), now);
    let poor = Fault::new(FaultClass::InsufficientCredits, "no credits").with_code(1003);
    engine.handle(Event::Submitted(2, Err(poor)), now);
    assert_eq!(*engine.state(2), State::Ended(End::NotStarted(Halt::InsufficientCredits)));
    assert!(matches!(engine.state(0), State::Generating { .. }));
    let later = now + Duration::from_secs(6);
    assert_eq!(only_effects(engine.handle(Event::Tick, later)), [Effect::Poll(0)]);
    engine.handle(Event::Polled(0, Ok(TaskPhase::Succeeded)), later);
    engine.handle(Event::Fetched(0, Ok(())), later);
    engine.handle(Event::Resolved(1, Ok(generate())), later);
    assert_eq!(*engine.state(1), State::Ended(End::NotStarted(Halt::InsufficientCredits)));
    assert!(engine.is_finished());
    assert_eq!(engine.committed(), PRICE);
}

#[test]
fn a_request_without_an_answer_may_be_under_way_in_another_process() {
    let doubted =
        || Job { action: Action::AskDoubt { sent_at: Moment::default() }, ..work(&[], 1) };
    let (now, later) = (Moment::from_millis(0), Moment::from_millis(600_000));
    let mut engine = Engine::new(vec![doubted()], settings());
    assert!(engine.handle(Event::Begin, now).contains(&Effect::Resolve(0)));
    let by = Some("process 7, scene dawn".to_string());
    engine.handle(Event::Resolved(0, Ok(Action::Wait { by })), now);
    assert!(matches!(engine.state(0), State::Elsewhere { .. }));
    assert!(engine.handle(Event::Tick, later).contains(&Effect::Resolve(0)));
    engine.handle(Event::Resolved(0, Ok(Action::Reuse(Digest::of(b"video")))), later);
    assert_eq!(*engine.state(0), State::Ended(End::Done));
    // What turns out not to have been sent was not in the plan's price.
    let mut engine = Engine::new(vec![doubted()], settings());
    engine.handle(Event::Begin, now);
    let effects = engine.handle(Event::Resolved(0, Ok(generate())), now);
    assert!(!effects.contains(&Effect::Prepare(0)));
    assert!(matches!(engine.state(0), State::Ended(End::Elsewhere { .. })));
    // Where no process has it, a person decides.
    let mut engine = Engine::new(vec![doubted()], settings());
    engine.handle(Event::Begin, now);
    let doubt = Action::AskDoubt { sent_at: Moment::default() };
    engine.handle(Event::Resolved(0, Ok(doubt)), now);
    assert!(matches!(engine.state(0), State::Ended(End::InDoubt { .. })));
}

#[test]
fn a_rejected_api_key_stops_everything_and_keeps_the_tasks() {
    let mut engine = sending(settings());
    let now = Moment::from_millis(1);
    engine.handle(Event::Submitted(0, Ok(TaskId::new("a"))), now);
    let refused = Fault::new(FaultClass::Unauthorized, "no access").with_code(401);
    engine.handle(Event::Polled(0, Err(refused)), now);
    assert_eq!(engine.state(0).task(), Some(&TaskId::new("a")));
    assert!(engine.is_finished());
    assert_eq!(engine.halt(), Some(Halt::Unauthorized));
}

#[test]
fn a_failed_download_can_be_fetched_again_without_paying() {
    let mut engine = sending(settings());
    let mut now = Moment::from_millis(1);
    engine.handle(Event::Submitted(0, Ok(TaskId::new("a"))), now);
    now = now + Duration::from_secs(6);
    engine.handle(Event::Tick, now);
    let mut effects = only_effects(engine.handle(Event::Polled(0, Ok(TaskPhase::Succeeded)), now));
    let mut fetches = 0;
    while effects.contains(&Effect::Fetch(0)) {
        fetches += 1;
        let dead = Fault::new(FaultClass::NotFound, "gone").with_code(404);
        engine.handle(Event::Fetched(0, Err(dead)), now);
        now = now + Duration::from_secs(60);
        effects = engine.handle(Event::Tick, now);
        assert!(!effects.contains(&Effect::Submit(0)));
    }
    assert_eq!(fetches, 5);
    assert!(matches!(engine.state(0), State::Ended(End::Failed(FailureKind::Download { .. }))));
}

#[test]
fn fail_fast_stops_further_submits() {
    let mut engine = sending(Settings { fail_fast: true, ..settings() });
    let now = Moment::from_millis(1);
    let refused = Fault::new(FaultClass::InvalidPrompt, "banned word").with_code(1001);
    engine.handle(Event::Submitted(0, Err(refused)), now);
    engine.handle(Event::Resolved(2, Ok(generate())), now);
    assert_eq!(*engine.state(2), State::Ended(End::NotStarted(Halt::FailFast)));
    assert_eq!(engine.committed(), Credits::ZERO);
}

#[test]
fn the_longest_chain_goes_first() {
    let jobs = vec![work(&[], 10), work(&[], 500), work(&[], 200)];
    let mut engine = Engine::new(jobs, Settings { slots: 1, ..settings() });
    begin(&mut engine);
    let now = Moment::from_millis(0);
    for take in 0..3 {
        engine.handle(Event::Resolved(take, Ok(generate())), now);
    }
    engine.handle(Event::Prepared(0, Ok(())), now);
    let mut sent: Vec<Effect> = Vec::new();
    sent.extend(engine.handle(Event::Submitted(0, Ok(TaskId::new("a"))), now));
    sent.extend(engine.handle(Event::Prepared(2, Ok(())), now));
    sent.extend(engine.handle(Event::Prepared(1, Ok(())), now));
    assert!(!sent.contains(&Effect::Submit(1)), "there is one slot");
    let later = now + Duration::from_secs(6);
    engine.handle(Event::Tick, later);
    let effects = engine.handle(Event::Polled(0, Ok(TaskPhase::Succeeded)), later);
    assert!(effects.contains(&Effect::Submit(1)) && !effects.contains(&Effect::Submit(2)));
}

/// Answers every resolve and prepare at once, and the first submit, which is sent alone; the others
/// stay pending.
fn settle_down(engine: &mut Engine) -> Vec<usize> {
    let now = Moment::from_millis(0);
    let mut open: std::collections::VecDeque<Effect> = engine.handle(Event::Begin, now).into();
    let mut submits = Vec::new();
    while let Some(effect) = open.pop_front() {
        let event = match effect {
            Effect::Resolve(take) => Event::Resolved(take, Ok(generate())),
            Effect::Prepare(take) => Event::Prepared(take, Ok(())),
            Effect::Submit(take) => {
                submits.push(take);
                if submits.len() > 1 {
                    continue;
                }
                Event::Submitted(take, Ok(TaskId::new("first")))
            }
            _ => continue,
        };
        open.extend(engine.handle(event, now));
    }
    submits
}

#[test]
fn a_long_film_does_not_claim_everything_at_once() {
    let film = vec![work(&[], 1); 1_000];
    let mut engine = Engine::new(film.clone(), settings());
    assert_eq!(settle_down(&mut engine).len(), 3);
    let unsent = engine.states().iter().filter(|state| state.is_unsent()).count();
    assert_eq!(unsent, 64, "each has an open file");

    let mut poor = Engine::new(film, Settings { budget: Some(Credits::whole(120)), ..settings() });
    assert_eq!(settle_down(&mut poor), [0, 1]);
    let waiting = poor.states().iter().filter(|state| !state.is_ended()).count();
    assert_eq!(waiting, 2, "whatever the budget does not reach ends without an event of its own");
}

#[test]
fn open_tasks_get_slots_before_they_are_resolved() {
    let open =
        |sources: &[usize]| Job { action: Action::Resume(TaskId::new("open")), ..work(sources, 1) };
    let film = vec![work(&[], 9), work(&[], 9), work(&[], 9), open(&[]), open(&[])];
    let mut engine = Engine::new(film, settings());
    let first = only_effects(engine.handle(Event::Begin, Moment::from_millis(0)));
    assert_eq!(first[..2], [Effect::Resolve(3), Effect::Resolve(4)]);
    let mut submits = 0;
    for take in 0..3 {
        engine.handle(Event::Resolved(take, Ok(generate())), Moment::default());
        let sent = engine.handle(Event::Prepared(take, Ok(())), Moment::default());
        submits += sent.iter().filter(|effect| matches!(effect, Effect::Submit(_))).count();
    }
    assert_eq!(submits, 1, "two of three slots are filled by what runs already");
    let first = Event::Submitted(0, Ok(TaskId::new("first")));
    let none = only_effects(engine.handle(first, Moment::default()));
    assert_eq!(none, [], "there is still no free slot");
    let gone = engine
        .handle(Event::Resolved(3, Ok(Action::Reuse(Digest::of(b"video")))), Moment::default());
    assert!(gone.contains(&Effect::Submit(1)), "a slot that was not needed comes back");

    // Nothing is kept for a task that waits for a take which needs the slot itself.
    let film = vec![work(&[], 9), open(&[0]), open(&[0]), open(&[0])];
    assert_eq!(settle_down(&mut Engine::new(film, settings())), [0]);
}

#[test]
fn an_answer_that_cannot_be_recorded_is_not_waited_for() {
    let mut engine = sending(settings());
    engine.handle(Event::Submitted(0, Ok(TaskId::new("kept"))), Moment::default());
    let full = || Fault::new(FaultClass::Local, "the disk is full");
    let mut polls = 0;
    while !engine.state(0).is_ended() {
        let now = engine.wake_at().unwrap();
        if only_effects(engine.handle(Event::Tick, now)).contains(&Effect::Poll(0)) {
            polls += 1;
            assert!(now < Moment::default() + Duration::from_secs(60), "{polls} polls");
            engine.handle(Event::Polled(0, Err(full())), now);
        }
    }
    let State::Ended(End::LeftRunning { task, why }) = engine.state(0) else { panic!() };
    assert_eq!((task.as_str(), why.as_str(), polls), ("kept", "the disk is full", 4));
}
