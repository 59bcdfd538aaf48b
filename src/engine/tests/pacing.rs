//! The engine with a simulated account that keeps its own books: rates, slots, temporary faults.
//!
//! The account counts by its own clock, at the moments when requests reach it, and does not know
//! how the engine keeps its limits.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{generate, work};
use crate::base::{Credits, Fault, FaultClass, Moment, TaskId};
use crate::catalog::SubmitLimit;
use crate::engine::pacing::{UNREACHED_MAX, share};
use crate::engine::*;
use crate::plan::Action;

const START: Moment = Moment::from_millis(0);
/// The most submits that are ever under way at once.
const UNDER_WAY_MAX: u32 = 4;

/// How the account answers a submit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Healthy,
    /// 1005 or 429, with the seconds of `Retry-After`.
    Busy(Option<u64>),
    Unreached,
    /// An answer that cannot be understood; there may be a task.
    Nonsense,
}

/// A provider's account with its own books.
struct FakeAccount {
    seed: u64,
    used: u64,
    now: Moment,
    /// Events by the time at which they reach the engine.
    arrivals: BTreeMap<(Moment, u64), Event>,
    /// Moods, each with the time at which it ends; healthy after the last.
    moods: Vec<(Moment, Mood)>,
    limit: SubmitLimit,
    slots: usize,
    /// When each submit reached the account.
    seen_at: Vec<Moment>,
    /// The number of submits sent, and of those without an answer yet.
    sent: usize,
    under_way: u32,
    running: BTreeMap<TaskId, Moment>,
    done: BTreeSet<TaskId>,
    held_until: Moment,
    doubts_in_a_row: u32,
    doubts_in_a_row_max: u32,
}

impl FakeAccount {
    fn new(seed: u64, limit: SubmitLimit, slots: usize, moods: Vec<(Moment, Mood)>) -> FakeAccount {
        FakeAccount {
            seed,
            used: 0,
            now: START,
            arrivals: BTreeMap::new(),
            moods,
            limit,
            slots,
            seen_at: Vec::new(),
            sent: 0,
            under_way: 0,
            running: BTreeMap::new(),
            done: BTreeSet::new(),
            held_until: START,
            doubts_in_a_row: 0,
            doubts_in_a_row_max: 0,
        }
    }

    fn chance(&mut self) -> f64 {
        self.used += 1;
        share(self.seed, self.used)
    }

    fn wait(&mut self, millis_max: u64) -> Duration {
        Duration::from_millis((self.chance() * millis_max as f64) as u64)
    }

    fn arrive(&mut self, at: Moment, event: Event) {
        self.used += 1;
        self.arrivals.insert((at, self.used), event);
    }

    fn mood(&self) -> Mood {
        let mood = self.moods.iter().find(|(until, _)| self.now < *until);
        mood.map_or(Mood::Healthy, |(_, mood)| *mood)
    }

    fn submit(&mut self, take: usize) {
        assert!(self.now >= self.held_until, "seed {}: sent before its time", self.seed);
        self.sent += 1;
        self.under_way += 1;
        assert!(self.under_way <= UNDER_WAY_MAX, "seed {}", self.seed);
        assert!(self.running.len() < self.slots, "seed {}: more tasks than slots", self.seed);
        let task = TaskId::new(format!("task_{take}"));
        let seen = self.now + self.wait(3_000);
        let answered = seen + self.wait(3_000);
        let fault = |class| Fault::new(class, "injected");
        let answer = match self.mood() {
            Mood::Healthy => {
                let needs = Duration::from_secs(5) + self.wait(60_000);
                assert!(self.running.insert(task.clone(), answered + needs).is_none());
                Ok(task)
            }
            Mood::Busy(asked) => {
                Err(fault(FaultClass::Busy).with_retry_after(asked.map(Duration::from_secs)))
            }
            Mood::Unreached => Err(fault(FaultClass::NotSent)),
            Mood::Nonsense => Err(fault(FaultClass::Doubt)),
        };
        if !matches!(&answer, Err(fault) if fault.class == FaultClass::NotSent) {
            self.book(seen);
        }
        self.arrive(answered, Event::Submitted(take, answer));
    }

