//! Unclaimed callbacks: their token matches no take of this build.
//!
//! Such a callback may settle the doubt of an earlier run, for example of another storyboard. They
//! are handled one at a time, with a pause after each, so that a flood of them costs almost
//! nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use super::effects::EffectPerformer;
use crate::runner::callbacks::ReceivedCallback;

/// The pause after each callback.
const PAUSE: Duration = Duration::from_millis(100);
/// How often the provider is asked about a task that it does not confirm: records appear late.
const TRIES: u32 = 3;
/// The time between two of these questions; the service asks for 3 to 5 seconds between polls.
const TRY_PAUSE: Duration = Duration::from_secs(5);

/// Looks into callbacks until no more can arrive.
pub async fn look_into_unclaimed(
    performer: Arc<EffectPerformer>,
    mut calls: Receiver<ReceivedCallback>,
) {
    while let Some(call) = calls.recv().await {
        look_into(&performer, &call).await;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn look_into(performer: &Arc<EffectPerformer>, call: &ReceivedCallback) {
    for pause in (0..TRIES).map(|tried| (tried + 1 < TRIES).then_some(TRY_PAUSE)) {
        match (performer.settle_elsewhere(call).await, pause) {
            (Ok(None), _) => return,
            (Ok(Some(row)), _) => {
                tracing::warn!(
                    "a callback settled an unresolved request of `{}` in `{}`: it is task {}, and the \
                     next build resumes it",
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
