//! Callbacks in every order: early, late, twice, forged, missing; for takes in doubt and others.

use super::*;

const USUAL: Duration = Duration::from_secs(120);
const DOUBT_MAX: Duration = Duration::from_secs(300);

fn listening() -> Settings {
    let gap = Duration::from_secs(3);
    let callbacks = Some(CallbackTimes { gap, usual: USUAL, doubt_max: DOUBT_MAX });
    Settings { callbacks, ..settings() }
}

fn at(seconds: u64) -> Moment {
    Moment::from_millis(1) + Duration::from_secs(seconds)
}

fn task(name: &str) -> TaskId {
    TaskId::new(name)
}

fn reset() -> Fault {
    Fault::new(FaultClass::Doubt, "the connection was reset")
}

fn unknown() -> Fault {
    Fault::new(FaultClass::NotFound, "no record")
}

/// When take 0 is polled next, up to `until`, if nothing else happens.
fn next_poll(engine: &mut Engine, until: Moment) -> Option<Moment> {
    while let Some(wake) = engine.wake_at().filter(|wake| *wake <= until) {
        if only_effects(engine.handle(Event::Tick, wake)).contains(&Effect::Poll(0)) {
            return Some(wake);
        }
    }
    None
}

/// A take in doubt, sent at second 0, with another take that depends on it.
fn in_doubt(settings: Settings) -> Engine {
    let mut engine = sending(settings);
    engine.handle(Event::Submitted(0, Err(reset())), at(0));
    engine
}

#[test]
fn a_callback_brings_the_poll_forward_within_limits() {
    let mut engine = sending(listening());
    engine.handle(Event::Submitted(0, Ok(task("a"))), at(0));
    for seconds in [0, 1, 2] {
        let effects = engine.handle(Event::Called(0, task("forged")), at(seconds));
        assert_eq!(only_effects(effects), [], "after {seconds} s");
    }
    let first = next_poll(&mut engine, at(60)).unwrap();
    assert_eq!(first, at(3), "the shortest gap");
    // Not finished after all: forged, or the record lags behind. More callbacks change nothing.
    let answered = first + Duration::from_millis(200);
    engine.handle(Event::Polled(0, Ok(TaskPhase::Generating)), answered);
    engine.handle(Event::Called(0, task("a")), answered);
    engine.handle(Event::Called(0, task("a")), answered);
    assert_eq!(next_poll(&mut engine, at(60)).unwrap(), answered + Duration::from_secs(3));
    engine.handle(Event::Called(0, task("a")), at(7));
    assert_eq!(next_poll(&mut engine, at(60)), None, "one poll at a time");
}

#[test]
fn a_callback_does_not_shorten_what_the_provider_asked_to_wait() {
    let mut engine = sending(listening());
    engine.handle(Event::Submitted(0, Ok(task("a"))), at(0));
    let polled = next_poll(&mut engine, at(60)).unwrap();
    let wait = Some(Duration::from_secs(40));
    let busy = Fault::new(FaultClass::Busy, "slow down").with_retry_after(wait);
    engine.handle(Event::Polled(0, Err(busy)), polled);
    engine.handle(Event::Called(0, task("a")), polled);
    let next = next_poll(&mut engine, at(600)).unwrap();
    assert!(next >= polled + Duration::from_secs(40), "{next}");
}

/// The waits between the polls of take 0 from second 0 to 600, after a callback for take 2.
fn waits(settings: Settings) -> Vec<u64> {
    let mut engine = sending(settings);
    engine.handle(Event::Submitted(0, Ok(task("a"))), at(0));
    engine.handle(Event::Resolved(2, Ok(generate())), at(0));
    engine.handle(Event::Prepared(2, Ok(())), at(0));
    engine.handle(Event::Submitted(2, Ok(task("c"))), at(0));
    engine.handle(Event::Called(2, task("c")), at(1));
    let mut polls = vec![at(0)];
    while let Some(poll) = next_poll(&mut engine, at(600)) {
        engine.handle(Event::Polled(0, Ok(TaskPhase::Generating)), poll);
        polls.push(poll);
    }
    polls.windows(2).map(|pair| pair[1].since(pair[0]).as_secs()).collect()
}

#[test]
fn polls_are_rare_until_a_callback_is_overdue() {
    let without = waits(settings());
    assert!(without.iter().all(|wait| (3..=5).contains(wait)), "{without:?}");
    let with = waits(listening());
    let (rare, often): (Vec<u64>, Vec<u64>) = with[1..].iter().partition(|wait| **wait > 5);
    assert!((2..=4).contains(&rare.len()) && rare.iter().all(|wait| *wait <= 60), "{with:?}");
    assert!(often.len() > 80, "a lost callback costs a minute at most: {with:?}");
}

