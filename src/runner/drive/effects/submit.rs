//! Submitting: the money rule.
//!
//! The intent is in the ledger before the request is sent, and the task id is in the ledger before
//! it is used for anything else. Whatever fails in between leaves a doubt.

use std::sync::Arc;
use std::time::Duration;

use super::performer::EffectPerformer;
use crate::base::{Fault, FaultClass, TaskId, Token};
use crate::catalog::InputKind;
use crate::engine::Event;
use crate::plan::ProviderChoice;
use crate::provider::{Asset, Order};
use crate::runner::callbacks::CallbackChannel;
use crate::runner::store_access::{LocalStore, local};
use crate::store::{Intent, IntentNote, LedgerError, NewSubmission};
use crate::storyboard::Seed;

/// How long a submit waits by itself for the pace that all processes keep together.
const PACE_SLACK: Duration = Duration::from_secs(1);
/// How often recording a task id is retried, because it must not be lost.
const ACCEPT_TRIES: u32 = 5;

impl EffectPerformer {
    /// Records the intent, sends the request, records the answer. The runner never drops it
    /// half-way; if the process dies meanwhile, the next build finds the intent in doubt.
    pub async fn submit(self: Arc<Self>, job: usize) -> Event {
        Event::Submitted(job, self.submit_now(job).await)
    }

    pub(super) async fn submit_now(self: &Arc<Self>, job: usize) -> Result<TaskId, Fault> {
        let order = self.takes[job].work().order.clone();
        let mut order = Order::clone(&order.expect("the engine prepares before it submits"));
        // Nobody calls back about what this program draws.
        let callbacks = self.callbacks.as_ref().filter(|_| !self.takes[job].recipe().0.is_drawn());
        let token = callbacks.map(CallbackChannel::token).transpose()?;
        let at = callbacks.zip(token.as_ref());
        order.callback = at.map(|(callbacks, token)| callbacks.url.of_token(token));
        let intent = loop {
            let token = token.clone();
            match self.with_store(move |it, store| it.intend(store, job, token)).await {
                // The engine keeps the same pace for this process alone, and its clock is not the
                // ledger's: they may differ by moments.
                Err(Fault { retry_after: Some(wait), .. }) if wait <= PACE_SLACK => {
                    tokio::time::sleep(wait).await;
                }
                answer => break answer?,
            }
        };
        self.address_inputs(&mut order);
        let answer = self.maker(job).submit(&order).await;
        let taken = answer.as_ref().ok().cloned();
        keep_task(
            taken,
            self.with_store(move |performer, store| performer.record(store, job, &intent, answer))
                .await,
        )
    }

    pub(super) fn intend(
        &self,
        store: &LocalStore,
        job: usize,
        token: Option<Token>,
    ) -> Result<Intent, Fault> {
        let take = &self.takes[job];
        let (recipe, key) = take.recipe();
        let scene = self.project.scene(take.position);
        let listing = serde_json::Value::Object(recipe.listing()).to_string();
        let new = NewSubmission {
            key,
            family: recipe.family.as_str(),
            api: self.project.film.api,
            storyboard: &self.storyboard,
            profile: self.project.film.profile_name(),
            scene: scene.id.as_str(),
            model: recipe.model.as_str(),
            seed: recipe.seed,
            random_seed: take.roll.is_none()
                && scene.clip().is_some_and(|clip| clip.seed == Some(Seed::Random)),
            roll: take.roll.is_some(),
            credits_max: take.price,
            recipe: &listing,
            token: token.as_ref(),
        };
        let work = take.work();
        let claim = work.claim.as_ref().expect("a take is claimed before it is made");
        let pace = match self.project.options.provider {
            _ if recipe.is_drawn() => None,
            ProviderChoice::Kling => Some(self.project.dialect().limits.submits),
            // Local servers have no account.
            ProviderChoice::Rehearsal | ProviderChoice::Preview(_) => None,
        };
        let intent = match store.ledger.intend(claim, &new, (self.clock)(), pace) {
            Err(LedgerError::Pace(wait)) => {
                let message = "other builds on this machine send as fast as the account may";
                return Err(Fault::new(FaultClass::Busy, message).with_retry_after(Some(wait)));
            }
            answer => answer.map_err(local)?,
        };
        drop(work);
        if let Some(token) = token {
            // Before it is sent, because the callback may overtake the answer.
            self.expect_call(job, token);
        }
        Ok(intent)
    }

