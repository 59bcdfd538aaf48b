//! Task status: asks about a task, and records its end as soon as it is known.

use std::time::Duration;

use crate::base::{Fault, FaultClass, Moment, TaskId};
use crate::provider::{Provider, TaskStatus};
use crate::runner::store_access::{LocalStore, StoreDoor, local};
use crate::store::Ledger;

/// Asks for the status of a task and records its end.
///
/// A task without a record is one that the provider does not show yet, or one that it has deleted:
/// after `retention` it counts as failed, so that a build that was left for weeks does not wait
/// forever.
///
/// # Errors
/// The call or the ledger failed. Asking again is free.
pub async fn enquire(
    provider: &dyn Provider,
    store: &StoreDoor,
    task: &TaskId,
    retention: Duration,
    now: Moment,
) -> Result<TaskStatus, Fault> {
    let answer = provider.status(task).await;
    let task = task.clone();
    let record = move |store: &LocalStore| {
        let ledger = &store.ledger;
        let status = match answer {
            Err(fault) if fault.class == FaultClass::NotFound => {
                forgotten(ledger, &task, fault, retention, now)?
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

fn forgotten(
    ledger: &Ledger,
    task: &TaskId,
    fault: Fault,
    retention: Duration,
    now: Moment,
) -> Result<TaskStatus, Fault> {
    match ledger.sent(task).map_err(local)? {
        Some((at, _)) if now.since(at) > retention => Ok(TaskStatus::Failed(fault)),
        _ => Err(fault),
    }
}