#[test]
fn a_named_task_settles_a_doubt_only_when_it_is_confirmed() {
    let mut engine = in_doubt(listening());
    assert!(matches!(engine.state(0), State::Doubted { .. }));
    assert_eq!(*engine.state(1), State::Waiting, "its follower waits with it");
    let effects = engine.handle(Event::Called(0, task("a")), at(100));
    assert_eq!(only_effects(effects), [Effect::Confirm(0, task("a"))]);
    engine.handle(Event::Called(0, task("b")), at(100));
    let effects = engine.handle(Event::Confirmed(0, Ok(())), at(101));
    assert_eq!(only_effects(effects), [Effect::Resolve(0)]);
    engine.handle(Event::Resolved(0, Ok(Action::Resume(task("a")))), at(101));
    assert_eq!(engine.state(0).task(), Some(&task("a")));
    let polled = next_poll(&mut engine, at(200)).unwrap();
    engine.handle(Event::Polled(0, Ok(TaskPhase::Succeeded)), polled);
    let effects = engine.handle(Event::Fetched(0, Ok(())), polled);
    assert!(effects.contains(&Effect::Resolve(1)), "its follower continues: {effects:?}");
    assert_eq!(engine.committed(), PRICE, "paid once");
}

#[test]
fn a_doubt_of_an_earlier_run_is_not_asked_about_at_once() {
    let doubted =
        Job { action: Action::AskDoubt { sent_at: at(0) }, awaits_callback: true, ..work(&[], 1) };
    let mut engine = Engine::new(vec![doubted], listening());
    engine.handle(Event::Begin, at(10));
    // That run may have asked about the task just before it was killed.
    assert_eq!(only_effects(engine.handle(Event::Called(0, task("a")), at(11))), []);
    let effects = engine.handle(Event::Tick, at(13));
    assert_eq!(only_effects(effects), [Effect::Confirm(0, task("a"))]);
}

#[test]
fn settled_doubts_do_not_stop_submits() {
    let mut engine = Engine::new(vec![work(&[], 1); 8], Settings { slots: 8, ..listening() });
    let mut open: std::collections::VecDeque<Effect> = engine.handle(Event::Begin, at(0)).into();
    let mut seconds = 0;
    while let Some(effect) = open.pop_front() {
        seconds += 1;
        let named = |take: usize| task(&take.to_string());
        let event = match effect {
            Effect::Resolve(take) if matches!(engine.state(take), State::Doubted { .. }) => {
                Event::Resolved(take, Ok(Action::Resume(named(take))))
            }
            Effect::Resolve(take) => Event::Resolved(take, Ok(generate())),
            Effect::Prepare(take) => Event::Prepared(take, Ok(())),
            Effect::Submit(take) => {
                open.extend(engine.handle(Event::Submitted(take, Err(reset())), at(seconds)));
                Event::Called(take, named(take))
            }
            Effect::Confirm(take, _) => Event::Confirmed(take, Ok(())),
            _ => continue,
        };
        open.extend(engine.handle(event, at(seconds)));
    }
    assert_eq!(engine.halt(), None);
    assert!(engine.states().iter().all(|state| state.task().is_some()), "{:?}", engine.states());
}

#[test]
fn too_many_unnamed_doubts_stop_submits() {
    let jobs = vec![work(&[], 1); 6];
    let mut engine = Engine::new(jobs, Settings { slots: 6, ..listening() });
    let mut open: std::collections::VecDeque<Effect> = engine.handle(Event::Begin, at(0)).into();
    let mut sent = 0;
    while let Some(effect) = open.pop_front() {
        let event = match effect {
            Effect::Resolve(take) => Event::Resolved(take, Ok(generate())),
            Effect::Prepare(take) => Event::Prepared(take, Ok(())),
            Effect::Submit(take) => {
                sent += 1;
                Event::Submitted(take, Err(reset()))
            }
            _ => continue,
        };
        open.extend(engine.handle(event, at(0)));
    }
    assert_eq!((sent, engine.halt()), (3, None), "nothing is sent beside so many doubts");
    engine.handle(Event::Tick, at(300));
    assert_eq!(engine.halt(), Some(Halt::Doubts));
    assert!(engine.is_finished());
}

#[test]
fn an_early_callback_counts_when_the_answer_is_lost() {
    let mut engine = sending(listening());
    assert_eq!(only_effects(engine.handle(Event::Called(0, task("a")), at(0))), []);
    let effects = engine.handle(Event::Submitted(0, Err(reset())), at(1));
    assert!(effects.contains(&Effect::Confirm(0, task("a"))), "{effects:?}");
}

