//! Resolving: decides what to do about a take once the bytes that it depends on exist.

use std::sync::{Arc, PoisonError};

use super::performer::EffectPerformer;
use crate::base::{Digest, Fault, FaultClass, Key, TaskId};
use crate::engine::Event;
use crate::plan::{Action, Evidence, Recipe, VideoOf};
use crate::report::settle_gone;
use crate::runner::drive::build_take::BuildTake;
use crate::runner::store_access::{LocalStore, local};

/// How often the provider must deny a video that has probably expired before it is believed, and
/// how many other faults are borne meanwhile.
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
        let (mut denials, mut broken, mut others) = (0, 0, 0);
        loop {
            // Another run may have asked a moment ago.
            tokio::time::sleep(self.poll_pause).await;
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
            let count = match fault.class {
                FaultClass::Unauthorized | FaultClass::Local => return Err(fault),
                FaultClass::NotFound | FaultClass::Forbidden => &mut denials,
                FaultClass::Broken => &mut broken,
                // Another try would bring the same file; whether it is lost, a person decides.
                FaultClass::NotVideo => {
                    others = KEPT_TRIES - 1;
                    &mut others
                }
                _ => &mut others,
            };
            *count += 1;
            if denials.max(broken) >= KEPT_TRIES {
                return Ok(None);
            }
            if others >= KEPT_TRIES {
                let take = &self.takes[job];
                let name = (self.scene(take), take.other_number());
                let lost = settle_gone(&self.project.options.commands, name);
                let message = format!(
                    "{}; nothing is paid before task {task} is known to have no video; if it is \
                     lost, run `{lost}`",
                    fault.message
                );
                return Err(Fault { message, ..fault });
            }
        }
    }

    pub(super) fn resolve_now(&self, store: &LocalStore, job: usize) -> Result<Action, Fault> {
        let take = &self.takes[job];
        let video_of: VideoOf<'_> = &|id| {
            let source = take.sources.iter().find(|source| source.0 == *id)?;
            self.takes[source.1].artifact()
        };
        let recipe = match take.roll {
            Some(roll) => self.project.rolled_recipe(take.position, video_of, roll),
            None => self.project.recipe(take.position, video_of),
        };
        let recipe = recipe
            .ok_or_else(|| Fault::new(FaultClass::Local, "the take that it uses is not there"))?;
        let key = recipe.key();
        let recipe = Arc::new(recipe);
        take.work().recipe = Some((Arc::clone(&recipe), key));
        if let Action::Reuse(digest) = self.action(store, take, &recipe, &key).0 {
            self.note_stored(store, take, digest)?;
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
        let (action, evidence) = self.action(store, take, &recipe, &key);
        take.work().locked = match &action {
            Action::Restore { task, .. } => evidence.digest_by(task),
            _ => None,
        };
        self.handled_keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        match &action {
            Action::Reuse(digest) => self.note_stored(store, take, *digest)?,
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
            | Action::AskFailed(_)
            | Action::AskLost(_) => {}
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
        recipe: &Recipe,
        key: &Key,
    ) -> (Action, Evidence) {
        let evidence = self.project.evidence(take.position, (recipe, key), store);
        let handled = self.handled_keys.lock().unwrap_or_else(PoisonError::into_inner);
        let is_retry = handled.contains(key);
        drop(handled);
        let action = self.project.action(take.position, recipe, &evidence, is_retry);
        (action, evidence)
    }

    /// Records that the store has a take's video. Before a lock names it, it survives a power cut.
    fn note_stored(
        &self,
        store: &LocalStore,
        take: &BuildTake,
        digest: Digest,
    ) -> Result<(), Fault> {
        let locked = self.project.locked_with(take.position, &take.recipe().1);
        if locked.is_none_or(|locked| locked.artifact != digest) {
            store.objects.make_durable(&digest).map_err(local)?;
        }
        let bytes = store.objects.length(&digest).unwrap_or(0);
        let mut work = take.work();
        work.artifact = Some(digest);
        work.bytes = bytes;
        Ok(())
    }
}