    /// Checks that no span of time contains more submits than allowed.
    fn book(&mut self, seen: Moment) {
        self.seen_at.push(seen);
        for from in self.seen_at.clone() {
            let until = from + self.limit.span();
            let within = self.seen_at.iter().filter(|at| (from..until).contains(*at)).count();
            assert!(within <= self.limit.number, "seed {}: {within} in a span", self.seed);
        }
    }

    fn perform(&mut self, engine: &Engine, effect: Effect) {
        match effect {
            Effect::Resolve(take) => {
                let at = self.now + self.wait(50);
                self.arrive(at, Event::Resolved(take, Ok(generate())));
            }
            Effect::Prepare(take) => {
                let at = self.now + self.wait(500);
                self.arrive(at, Event::Prepared(take, Ok(())));
            }
            Effect::Submit(take) => self.submit(take),
            Effect::Poll(take) => {
                let task = engine.state(take).task().unwrap().clone();
                let seen = match self.running.get(&task) {
                    Some(ready) if *ready > self.now => TaskPhase::Generating,
                    _ => TaskPhase::Succeeded,
                };
                if seen == TaskPhase::Succeeded {
                    self.running.remove(&task);
                    self.done.insert(task);
                }
                let at = self.now + self.wait(500);
                self.arrive(at, Event::Polled(take, Ok(seen)));
            }
            Effect::Fetch(take) => {
                let at = self.now + self.wait(2_000);
                self.arrive(at, Event::Fetched(take, Ok(())));
            }
            Effect::Confirm(..) => unreachable!("there are no callbacks here"),
            Effect::Changed(_) => {}
        }
    }

    fn note(&mut self, event: &Event) {
        let Event::Submitted(_, answer) = event else { return };
        self.under_way -= 1;
        match answer {
            Ok(_) => self.doubts_in_a_row = 0,
            Err(fault) if fault.class == FaultClass::Doubt => self.doubts_in_a_row += 1,
            Err(fault) => {
                let asked = fault.retry_after.unwrap_or_default();
                self.held_until = self.held_until.max(self.now + asked);
            }
        }
        self.doubts_in_a_row_max = self.doubts_in_a_row_max.max(self.doubts_in_a_row);
    }

    /// Runs a film to its end.
    fn run(&mut self, film: Vec<Job>) -> Engine {
        let (slots, submits) = (self.slots, Some(self.limit));
        let settings = Settings { slots, submits, seed: self.seed, ..settings() };
        let mut engine = Engine::new(film, settings);
        let mut event = Event::Begin;
        let mut events = 0;
        loop {
            events += 1;
            assert!(events < 200_000, "seed {}: no end: {:?}", self.seed, engine.states());
            for effect in engine.handle(event, self.now) {
                self.perform(&engine, effect);
            }
            if engine.is_finished() {
                return engine;
            }
            let arrival = self.arrivals.keys().next().copied();
            event = match (arrival, engine.wake_at()) {
                (Some(key), wake) if wake.is_none_or(|wake| key.0 <= wake) => {
                    self.now = self.now.max(key.0);
                    let event = self.arrivals.remove(&key).unwrap();
                    self.note(&event);
                    event
                }
                (_, Some(wake)) => {
                    assert!(wake > self.now, "seed {}: wakes without need", self.seed);
                    self.now = wake;
                    Event::Tick
                }
                (None, None) => panic!("seed {}: stuck: {:?}", self.seed, engine.states()),
                (Some(_), None) => unreachable!("an arrival without a wake is taken above"),
            };
        }
    }
}

fn film(takes: usize) -> Vec<Job> {
    vec![work(&[], 1); takes]
}

fn at(seconds: u64) -> Moment {
    START + Duration::from_secs(seconds)
}