#[test]
fn an_early_callback_is_forgotten_when_the_answer_comes() {
    let mut engine = sending(listening());
    engine.handle(Event::Called(0, task("forged")), at(0));
    engine.handle(Event::Submitted(0, Ok(task("a"))), at(1));
    assert_eq!(engine.state(0).task(), Some(&task("a")));
    let refused = Fault::new(FaultClass::Busy, "overloaded").with_code(1005);
    let mut engine = sending(listening());
    engine.handle(Event::Called(0, task("forged")), at(0));
    engine.handle(Event::Submitted(0, Err(refused)), at(1));
    let effects = engine.handle(Event::Tick, at(60));
    assert!(effects.contains(&Effect::Submit(0)));
    let effects = engine.handle(Event::Submitted(0, Err(reset())), at(61));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Confirm(..))), "{effects:?}");
}

#[test]
fn an_unnamed_doubt_ends_after_its_wait() {
    let mut engine = in_doubt(listening());
    engine.handle(Event::Tick, at(299));
    assert!(matches!(engine.state(0), State::Doubted { .. }));
    engine.handle(Event::Tick, at(300));
    assert!(matches!(engine.state(0), State::Ended(End::InDoubt { .. })));
    assert_eq!(*engine.state(1), State::Ended(End::Blocked { by: 0 }));
    // A late callback helps the next build, but not this one.
    let effects = engine.handle(Event::Called(0, task("a")), at(310));
    assert_eq!(only_effects(effects), [Effect::Confirm(0, task("a"))]);
    engine.handle(Event::Confirmed(0, Ok(())), at(311));
    assert!(matches!(engine.state(0), State::Ended(End::InDoubt { .. })));
}

#[test]
fn a_forged_task_is_checked_within_bounds_and_a_true_one_still_counts() {
    let mut engine = in_doubt(listening());
    let mut asked = Vec::new();
    for second in 0..290 {
        let mut effects = engine.handle(Event::Tick, at(second));
        effects.extend(engine.handle(Event::Called(0, task("forged")), at(second)));
        for effect in only_effects(effects) {
            assert_eq!(effect, Effect::Confirm(0, task("forged")));
            asked.push(second);
            engine.handle(Event::Confirmed(0, Err(unknown())), at(second));
        }
    }
    assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= 3), "{asked:?}");
    assert!((5..40).contains(&asked.len()), "{asked:?}");
    let mut effects = engine.handle(Event::Called(0, task("a")), at(295));
    effects.extend(engine.handle(Event::Tick, at(298)));
    assert_eq!(only_effects(effects), [Effect::Confirm(0, task("a"))]);
    engine.handle(Event::Tick, at(301));
    assert!(matches!(engine.state(0), State::Doubted { .. }), "the answer is under way");
    engine.handle(Event::Confirmed(0, Ok(())), at(302));
    engine.handle(Event::Resolved(0, Ok(Action::Resume(task("a")))), at(302));
    assert_eq!(engine.state(0).task(), Some(&task("a")));
}

#[test]
fn a_task_of_another_submission_is_dropped() {
    let mut engine = in_doubt(listening());
    engine.handle(Event::Called(0, task("b")), at(10));
    let taken = Fault::new(FaultClass::Local, "the task is another submission's");
    engine.handle(Event::Confirmed(0, Err(taken)), at(11));
    assert_eq!(only_effects(engine.handle(Event::Tick, at(200))), []);
    engine.handle(Event::Tick, at(300));
    assert!(matches!(engine.state(0), State::Ended(End::InDoubt { .. })));
}

#[test]
fn an_interrupt_ends_a_doubt_as_in_doubt() {
    let mut engine = in_doubt(listening());
    engine.handle(Event::Interrupt, at(10));
    assert!(matches!(engine.state(0), State::Ended(End::InDoubt { .. })));
    assert!(engine.is_finished());
    let mut engine = in_doubt(listening());
    engine.handle(Event::Called(0, task("a")), at(10));
    engine.handle(Event::Confirmed(0, Ok(())), at(11));
    engine.handle(Event::Interrupt, at(11));
    assert_eq!(engine.state(0).task(), Some(&task("a")), "it is settled and left running");
    let mut engine = sending(listening());
    engine.handle(Event::Interrupt, at(0));
    engine.handle(Event::Submitted(0, Err(reset())), at(1));
    assert!(engine.is_finished(), "a stopped build waits for no callback");
}

#[test]
fn an_old_doubt_waits_only_for_its_remaining_time() {
    let old = |age: u64| {
        let action = Action::AskDoubt { sent_at: at(0) };
        let jobs = vec![Job { action, awaits_callback: true, ..work(&[], 1) }, work(&[0], 1)];
        let mut engine = Engine::new(jobs, listening());
        engine.handle(Event::Begin, at(age));
        engine
    };
    assert!(old(300).is_finished(), "too old to hope");
    let mut engine = old(100);
    assert_eq!(engine.wake_at(), Some(at(300)));
    engine.handle(Event::Called(0, task("a")), at(110));
    engine.handle(Event::Confirmed(0, Ok(())), at(111));
    engine.handle(Event::Resolved(0, Ok(Action::Resume(task("a")))), at(111));
    assert_eq!(engine.state(0).task(), Some(&task("a")));
    assert_eq!(engine.committed(), Credits::ZERO, "an earlier build has paid");
}

