//! Polling and fetching: free calls, until the video is in the store.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::performer::EffectPerformer;
use crate::base::{Digest, Fault, FaultClass, TaskId};
use crate::catalog::Dialect;
use crate::engine::{Event, TaskPhase};
use crate::plan::Recipe;
use crate::provider::{Order, TaskResult, TaskStatus};
use crate::runner::fetch::{PaidTask, api_of, download, enquire};
use crate::runner::store_access::local;
use crate::store::KnownTake;

impl EffectPerformer {
    /// Asks for the status of a take's task, and records its end.
    pub async fn poll(self: Arc<Self>, job: usize, task: TaskId) -> Event {
        Event::Polled(job, self.poll_now(job, &task).await)
    }

    pub(super) async fn poll_now(
        self: &Arc<Self>,
        job: usize,
        task: &TaskId,
    ) -> Result<TaskPhase, Fault> {
        let now = (self.clock)();
        let retention = self.project.dialect().limits.retention();
        let when = (now, self.poll_pause);
        let made = (task, self.api_of(job, task).await?);
        Ok(match enquire(self.maker(job), &self.store, made, retention, when).await? {
            TaskStatus::Generating => TaskPhase::Generating,
            TaskStatus::Succeeded(result) => {
                self.takes[job].work().result = Some(result);
                TaskPhase::Succeeded
            }
            TaskStatus::Failed(fault) => {
                if fault.class == FaultClass::InvalidImage {
                    self.with_store(move |performer, store| {
                        performer.forget_images(store, job);
                        Ok(())
                    })
                    .await?;
                }
                TaskPhase::Failed(fault)
            }
        })
    }

    /// Downloads, checks and stores a take's video.
    pub async fn fetch(self: Arc<Self>, job: usize, task: TaskId) -> Event {
        let answer = self.fetch_now(job, &task).await;
        if let Err(fault) = &answer {
            // The address may be the problem; the next try asks for a fresh one.
            self.takes[job].work().result = None;
            if fault.class == FaultClass::NotFound {
                self.note_gone(task).await;
            }
        }
        Event::Fetched(job, answer)
    }

    /// Counts a task as expired from now on if it was sent longer ago than videos are kept and its
    /// video is not there: its record may stay for months and still say that it succeeded.
    async fn note_gone(self: &Arc<Self>, task: TaskId) {
        let retention = self.project.dialect().limits.retention();
        let noted = self.with_store(move |performer, store| {
            let ledger = &store.ledger;
            ledger.finished_when_sent(&task, (performer.clock)() - retention).map_err(local)
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "that a video is gone could not be recorded");
        }
    }

    pub(super) async fn fetch_now(
        self: &Arc<Self>,
        job: usize,
        task: &TaskId,
    ) -> Result<(), Fault> {
        let result = self.result(job, task).await?;
        let order = self.order(job).await?;
        let (task, key, now) = (task.clone(), self.takes[job].recipe().1, (self.clock)());
        let paid = PaidTask { task, key, now };
        let video = download(self.maker(job), &self.store, &order, &result).await?;
        self.with_store(move |performer, store| {
            let known = video.publish(store, paid)?;
            let take = &performer.takes[job];
            let digest = known.digest;
            let path = store.objects.path(&digest);
            store.ledger.store(&key, &known, (performer.clock)()).map_err(local)?;
            // Scenes that use its frames were planned with the other video, and a lock may name
            // that one: nothing uses this one before another run has planned with it.
            let expected = take.work().locked.filter(|expected| *expected != digest);
            if let Some(expected) = expected {
                return Err(local(other_video(&known, expected, &path)));
            }
            let mut work = take.work();
            work.artifact = Some(digest);
            work.bytes = known.bytes;
            work.claim = None;
            Ok(())
        })
        .await
    }

    /// The address of a finished video: as last seen, or requested now.
    pub(super) async fn result(
        self: &Arc<Self>,
        job: usize,
        task: &TaskId,
    ) -> Result<TaskResult, Fault> {
        let seen = self.takes[job].work().result.clone();
        if let Some(result) = seen {
            return Ok(result);
        }
        let api = self.api_of(job, task).await?;
        match self.maker(job).status(task, api).await? {
            TaskStatus::Succeeded(result) => Ok(result),
            TaskStatus::Failed(fault) => Err(Fault { class: FaultClass::NotFound, ..fault }),
            TaskStatus::Generating => {
                Err(Fault::new(FaultClass::Transient, "the provider is generating it again"))
            }
        }
    }

    /// The API dialect that a task of a take was made in.
    async fn api_of(&self, job: usize, task: &TaskId) -> Result<Dialect, Fault> {
        let known = self.takes[job].work().api.clone();
        if let Some((_, api)) = known.filter(|(of, _)| of == task) {
            return Ok(api);
        }
        let api = api_of(&self.store, task).await?;
        self.takes[job].work().api = Some((task.clone(), api));
        Ok(api)
    }

    /// The order of a take, including a take that an earlier run has sent.
    pub(super) async fn order(self: &Arc<Self>, job: usize) -> Result<Arc<Order>, Fault> {
        let known = self.takes[job].work().order.clone();
        match known {
            Some(order) => Ok(order),
            // Only a provider in this process draws from the order; it does not need hosting.
            None if !self.maker(job).needs_hosting() => {
                self.prepare_now(job).await?;
                Ok(self.takes[job].work().order.clone().expect("it was prepared just now"))
            }
            None => {
                let recipe = Recipe::clone(&self.takes[job].recipe().0);
                Ok(Arc::new(Order { recipe, inputs: BTreeMap::new(), callback: None }))
            }
        }
    }
}

/// Reports that the provider's video is not the known one, and what the user can do.
fn other_video(known: &KnownTake, expected: Digest, path: &Path) -> String {
    let (task, path) = (&known.task, path.display());
    let (old, new) = (expected.short(), known.digest.short());
    format!(
        "the provider's video of task {task} was {old} and is now {new}; it is kept as `{path}`, \
         and the next run uses it at no cost; to keep the old one, first put a copy of it back \
         into the store"
    )
}
