//! Enquiries: how a task is doing, with every end that is learned recorded at once.

use std::time::Duration;

use crate::base::{Moment, TaskId};
use crate::engine::{Fault, FaultClass};
use crate::plan::Failure;
use crate::provider::{Provider, TaskStatus};
use crate::runner::store_access::{LocalStore, StoreDoor, local};
use crate::store::Ledger;

/// Asks how a task is doing and records an end.
///
/// A task without a record is one that the provider does not show yet, or one that it has deleted:
/// after `retention` it has failed, for a build that was left for weeks must not wait for ever.
///
/// # Errors
/// The call failed, or the ledger did. Asking again is free.
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
                ledger.fail(&task, &Failure::from(fault), now).map_err(local)?;
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
