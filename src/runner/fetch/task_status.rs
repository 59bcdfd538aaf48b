//! Task status: asks about a task, and records its end as soon as it is known.

use std::time::Duration;

use crate::base::{Fault, FaultClass, Moment, TaskId};
use crate::catalog::Dialect;
use crate::provider::{Provider, TaskStatus};
use crate::runner::store_access::{LocalStore, StoreDoor, local};
use crate::store::Ledger;

/// How often the provider must say that it has no record of a task before it is believed.
const DENIALS: u32 = 5;

/// Asks for the status of a task in the dialect that it was made in, and records its end.
///
/// A task without a record is one that the provider does not show yet, or one that it has deleted:
/// after `retention` it counts as failed, so that a build that was left for weeks does not wait
/// forever. It may be paid for again then, so the provider is asked several times, with `pause`
/// between two questions.
///
/// # Errors
/// The call or the ledger failed. Asking again is free.
pub async fn enquire(
    provider: &dyn Provider,
    store: &StoreDoor,
    (task, api): (&TaskId, Dialect),
    retention: Duration,
    (now, pause): (Moment, Duration),
) -> Result<TaskStatus, Fault> {
    let mut answer = provider.status(task, api).await;
    if is_denied(&answer) && is_old(store, task, retention, now).await? {
        for _ in 1..DENIALS {
            tokio::time::sleep(pause).await;
            answer = provider.status(task, api).await;
            if !is_denied(&answer) {
                break;
            }
        }
    }
    let task = task.clone();
    let record = move |store: &LocalStore| {
        let ledger = &store.ledger;
        let status = match answer {
            Err(fault)
                if fault.class == FaultClass::NotFound
                    && was_sent_before(ledger, &task, retention, now)? =>
            {
                TaskStatus::Failed(fault)
            }
            answer => answer?,
        };
        match &status {
            TaskStatus::Generating => {}
            TaskStatus::Succeeded(result) => {
                // The provider's clock may be ahead of this one.
                let at = result.completed.map_or(now, |completed| completed.min(now));
                ledger.finish(&task, at).map_err(local)?;
            }
            TaskStatus::Failed(fault) => {
                ledger.fail(&task, fault, now).map_err(local)?;
            }
        }
        Ok(status)
    };
    store.run(record).await
}

/// The API dialect that a task was made in: it is asked about in no other. A task that the ledger
/// does not know comes from a time when there was only one.
///
/// # Errors
/// The ledger cannot be read.
pub async fn api_of(store: &StoreDoor, task: &TaskId) -> Result<Dialect, Fault> {
    let task = task.clone();
    let read = move |store: &LocalStore| store.ledger.api_of(&task).map_err(local);
    Ok(store.run(read).await?.unwrap_or_default())
}

fn is_denied(answer: &Result<TaskStatus, Fault>) -> bool {
    answer.as_ref().is_err_and(|fault| fault.class == FaultClass::NotFound)
}

/// Whether a task was sent longer ago than the provider keeps videos.
async fn is_old(
    store: &StoreDoor,
    task: &TaskId,
    retention: Duration,
    now: Moment,
) -> Result<bool, Fault> {
    let task = task.clone();
    store.run(move |store| was_sent_before(&store.ledger, &task, retention, now)).await
}

fn was_sent_before(
    ledger: &Ledger,
    task: &TaskId,
    retention: Duration,
    now: Moment,
) -> Result<bool, Fault> {
    let sent = ledger.sent(task).map_err(local)?;
    Ok(sent.is_some_and(|(at, _)| now.since(at) > retention))
}
