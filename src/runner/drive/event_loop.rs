//! The drive: one loop that feeds events to the engine and performs its effects.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};

use super::effects::Workshop;
use super::progress_events::Teller;
use crate::engine::{Effect, Engine, Event};

/// Runs a build to its end. Each message of `interrupts` is the user's wish to stop.
///
/// Submits are never dropped half-way: the engine ends a take only after its answer.
pub async fn drive(
    shop: Arc<Workshop>,
    engine: &mut Engine,
    teller: &mut Teller<'_>,
    interrupts: &mut UnboundedReceiver<()>,
) {
    let mut tasks: JoinSet<Event> = JoinSet::new();
    let mut event = Event::Begin;
    let mut ticks = teller.tick_every().map(|every| {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        ticks
    });
    // The engine's waits are measured by a clock that is never set: neither a poll too early nor a
    // build that sleeps for an hour comes of a corrected wall clock.
    let (begun, since) = ((shop.clock)(), tokio::time::Instant::now());
    let steady = || begun + since.elapsed();
    loop {
        let now = steady();
        let mut changed = BTreeSet::new();
        for effect in engine.handle(event, now) {
            match effect {
                Effect::Changed(job) => drop(changed.insert(job)),
                effect => perform(&shop, engine, &mut tasks, effect),
            }
        }
        for job in changed {
            if engine.state(job).is_ended() {
                shop.release(job);
            }
            teller.changed(job, engine, now);
        }
        if engine.is_finished() {
            return;
        }
        event = loop {
            let wait = engine.wake_at().map(|at| at.since(steady()));
            let timer = async {
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // In this order, so that one seed gives one history.
                biased;
                Some(()) = interrupts.recv() => break Event::Interrupt,
                Some(done) = tasks.join_next() => match done {
                    Ok(event) => break event,
                    Err(error) => std::panic::resume_unwind(error.into_panic()),
                },
                (job, task) = shop.next_call() => break Event::Called(job, task),
                () = timer => break Event::Tick,
                () = next(&mut ticks) => teller.tick(steady()),
            }
        };
    }
}

/// Waits for the next tick, for ever where there is none.
async fn next(ticks: &mut Option<Interval>) {
    match ticks {
        Some(ticks) => drop(ticks.tick().await),
        None => std::future::pending().await,
    }
}

fn perform(shop: &Arc<Workshop>, engine: &Engine, tasks: &mut JoinSet<Event>, effect: Effect) {
    let shop = Arc::clone(shop);
    let task = |job: usize| {
        engine.state(job).task().cloned().expect("only takes with a task are polled and fetched")
    };
    match effect {
        Effect::Resolve(job) => tasks.spawn(shop.resolve(job)),
        Effect::Prepare(job) => tasks.spawn(shop.prepare(job)),
        Effect::Submit(job) => tasks.spawn(shop.submit(job)),
        Effect::Poll(job) => tasks.spawn(shop.poll(job, task(job))),
        Effect::Fetch(job) => tasks.spawn(shop.fetch(job, task(job))),
        Effect::Confirm(job, task) => tasks.spawn(shop.confirm(job, task)),
        Effect::Changed(_) => return,
    };
}
