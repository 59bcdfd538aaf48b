//! The clerk: looks into calls that bear a token of no take of this build.
//!
//! Such a call may settle the doubt of an earlier run, of another storyboard say. One is looked into
//! at a time and with a pause after each, so that a flood of strangers costs next to nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use super::effects::Workshop;
use crate::runner::callbacks::Call;

/// How long after each call.
const PAUSE: Duration = Duration::from_millis(100);
/// How often the provider is asked about a task that it does not confirm: records appear late.
const TRIES: u32 = 3;
/// How long between two of those questions; the service wants 3 to 5 seconds between polls.
const TRY_PAUSE: Duration = Duration::from_secs(5);

/// Looks into calls until there can be no more.
pub async fn look_into_strangers(shop: Arc<Workshop>, mut calls: Receiver<Call>) {
    while let Some(call) = calls.recv().await {
        look_into(&shop, &call).await;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn look_into(shop: &Arc<Workshop>, call: &Call) {
    for pause in (0..TRIES).map(|tried| (tried + 1 < TRIES).then_some(TRY_PAUSE)) {
        match (shop.settle_elsewhere(call).await, pause) {
            (Ok(None), _) => return,
            (Ok(Some(row)), _) => {
                tracing::warn!(
                    "a callback has settled the doubt of `{}` in `{}`: it is task {}, and the next \
                     build goes on with it",
                    row.scene,
                    row.storyboard,
                    call.task
                );
                return;
            }
            (Err(_), Some(pause)) => tokio::time::sleep(pause).await,
            (Err(fault), None) => {
                tracing::info!(%fault, "a callback named a task that could not be confirmed");
            }
        }
    }
}