const API: SubmitLimit = SubmitLimit { number: 20, seconds: 10 };
const FOR_EVER: u64 = 1_000_000;

/// Random moods at random times, mostly healthy, and a random rate limit.
fn history(seed: u64) -> FakeAccount {
    let pick = |choice: u64, of: u64| (share(seed, 1_000_000 + choice) * of as f64) as u64;
    let mut until = 0;
    let moods = (0..pick(0, 8)).map(|period| {
        until += 1 + pick(10 + period, 90);
        let mood = match pick(30 + period, 10) {
            0..4 => Mood::Healthy,
            4..6 => Mood::Busy(None),
            6..8 => Mood::Busy(Some(pick(50 + period, 40))),
            8 => Mood::Unreached,
            _ => Mood::Nonsense,
        };
        (at(until), mood)
    });
    let limit = SubmitLimit { number: 1 + pick(1, 6) as usize, seconds: 1 + pick(2, 20) };
    FakeAccount::new(seed, limit, 1 + pick(3, 6) as usize, moods.collect())
}

#[test]
fn thousands_of_histories_keep_the_limits() {
    for seed in 0..3_000 {
        let mut account = history(seed);
        let good = account.moods.iter().all(|(_, mood)| {
            matches!(mood, Mood::Healthy | Mood::Busy(_)) // troubles that only take time
        });
        let engine = account.run(film(12));
        assert!(account.doubts_in_a_row_max <= UNDER_WAY_MAX, "seed {seed}");
        assert!(account.now < at(3 * 3_600), "seed {seed}: {}", account.now);
        let all_done = engine.states().iter().all(State::is_done);
        assert!(all_done || !good, "seed {seed}: a passing overload: {:?}", engine.states());
        for (take, state) in engine.states().iter().enumerate() {
            let is_generated = account.done.contains(&TaskId::new(format!("task_{take}")));
            assert_eq!(is_generated, state.is_done(), "seed {seed}: {state:?}");
        }
    }
}

#[test]
fn the_rate_limit_costs_no_extra_time() {
    let mut account = FakeAccount::new(1, SubmitLimit { number: 4, seconds: 10 }, 100, Vec::new());
    let engine = account.run(film(40));
    assert!(engine.states().iter().all(State::is_done));
    // Ten rounds of four: nine spans, each with a round trip of at most 6 s, then the last task.
    assert!(account.now < at(9 * 16 + 80), "{}", account.now);
}

#[test]
fn a_provider_that_stays_busy_stops_the_build() {
    for asked in [None, Some(60)] {
        let mut account = FakeAccount::new(2, API, 10, vec![(at(FOR_EVER), Mood::Busy(asked))]);
        let engine = account.run(film(300));
        assert_eq!(engine.halt(), Some(Halt::Busy));
        assert!(account.now <= START + BUSY_MAX + Duration::from_secs(20), "{}", account.now);
        let most = if asked.is_some() { 21 } else { 400 };
        assert!(account.sent <= most, "{} requests", account.sent);
    }
    // A provider that asks for more than a build waits is not asked again.
    let mut account = FakeAccount::new(2, API, 10, vec![(at(FOR_EVER), Mood::Busy(Some(3_600)))]);
    let engine = account.run(film(300));
    assert_eq!((engine.halt(), account.sent), (Some(Halt::Busy), 1));
    assert!(account.now < at(60), "{}", account.now);
    assert_eq!(engine.committed(), Credits::ZERO);
}

#[test]
fn a_network_outage_is_reported_within_minutes() {
    let mut account = FakeAccount::new(3, API, 10, vec![(at(FOR_EVER), Mood::Unreached)]);
    let engine = account.run(film(300));
    assert_eq!(engine.halt(), Some(Halt::Unreached));
    assert!(account.now < START + UNREACHED_MAX + Duration::from_secs(60), "{}", account.now);
    // A single take gives up earlier, on its own.
    let mut account = FakeAccount::new(3, API, 10, vec![(at(FOR_EVER), Mood::Unreached)]);
    let engine = account.run(film(1));
    assert!(matches!(engine.state(0), State::Ended(End::Failed(FailureKind::Unsent(_)))));
    assert!(account.now < START + UNREACHED_MAX, "{}", account.now);
}

