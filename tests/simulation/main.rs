//! Histories determined by one seed: the real program over a simulated clock, disk and provider.
//!
//! `SIMULATE=100000 cargo test --release --test simulation` runs a hundred thousand of them;
//! `SIMULATE_SEED=7` begins at another seed. Each failure names its seed, and
//! `SIMULATE=1 SIMULATE_SEED=7 cargo test --test simulation -- --nocapture` replays it and prints
//! what happened.

mod account;
mod calls;
mod disk;
mod film;
mod history;
mod judge;
mod process;
mod remote;
mod decisions;
mod upkeep;
mod video;
mod wall;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use history::HistorySummary;

/// Builds in memory are made of small allocations, and this allocator serves them fastest.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many histories run by default.
const HISTORIES: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn same_seed_gives_the_same_history() {
    for seed in [3, 26, 44] {
        let summary = || match history::run(seed) {
            Ok(summary) | Err((_, summary)) => summary.log,
        };
        assert_eq!(summary(), summary(), "seed {seed}");
    }
}

#[test]
fn no_history_pays_twice_or_loses_a_video() {
    let first = number("SIMULATE_SEED").unwrap_or(1);
    let count = number("SIMULATE").unwrap_or(HISTORIES);
    println!("SIMULATE={count} SIMULATE_SEED={first}");
    let next = AtomicU64::new(first);
    let sums = Mutex::new((HistorySummary::default(), 0u64));
    let broken: Mutex<Vec<(u64, String, HistorySummary)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count || broken.lock().unwrap().len() >= 5 {
                        return;
                    }
                    match history::run(seed) {
                        Ok(summary) => {
                            if count == 1 {
                                println!("{}", summary.log);
                            }
                            let mut sums = sums.lock().unwrap();
                            sums.0.builds += summary.builds;
                            sums.0.deaths += summary.deaths;
                            sums.0.tasks += summary.tasks;
                            sums.0.doubts += summary.doubts;
                            sums.1 += 1;
                        }
                        Err((what, summary)) => broken.lock().unwrap().push((seed, what, summary)),
                    }
                }
            });
        }
    });
    let (summary, histories) = sums.into_inner().unwrap();
    println!(
        "{histories} histories, {} builds, {} of them killed, {} tasks, {} doubts settled",
        summary.builds, summary.deaths, summary.tasks, summary.doubts
    );
    let mut broken = broken.into_inner().unwrap();
    broken.sort_by_key(|entry| entry.0);
    if let Some((seed, what, summary)) = broken.first() {
        for (seed, what, _) in &broken {
            println!("SIMULATE=1 SIMULATE_SEED={seed}: {what}");
        }
        panic!("seed {seed}: {what}\n{}", summary.log);
    }
}
