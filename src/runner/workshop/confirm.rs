//! Confirming: a callback named a task for a submission in doubt. The provider is asked whether it
//! knows that task, and only then the ledger has the doubt settled with it.
//!
//! The claim of the key shows that nobody is waiting for the submission's own answer right now.

use std::sync::Arc;

use super::{Workshop, local};
use crate::base::{Key, TaskId, Token};
use crate::engine::{Event, Fault, FaultClass};
use crate::plan::Outcome;
use crate::runner::callbacks::Call;
use crate::store::{Claim, LedgerRow};

impl Workshop {
    /// Settles the doubt of a take with the task that was named for it, if the provider knows it.
    pub async fn confirm(self: Arc<Self>, job: usize, task: TaskId) -> Event {
        Event::Confirmed(job, self.confirm_now(job, task).await)
    }

    async fn confirm_now(self: &Arc<Self>, job: usize, task: TaskId) -> Result<(), Fault> {
        let token = self.takes[job].work().token.clone();
        let token = token.ok_or_else(|| local("the take asked for no callback"))?;
        self.provider().status(&task).await?;
        self.on_disk(move |shop| {
            let take = &shop.takes[job];
            let held = take.work().claim.take();
            let key = take.recipe().1;
            let _fresh = match &held {
                Some(_) => None,
                None => Some(shop.claim_for_settling(&key)?),
            };
            let settled = shop.settle(&token, &task);
            if settled.is_err() {
                // Given back only where it is settled: looking at the take again claims it anew.
                take.work().claim = held;
            }
            settled
        })
        .await
    }

    /// Settles the doubt of a submission outside this build, if a call is about one and the
    /// provider knows its task; says which it was.
    pub async fn settle_elsewhere(
        self: &Arc<Self>,
        call: &Call,
    ) -> Result<Option<LedgerRow>, Fault> {
        let (token, family) = (call.token.clone(), self.provider().family().as_str());
        let row = self
            .on_disk(move |shop| shop.knowledge.ledger.submission_of(&token, family).map_err(local))
            .await?;
        let Some(row) = row.filter(|row| row.submission.outcome == Outcome::Doubt) else {
            return Ok(None);
        };
        self.provider().status(&call.task).await?;
        let call = call.clone();
        self.on_disk(move |shop| {
            let _claim = shop.claim_for_settling(&row.key)?;
            shop.settle(&call.token, &call.task).map(|()| Some(row))
        })
        .await
    }

    fn claim_for_settling(&self, key: &Key) -> Result<Claim, Fault> {
        let note = format!("process {}, settling a doubt", std::process::id());
        let claim = self.claims.claim(&key.to_string(), &note).map_err(local)?;
        claim.map_err(|holder| {
            Fault::new(FaultClass::Transient, format!("the take is claimed by {holder}"))
        })
    }

    fn settle(&self, token: &Token, task: &TaskId) -> Result<(), Fault> {
        let settled = self.knowledge.ledger.settle_named(token, task, (self.clock)());
        match settled.map_err(local)? {
            true => Ok(()),
            false => Err(local("the task is another submission's, or the doubt is settled")),
        }
    }
}
