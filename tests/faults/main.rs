//! Whole builds of the real program against a strict API with faults, each fault alone and many
//! together, until the film is complete. Then the API's own ledger shows that nothing was paid
//! twice, no task was lost, every video was downloaded, no limit was exceeded, and the key did not
//! leak.
//!
//! Seeds of the mixes are printed; `FAULT_SEED=…` replays one and `FAULT_MIXES=…` sets how many.
#![cfg(unix)]

mod secret;
#[path = "../harness/mod.rs"]
mod harness;
#[allow(dead_code, reason = "the scripted server is for the provider's own tests")]
#[path = "../strict_server/mod.rs"]
mod strict_server;
mod trial;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use strict_server::api::{Dialect, Script};
use strict_server::fault::{Fault, Stage};
use trial::Trial;

/// How many mixes run by default (`FAULT_MIXES`).
const MIXES: u64 = 8;
/// How many calls of a stage may fail in a mix.
const MIXED_CALLS: usize = 12;
/// How many trials run at once; they wait most of the time.
const AT_ONCE: usize = 6;

/// The first two calls of the fault's stage fail.
fn alone(fault: Fault) -> Script {
    Box::new(move |stage, call| (stage == fault.stage() && call < 2).then_some(fault))
}

/// Three calls of ten fail, with a random kind of fault each.
fn mixed(seed: u64) -> Script {
    let mut chance = fastrand::Rng::with_seed(seed);
    Box::new(move |stage: Stage, call| {
        let faults: Vec<Fault> =
            Fault::ALL.iter().copied().filter(|fault| fault.stage() == stage).collect();
        let goes_wrong = call < MIXED_CALLS && chance.u8(0..10) < 3;
        goes_wrong.then(|| faults[chance.usize(0..faults.len())])
    })
}

/// Runs trials, several at once, and returns what was wrong with any of them.
fn wrong_in(trials: Vec<(String, Script)>, dialect: Dialect) -> Vec<String> {
    let trials: Vec<_> = trials.into_iter().map(|trial| Mutex::new(Some(trial))).collect();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (name, script) = trial.lock().unwrap().take().expect("each is run once");
                    let mut trial = Trial::new(script, dialect);
                    let found = trial.run_to_the_end();
                    if !found.is_empty() {
                        println!(
                            "{name}: {found:#?}
{}",
                            trial.story()
                        );
                        wrong.lock().unwrap().push(name);
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

fn each_alone(dialect: Dialect) {
    let trials = Fault::ALL.iter().map(|fault| (format!("{fault:?}"), alone(*fault)));
    assert_eq!(wrong_in(trials.collect(), dialect), Vec::<String>::new());
}

#[test]
fn each_fault_alone() {
    each_alone(Dialect::Kling);
}

#[test]
fn each_fault_alone_in_the_unified_api() {
    each_alone(Dialect::Jobs);
}

#[test]
fn faults_mixed() {
    mixes(Dialect::Kling);
}

#[test]
fn faults_mixed_in_the_unified_api() {
    mixes(Dialect::Jobs);
}

fn mixes(dialect: Dialect) {
    let given = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into();
    let first = given("FAULT_SEED").unwrap_or_else(now);
    let mixes = given("FAULT_MIXES").unwrap_or(MIXES);
    println!("FAULT_SEED={first} FAULT_MIXES={mixes}");
    let trials = (first..first + mixes).map(|seed| (format!("seed {seed}"), mixed(seed)));
    assert_eq!(wrong_in(trials.collect(), dialect), Vec::<String>::new());
}