#[test]
fn waiting_doubts_are_limited() {
    let jobs = vec![work(&[], 1); 100];
    let mut engine = Engine::new(jobs, Settings { slots: 100, ..listening() });
    let mut open: std::collections::VecDeque<Effect> = engine.handle(Event::Begin, at(0)).into();
    while let Some(effect) = open.pop_front() {
        let event = match effect {
            Effect::Resolve(take) => Event::Resolved(take, Ok(generate())),
            Effect::Prepare(take) => Event::Prepared(take, Ok(())),
            // Accept some, or the build would give up on the provider.
            Effect::Submit(take) if take % 2 == 0 => {
                Event::Submitted(take, Ok(task(&take.to_string())))
            }
            Effect::Submit(take) => Event::Submitted(take, Err(reset())),
            _ => continue,
        };
        open.extend(engine.handle(event, at(0)));
    }
    let waiting = |engine: &Engine| {
        let doubted = |state: &&State| matches!(state, State::Doubted { .. });
        engine.states().iter().filter(doubted).count()
    };
    assert_eq!(waiting(&engine), 32);
    engine.handle(Event::Tick, at(300));
    assert_eq!(waiting(&engine), 0);
}

/// Runs with a provider that calls back: at any time, about any task, or never.
fn run_called(world: &mut World, engine: &mut Engine) -> usize {
    let mut accepted: BTreeSet<usize> = BTreeSet::new();
    let mut event = Event::Begin;
    let mut settled = 0;
    for _ in 0..20_000 {
        for effect in engine.handle(event, world.now) {
            match effect {
                Effect::Submit(take) => {
                    world.perform(effect);
                    // A callback may arrive before the answer, twice, with a wrong task, or never.
                    for _ in 0..(world.chance() * 3.0) as usize {
                        let named = match world.chance() < 0.3 {
                            true => task("forged"),
                            false => task(&format!("task_{take}")),
                        };
                        let late = Duration::from_millis((world.chance() * 400_000.0) as u64);
                        let key = (world.now + late, u64::MAX - world.used);
                        world.answers.insert(key, Event::Called(take, named));
                    }
                }
                Effect::Confirm(take, named) => {
                    let right = named == task(&format!("task_{take}"));
                    let taken = world.submits.contains(&take);
                    let last = world.last_poll.insert(take, world.now);
                    let gap = last.is_none_or(|last| world.now.since(last).as_secs() >= 3);
                    assert!(gap, "seed {}: asked too soon", world.seed);
                    let answer = match world.free_fault() {
                        Some(fault) => Err(fault),
                        None if right && taken => {
                            accepted.insert(take);
                            settled += 1;
                            Ok(())
                        }
                        None => Err(unknown()),
                    };
                    world.answer(Event::Confirmed(take, answer));
                }
                Effect::Resolve(take) if accepted.contains(&take) => {
                    let task = task(&format!("task_{take}"));
                    world.answer(Event::Resolved(take, Ok(Action::Resume(task))));
                }
                effect => world.perform(effect),
            }
        }
        if engine.is_finished() {
            return settled;
        }
        let answer_at = world.answers.keys().next().copied();
        event = match (answer_at, engine.wake_at()) {
            (Some(at), wake) if wake.is_none_or(|wake| at.0 <= wake) => {
                world.now = world.now.max(at.0);
                world.answers.remove(&at).expect("it was just seen")
            }
            (_, Some(wake)) => {
                world.now = world.now.max(wake);
                Event::Tick
            }
            _ => panic!("seed {}: the build is stuck: {:?}", world.seed, engine.states()),
        };
    }
    panic!("seed {}: the build does not end: {:?}", world.seed, engine.states());
}

#[test]
fn with_any_callbacks_every_build_ends_and_pays_once() {
    let mut settled = 0;
    for seed in 0..2_000 {
        let mut engine = Engine::new(film(seed), Settings { seed, ..listening() });
        let mut world = World::new(seed, 0.2);
        settled += run_called(&mut world, &mut engine);
        let once: BTreeSet<usize> = world.submits.iter().copied().collect();
        assert_eq!(once.len(), world.submits.len(), "seed {seed}: a take was paid twice");
        assert_eq!(engine.committed(), PRICE * world.submits.len() as u32, "seed {seed}");
    }
    assert!(settled > 200, "only {settled} doubts were settled");
}
