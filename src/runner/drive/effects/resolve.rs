//! Resolving: decides what to do about a take once the bytes that it depends on exist.

use std::sync::{Arc, PoisonError};

use super::performer::EffectPerformer;
use crate::base::{Digest, Fault, FaultClass, Key, TaskId};
use crate::engine::Event;
use crate::plan::{Action, Evidence};
use crate::report::settle_gone;
use crate::runner::drive::build_take::BuildTake;
use crate::runner::store_access::{LocalStore, local};

/// How often the provider is asked about a video that has probably expired.
const KEPT_TRIES: u32 = 5;

impl EffectPerformer {
    /// Computes a take's recipe and decides what to do about it.
    pub async fn resolve(self: Arc<Self>, job: usize) -> Event {
        let answer =
            self.with_store(move |performer, store| performer.resolve_now(store, job)).await;
        let perhaps_kept = self.takes[job].work().perhaps_kept.take();
        let answer = match (answer, perhaps_kept) {
            (Ok(Action::Generate(why)), Some(task)) => {
                let fetched = self.fetch_if_kept(job, &task).await;
                fetched.map(|here| here.map_or(Action::Generate(why), Action::Reuse))
            }
            (answer, _) => answer,
        };
        Event::Resolved(job, answer)
    }

    /// Checks whether the provider still has the video of a task that has probably expired, before
    /// another one is paid for, and fetches it if so.
    ///
    /// # Errors
    /// The provider could not be asked, so nothing may be paid.
    async fn fetch_if_kept(
        self: &Arc<Self>,
        job: usize,
        task: &TaskId,
    ) -> Result<Option<Digest>, Fault> {
        let mut tries = 0;
        loop {
            // Another run may have asked a moment ago.
            tokio::time::sleep(self.poll_pause).await;
            tries += 1;
            let fault = match self.fetch_now(job, task).await {
                Ok(()) => {
                    return self.takes[job].artifact().map(Some).ok_or_else(|| {
                        Fault::new(
                            FaultClass::Local,
                            format!("task {task} was fetched, not stored"),
                        )
                    });
                }
                Err(fault) => fault,
            };
            match fault.class {
                FaultClass::Unauthorized | FaultClass::Local => return Err(fault),
                // Another try would bring the same file; whether it is lost, a person decides.
                _ if tries < KEPT_TRIES && fault.class != FaultClass::NotVideo => {}
                FaultClass::NotFound | FaultClass::Forbidden | FaultClass::Broken => {
                    return Ok(None);
                }
                _ => {
                    let scene = self.scene(&self.takes[job]);
                    let lost =
                        settle_gone(&self.storyboard, self.project.film.profile.as_ref(), scene);
                    let message = format!(
                        "{}; nothing is paid before task {task} is known to have no video; if it \
                         is lost, run `{lost}`",
                        fault.message
                    );
                    return Err(Fault { message, ..fault });
                }
            }
        }
    }

    pub(super) fn resolve_now(&self, store: &LocalStore, job: usize) -> Result<Action, Fault> {
        let take = &self.takes[job];
        let frame_of = take.frame_of.and_then(|source| self.takes[source].artifact());
        let recipe = self.project.recipe(take.position, frame_of).ok_or_else(|| {
            Fault::new(FaultClass::Local, "the take whose frame it shows is not there")
        })?;
        let key = recipe.key();
        take.work().recipe = Some((recipe, key));
        if let Action::Reuse(digest) = self.action(store, take, &key).0 {
            note_stored(store, take, digest);
            return Ok(Action::Reuse(digest));
        }
        let note = format!("process {}, scene {}", std::process::id(), self.scene(take));
        match store.claims.claim(&key.to_string(), &note).map_err(local)? {
            Ok(claim) => take.work().claim = Some(claim),
            Err(holder) => {
                let by = (!self.makes(&key)).then_some(holder);
                return Ok(Action::Wait { by });
            }
        }
        // The process that held the claim may have made it meanwhile.
        let (action, evidence) = self.action(store, take, &key);
        take.work().locked = match &action {
            Action::Restore { task, .. } => evidence.digest_by(task),
            _ => None,
        };
        self.handled_keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        match &action {
            Action::Reuse(digest) => note_stored(store, take, *digest),
            Action::Resume(task) => {
                if let Some(token) = store.ledger.token_of(task).map_err(local)? {
                    self.expect_call(job, token);
                }
            }
            Action::Generate(_) => {
                take.work().perhaps_kept = evidence.perhaps_kept().cloned();
            }
            Action::Restore { .. }
            | Action::Wait { .. }
            | Action::AskDoubt { .. }
            | Action::AskFailed(_) => {}
        }
        Ok(action)
    }

    /// Whether a take of this build holds the claim of a key.
    fn makes(&self, key: &Key) -> bool {
        let name = key.to_string();
        let claims =
            |take: &BuildTake| take.work().claim.as_ref().is_some_and(|it| it.name() == name);
        self.takes.iter().any(claims)
    }

    pub(super) fn action(
        &self,
        store: &LocalStore,
        take: &BuildTake,
        key: &Key,
    ) -> (Action, Evidence) {
        let evidence = self.project.evidence(take.position, key, store);
        let action =
            match self.handled_keys.lock().unwrap_or_else(PoisonError::into_inner).contains(key) {
                true => self.project.action_again(take.position, &evidence),
                false => self.project.action(take.position, &evidence),
            };
        (action, evidence)
    }
}

/// Records that the store has a take's video.
fn note_stored(store: &LocalStore, take: &BuildTake, digest: Digest) {
    let bytes = store.objects.length(&digest).unwrap_or(0);
    let mut work = take.work();
    work.artifact = Some(digest);
    work.bytes = bytes;
}
