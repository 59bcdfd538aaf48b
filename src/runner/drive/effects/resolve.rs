//! Resolving: what there is to do about a take, once the bytes that feed it exist.

use std::sync::{Arc, PoisonError};

use super::performer::EffectPerformer;
use crate::base::{Digest, Key, TaskId};
use crate::engine::{End, Event, FailureKind, Fault, FaultClass, Resolution};
use crate::plan::{Evidence, Verdict};
use crate::runner::drive::build_take::BuildTake;
use crate::runner::store_access::{LocalStore, local};

/// How often the provider is asked about a video that should be gone.
const KEPT_TRIES: u32 = 5;

impl EffectPerformer {
    /// Works out a take's recipe and what to do about it.
    pub async fn resolve(self: Arc<Self>, job: usize) -> Event {
        let answer =
            self.with_store(move |performer, store| performer.resolve_now(store, job)).await;
        let perhaps_kept = self.takes[job].work().perhaps_kept.take();
        let answer = match (answer, perhaps_kept) {
            (Ok(Resolution::Generate(price)), Some(task)) => {
                let fetched = self.fetch_if_kept(job, &task).await;
                fetched.map(|is_here| match is_here {
                    true => Resolution::Reuse,
                    false => Resolution::Generate(price),
                })
            }
            (answer, _) => answer,
        };
        Event::Resolved(job, answer)
    }

    /// Looks whether the provider still has the video of a task that should be gone, before
    /// another one is paid for, and fetches it if so.
    ///
    /// # Errors
    /// Nothing could be learned, so nothing may be paid.
    async fn fetch_if_kept(self: &Arc<Self>, job: usize, task: &TaskId) -> Result<bool, Fault> {
        let mut tries = 0;
        loop {
            // Another run may have asked a moment ago.
            tokio::time::sleep(self.poll_pause).await;
            tries += 1;
            let fault = match self.fetch_now(job, task).await {
                Ok(()) => return Ok(true),
                Err(fault) => fault,
            };
            match fault.class {
                FaultClass::Unauthorized | FaultClass::Local => return Err(fault),
                _ if tries < KEPT_TRIES => {}
                FaultClass::NotFound | FaultClass::Forbidden | FaultClass::Broken => {
                    return Ok(false);
                }
                _ => return Err(fault),
            }
        }
    }

    pub(super) fn resolve_now(&self, store: &LocalStore, job: usize) -> Result<Resolution, Fault> {
        let take = &self.takes[job];
        let frame_of = take.frame_of.and_then(|source| self.takes[source].artifact());
        let recipe = self.project.recipe(take.position, frame_of).ok_or_else(|| {
            Fault::new(FaultClass::Local, "the take whose frame it shows is not there")
        })?;
        let key = recipe.key();
        take.work().recipe = Some((recipe, key));
        if let Verdict::Reuse(digest) = self.verdict(store, take, &key).0 {
            note_stored(store, take, digest);
            return Ok(Resolution::Reuse);
        }
        let note = format!("process {}, scene {}", std::process::id(), self.scene(take));
        match store.claims.claim(&key.to_string(), &note).map_err(local)? {
            Ok(claim) => take.work().claim = Some(claim),
            Err(holder) => {
                let by = (!self.makes(&key)).then_some(holder);
                return Ok(Resolution::Elsewhere { by });
            }
        }
        // Whoever held the claim may have had it made meanwhile.
        let (verdict, evidence) = self.verdict(store, take, &key);
        take.work().locked = match &verdict {
            Verdict::Restore { task, .. } => evidence.digest_by(task),
            _ => None,
        };
        self.handled_keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        Ok(match verdict {
            Verdict::Reuse(digest) => {
                note_stored(store, take, digest);
                Resolution::Reuse
            }
            Verdict::Restore { task, .. } => Resolution::Restore(task),
            Verdict::Resume(task) => {
                if let Some(token) = store.ledger.token_of(&task).map_err(local)? {
                    self.expect_call(job, token);
                }
                Resolution::Resume(task)
            }
            Verdict::Generate(_) => {
                take.work().perhaps_kept = evidence.perhaps_kept().cloned();
                Resolution::Generate(self.project.price(take.position))
            }
            Verdict::AskDoubt { sent_at } => Resolution::Ask(End::InDoubt {
                sent_at: Some(sent_at),
                detail: "no answer came to an earlier submission".into(),
            }),
            Verdict::AskFailed(failure) => {
                Resolution::Ask(End::Failed(FailureKind::Before(failure.into())))
            }
        })
    }

    /// Whether a take of this build holds the claim of a key.
    fn makes(&self, key: &Key) -> bool {
        let name = key.to_string();
        let claims =
            |take: &BuildTake| take.work().claim.as_ref().is_some_and(|it| it.name() == name);
        self.takes.iter().any(claims)
    }

    pub(super) fn verdict(
        &self,
        store: &LocalStore,
        take: &BuildTake,
        key: &Key,
    ) -> (Verdict, Evidence) {
        let evidence = self.project.evidence(take.position, key, store);
        let verdict =
            match self.handled_keys.lock().unwrap_or_else(PoisonError::into_inner).contains(key) {
                true => self.project.verdict_again(take.position, &evidence),
                false => self.project.verdict(take.position, &evidence),
            };
        (verdict, evidence)
    }
}

/// Notes that the store has a take's video.
fn note_stored(store: &LocalStore, take: &BuildTake, digest: Digest) {
    let bytes = store.objects.length(&digest).unwrap_or(0);
    let mut work = take.work();
    work.artifact = Some(digest);
    work.bytes = bytes;
}
