//! Confirming: a callback named a task for a submission in doubt. The provider is asked whether it
//! knows that task, and only then does the ledger settle the doubt with it.
//!
//! The claim of the key is held meanwhile. It shows that no process is still waiting for the
//! submission's own answer, and that no other process is asking the same.

use std::sync::Arc;

use super::performer::EffectPerformer;
use crate::base::{Fault, FaultClass, Key, TaskId};
use crate::engine::Event;
use crate::plan::SubmissionOutcome;
use crate::runner::callbacks::ReceivedCallback;
use crate::runner::store_access::{LocalStore, local};
use crate::store::{Claim, LedgerRow, NamedTaskCheck};

impl EffectPerformer {
    /// Settles the doubt of a take with the task that its callback named, if the provider knows it.
    pub async fn confirm(self: Arc<Self>, job: usize, task: TaskId) -> Event {
        Event::Confirmed(job, self.confirm_now(job, task).await)
    }

    async fn confirm_now(self: &Arc<Self>, job: usize, task: TaskId) -> Result<(), Fault> {
        let token = self.takes[job].work().token.clone();
        let token = token.ok_or_else(|| local("the take asked for no callback"))?;
        // A take that was sent in this run holds its claim; one from an earlier run does not.
        let held = self.takes[job].work().claim.take();
        let was_held = held.is_some();
        let (key, call) = (self.takes[job].recipe().1, ReceivedCallback { token, task });
        let claim = match held {
            Some(claim) => claim,
            None => {
                self.with_store(move |performer, store| performer.claim_for_settling(store, &key))
                    .await?
            }
        };
        let settled = self.settle(&call).await;
        if settled.is_err() && was_held {
            // Released only if it is settled: looking at the take again claims it anew.
            self.takes[job].work().claim = Some(claim);
        }
        settled
    }

    /// Settles the doubt of a submission outside this build, if a callback is about one and the
    /// provider knows its task; returns which one it was.
    pub async fn settle_elsewhere(
        self: &Arc<Self>,
        call: &ReceivedCallback,
    ) -> Result<Option<LedgerRow>, Fault> {
        let (token, family) = (call.token.clone(), self.provider().family().as_str());
        let row = self
            .store
            .run(move |store| store.ledger.submission_of(&token, family).map_err(local))
            .await?;
        let Some(row) = row.filter(|row| row.submission.outcome == SubmissionOutcome::Doubt) else {
            return Ok(None);
        };
        let key = row.key;
        let _claim = self
            .with_store(move |performer, store| performer.claim_for_settling(store, &key))
            .await?;
        self.settle(call).await.map(|()| Some(row))
    }

    fn claim_for_settling(&self, store: &LocalStore, key: &Key) -> Result<Claim, Fault> {
        let note = format!("process {}, settling a doubt", std::process::id());
        let claim = store.claims.claim(&key.to_string(), &note).map_err(local)?;
        claim.map_err(|holder| {
            Fault::new(FaultClass::Transient, format!("the take is claimed by {holder}"))
        })
    }

    /// Settles a doubt whose key is claimed. Does not ask about a task that the ledger rules out.
    async fn settle(self: &Arc<Self>, call: &ReceivedCallback) -> Result<(), Fault> {
        let wrong =
            || local("the task belongs to another submission, or the request is already settled");
        let ReceivedCallback { token, task } = call.clone();
        let check = move |store: &LocalStore| store.ledger.naming(&token, &task).map_err(local);
        match self.store.run(check).await? {
            NamedTaskCheck::Known => return Ok(()),
            NamedTaskCheck::Possible => {}
            NamedTaskCheck::Wrong => return Err(wrong()),
        }
        let ReceivedCallback { token, task } = call.clone();
        let family = self.provider().family();
        let read = move |store: &LocalStore| {
            store.ledger.submission_of(&token, family.as_str()).map_err(local)
        };
        let api = self.store.run(read).await?.ok_or_else(wrong)?.api;
        self.provider().status(&task, api).await?;
        let ReceivedCallback { token, task } = call.clone();
        let now = (self.clock)();
        let settle =
            move |store: &LocalStore| store.ledger.settle_named(&token, &task, now).map_err(local);
        if self.store.run(settle).await? { Ok(()) } else { Err(wrong()) }
    }
}