#[test]
fn a_wrong_address_causes_few_doubts() {
    for seed in 0..200 {
        let mut account = FakeAccount::new(seed, API, 10, vec![(at(FOR_EVER), Mood::Nonsense)]);
        let engine = account.run(film(40));
        assert_eq!(engine.halt(), Some(Halt::Doubts), "seed {seed}");
        assert_eq!(account.sent, DOUBTS_MAX as usize, "seed {seed}");
        // If the provider breaks during the film, the submits under way end in doubt, plus those
        // that a late acceptance released.
        let moods = vec![(at(8), Mood::Healthy), (at(FOR_EVER), Mood::Nonsense)];
        let mut account = FakeAccount::new(seed, API, 10, moods);
        let engine = account.run(film(40));
        let doubts = engine
            .states()
            .iter()
            .filter(|state| matches!(state, State::Ended(End::InDoubt { .. })))
            .count();
        assert!(account.doubts_in_a_row_max <= UNDER_WAY_MAX, "seed {seed}");
        assert!(doubts <= 2 * UNDER_WAY_MAX as usize, "seed {seed}: {doubts} doubts");
        assert_eq!(engine.halt(), Some(Halt::Doubts), "seed {seed}");
    }
}

#[test]
fn the_first_submit_goes_alone_and_costs_one_round_trip() {
    let mut engine = FakeAccount::new(4, API, 10, Vec::new()).run(film(1));
    assert!(engine.state(0).is_done());
    engine = Engine::new(film(6), Settings { slots: 10, ..settings() });
    let mut open = engine.handle(Event::Begin, START);
    let mut submits = Vec::new();
    while let Some(effect) = open.pop() {
        let event = match effect {
            Effect::Resolve(take) => Event::Resolved(take, Ok(generate())),
            Effect::Prepare(take) => Event::Prepared(take, Ok(())),
            Effect::Submit(take) => {
                submits.push(take);
                continue;
            }
            _ => continue,
        };
        open.extend(engine.handle(event, START));
    }
    assert_eq!(submits.len(), 1, "the answers are not trusted yet");
    let accepted = Event::Submitted(submits[0], Ok(TaskId::new("a")));
    let sent = engine.handle(accepted, at(1));
    let sent = sent.iter().filter(|effect| matches!(effect, Effect::Submit(_))).count();
    assert_eq!(sent, UNDER_WAY_MAX as usize);
}

#[test]
fn waiting_for_another_process_is_bounded() {
    let mut engine = Engine::new(film(2), settings());
    engine.handle(Event::Begin, START);
    let by = || Some("process 7, scene dawn".to_string());
    let mut now = START;
    while !engine.state(0).is_ended() {
        // The second is generated by this build, which has its own bounds.
        for (take, by) in [(0, by()), (1, None)] {
            if !engine.state(take).is_ended() {
                engine.handle(Event::Resolved(take, Ok(Action::Wait { by })), now);
            }
        }
        now = now + Duration::from_secs(2);
        engine.handle(Event::Tick, now);
        assert!(now < at(3 * 3_600), "waits without end");
    }
    assert_eq!(*engine.state(0), State::Ended(End::Elsewhere { by: by().unwrap() }));
    assert!(now > at(2 * 1_800), "it may have begun with another take");
    assert!(!engine.state(1).is_ended());
}

fn settings() -> Settings {
    Settings {
        slots: 3,
        submits: Some(API),
        budget: None,
        poll: (Duration::from_secs(3), Duration::from_secs(5)),
        callbacks: None,
        task_max: Duration::from_secs(1800),
        fail_fast: false,
        seed: 1,
    }
}
