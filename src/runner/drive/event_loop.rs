//! The event loop: feeds events to the engine and performs its effects.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};

use super::effects::EffectPerformer;
use super::lock_updates::LockUpdates;
use super::progress_events::ProgressEvents;
use crate::engine::{Effect, Engine, Event};

/// Runs a build to its end. Each message of `interrupts` is a request by the user to stop.
///
/// Submits are never dropped half-way: the engine ends a take only after its answer.
pub async fn drive(
    performer: Arc<EffectPerformer>,
    engine: &mut Engine,
    progress: &mut ProgressEvents<'_>,
    lock: &mut LockUpdates,
    interrupts: &mut UnboundedReceiver<()>,
) {
    let mut tasks: JoinSet<Event> = JoinSet::new();
    let mut event = Event::Begin;
    let mut ticks = progress.tick_every().map(|every| {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        ticks
    });
    // The engine's waits use a clock that is never set, so correcting the wall clock causes
    // neither an early poll nor a build that sleeps for an hour.
    let (begun, since) = ((performer.clock)(), tokio::time::Instant::now());
    let steady = || begun + since.elapsed();
    loop {
        let now = steady();
        let mut changed = BTreeSet::new();
        for effect in engine.handle(event, now) {
            match effect {
                Effect::Changed(job) => drop(changed.insert(job)),
                effect => perform(&performer, engine, &mut tasks, effect),
            }
        }
        for job in changed {
            if engine.state(job).is_ended() {
                performer.release(job);
            }
            if engine.state(job).is_done() {
                lock.finished(job);
            }
            progress.changed(job, engine, now);
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
                () = lock.advance() => {}
                (job, task) = performer.next_call() => break Event::Called(job, task),
                () = timer => break Event::Tick,
                () = next(&mut ticks) => progress.tick(steady()),
            }
        };
    }
}

/// Waits for the next tick, or forever if there is none.
async fn next(ticks: &mut Option<Interval>) {
    match ticks {
        Some(ticks) => drop(ticks.tick().await),
        None => std::future::pending().await,
    }
}

fn perform(
    performer: &Arc<EffectPerformer>,
    engine: &Engine,
    tasks: &mut JoinSet<Event>,
    effect: Effect,
) {
    let performer = Arc::clone(performer);
    let task = |job: usize| {
        engine.state(job).task().cloned().expect("only takes with a task are polled and fetched")
    };
    match effect {
        Effect::Resolve(job) => tasks.spawn(performer.resolve(job)),
        Effect::Prepare(job) => tasks.spawn(performer.prepare(job)),
        Effect::Submit(job) => tasks.spawn(performer.submit(job)),
        Effect::Poll(job) => tasks.spawn(performer.poll(job, task(job))),
        Effect::Fetch(job) => tasks.spawn(performer.fetch(job, task(job))),
        Effect::Confirm(job, task) => tasks.spawn(performer.confirm(job, task)),
        Effect::Changed(_) => return,
    };
}