    /// Gives the inputs in the film's bucket their addresses, signed now: what is kept of an order has
    /// no signature.
    fn address_inputs(&self, order: &mut Order) {
        let Some(bucket) = &self.bucket else { return };
        let now = (self.clock)();
        for asset in order.inputs.values_mut() {
            if let Asset::InBucket(object) = asset {
                *asset = Asset::Url(bucket.address(object, now));
            }
        }
    }

    /// Forgets where a take's pictures were hosted: an upload that has died looks like a bad image,
    /// and the next attempt must not send the same address again.
    pub(super) fn forget_images(&self, store: &LocalStore, job: usize) {
        let order = self.takes[job].work().order.clone();
        let inputs = order.as_deref().map(|order| &order.inputs);
        self.hosted.distrust_bucket();
        for (slot, asset) in inputs.into_iter().flatten() {
            if let (Asset::Url(url), true) = (asset, slot.role.kind() != InputKind::Voice)
                && let Err(error) = store.ledger.forget_hosted(url.as_str())
            {
                tracing::warn!(%error, "a hosted image could not be forgotten");
            }
        }
    }

    pub(super) fn record(
        &self,
        store: &LocalStore,
        job: usize,
        intent: &Intent,
        answer: Result<TaskId, Fault>,
    ) -> Result<TaskId, Fault> {
        let ledger = &store.ledger;
        match answer {
            Ok(task) => {
                let mut result = ledger.accept(intent, &task, (self.clock)());
                for _ in 1..ACCEPT_TRIES {
                    if result.is_ok() {
                        break;
                    }
                    result = ledger.accept(intent, &task, (self.clock)());
                }
                result.map_err(local)?;
                self.takes[job].work().api = Some((task.clone(), self.project.film.api));
                Ok(task)
            }
            Err(fault) => {
                let note = match fault.class {
                    FaultClass::InvalidPrompt
                    | FaultClass::InvalidImage
                    | FaultClass::InvalidParameters
                    | FaultClass::NotFound => IntentNote::Refused(&fault),
                    FaultClass::Busy
                    | FaultClass::NotSent
                    | FaultClass::Untrusted
                    | FaultClass::InsufficientCredits
                    | FaultClass::KeyLimit
                    | FaultClass::ModelUnavailable
                    | FaultClass::Unauthorized
                    | FaultClass::Local => IntentNote::NotAccepted(&fault),
                    _ => IntentNote::Doubt(&fault),
                };
                // "File type not supported" does not say which file.
                if matches!(fault.class, FaultClass::InvalidImage | FaultClass::InvalidParameters) {
                    self.forget_images(store, job);
                }
                // An intent without a note is in doubt, which is the safe reading of a failure
                // here.
                if let Err(error) = ledger.note(intent, note, (self.clock)()) {
                    tracing::error!(%error, "the provider's refusal could not be recorded");
                }
                Err(fault)
            }
        }
    }
}

/// Reports an accepted submit. If this machine could not record its task, that is a doubt, and the
/// user at least sees the task id.
fn keep_task(taken: Option<TaskId>, recorded: Result<TaskId, Fault>) -> Result<TaskId, Fault> {
    match (taken, recorded) {
        (Some(task), Err(fault)) => {
            let what = format!("the provider accepted it as task {task}, but {fault}");
            Err(Fault::new(FaultClass::Doubt, what))
        }
        (_, recorded) => recorded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted_task_is_never_reported_as_unsent() {
        let task = || TaskId::new("kling_1");
        let broken = || Err(Fault::new(FaultClass::Local, "the disk is full"));
        let fault = keep_task(Some(task()), broken()).unwrap_err();
        assert_eq!(fault.class, FaultClass::Doubt);
        assert_eq!(fault.message, "the provider accepted it as task kling_1, but the disk is full");
        assert_eq!(keep_task(None, broken()).unwrap_err().class, FaultClass::Local);
        assert_eq!(keep_task(Some(task()), Ok(task())), Ok(task()));
    }
}
