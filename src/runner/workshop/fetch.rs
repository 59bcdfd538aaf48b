//! Polling and fetching: free calls, until the video is in the store.

use std::sync::Arc;

use super::{Workshop, local};
use crate::base::TaskId;
use crate::engine::{Event, Fault, FaultClass, Seen};
use crate::plan::Failure;
use crate::provider::{Order, TaskResult, TaskStatus};
use crate::runner::video_check::{Expected, check};
use crate::store::KnownTake;

impl Workshop {
    /// Asks how a take's task is doing, and records an end.
    pub async fn poll(self: Arc<Self>, job: usize, task: TaskId) -> Event {
        Event::Polled(job, self.poll_now(job, &task).await)
    }

    pub(super) async fn poll_now(
        self: &Arc<Self>,
        job: usize,
        task: &TaskId,
    ) -> Result<Seen, Fault> {
        let status = match self.provider().status(task).await {
            Err(fault) if fault.class == FaultClass::NotFound => {
                let task = task.clone();
                self.on_disk(move |shop| shop.forgotten(&task, fault)).await?
            }
            status => status?,
        };
        let task = task.clone();
        self.on_disk(move |shop| shop.note_status(job, &task, status)).await
    }

    /// Tells a task that the provider has deleted from one that it does not show yet: a build that
    /// was left for weeks must not wait for ever for a record that cannot come back.
    pub(super) fn forgotten(&self, task: &TaskId, fault: Fault) -> Result<TaskStatus, Fault> {
        let sent = self.knowledge.ledger.sent(task).map_err(local)?;
        let retention = self.project.dialect().limits.retention();
        match sent {
            Some((at, _)) if (self.clock)().since(at) > retention => Ok(TaskStatus::Failed(fault)),
            _ => Err(fault),
        }
    }

    pub(super) fn note_status(
        &self,
        job: usize,
        task: &TaskId,
        status: TaskStatus,
    ) -> Result<Seen, Fault> {
        let ledger = &self.knowledge.ledger;
        let now = (self.clock)();
        match status {
            TaskStatus::Generating => Ok(Seen::Generating),
            TaskStatus::Succeeded(result) => {
                ledger.finish(task, now).map_err(local)?;
                self.takes[job].work().result = Some(result);
                Ok(Seen::Succeeded)
            }
            TaskStatus::Failed(fault) => {
                ledger.fail(task, &Failure::from(&fault), now).map_err(local)?;
                Ok(Seen::Failed(fault))
            }
        }
    }

    /// Downloads, checks and stores a take's video.
    pub async fn fetch(self: Arc<Self>, job: usize, task: TaskId) -> Event {
        let answer = self.fetch_now(job, &task).await;
        if answer.is_err() {
            // The address may be the trouble; the next try asks for a fresh one.
            self.takes[job].work().result = None;
        }
        Event::Fetched(job, answer)
    }

    pub(super) async fn fetch_now(
        self: &Arc<Self>,
        job: usize,
        task: &TaskId,
    ) -> Result<(), Fault> {
        let result = self.result(job, task).await?;
        let order = self.order(job).await?;
        let mut incoming = self.knowledge.objects.incoming().map_err(local)?;
        self.provider().fetch(&order, &result, &mut incoming).await?;
        let task = task.clone();
        self.on_disk(move |shop| {
            let take = &shop.takes[job];
            let position = take.position;
            let assumed = shop.project.voice_length_assumed(position);
            let expected = Expected {
                seconds: (!assumed).then(|| shop.project.seconds(position)),
                size: shop.project.scene(position).clip().and(shop.project.size(position)),
            };
            let unlike = check(&mut incoming.reopen().map_err(local)?, expected)?;
            let (digest, bytes) = incoming.publish().map_err(local)?;
            if let Some(unlike) = unlike {
                let path = shop.knowledge.objects.path(&digest);
                let what = format!("{unlike}; what came is kept as `{}`", path.display());
                return Err(Fault::new(FaultClass::Broken, what));
            }
            let locked = take.work().locked;
            if locked.is_some_and(|locked| locked != digest) {
                return Err(Fault::new(
                    FaultClass::Local,
                    format!("the provider's video of task {task} is no longer the locked one"),
                ));
            }
            let ledger = &shop.knowledge.ledger;
            let now = (shop.clock)();
            let finished = ledger.finished_at(&task).map_err(local)?.unwrap_or(now);
            let known = KnownTake { digest, bytes, task, finished };
            ledger.store(&take.recipe().1, &known, now).map_err(local)?;
            let mut work = take.work();
            work.artifact = Some(digest);
            work.claim = None;
            Ok(())
        })
        .await
    }

    /// Where a finished video is: as last seen, or asked for now.
    pub(super) async fn result(
        self: &Arc<Self>,
        job: usize,
        task: &TaskId,
    ) -> Result<TaskResult, Fault> {
        let seen = self.takes[job].work().result.clone();
        if let Some(result) = seen {
            return Ok(result);
        }
        match self.provider().status(task).await? {
            TaskStatus::Succeeded(result) => Ok(result),
            TaskStatus::Failed(fault) => Err(Fault { class: FaultClass::NotFound, ..fault }),
            TaskStatus::Generating => {
                Err(Fault::new(FaultClass::Transient, "the provider is working on it again"))
            }
        }
    }

    /// The order of a take, also of one that an earlier run has sent.
    pub(super) async fn order(self: &Arc<Self>, job: usize) -> Result<Order, Fault> {
        let known = self.takes[job].work().order.clone();
        match known {
            Some(order) => Ok(order),
            // Only a provider in this process draws from the order; it needs no hosting.
            None if !self.provider().needs_hosting() => {
                self.prepare_now(job).await?;
                Ok(self.takes[job].work().order.clone().expect("it was prepared just now"))
            }
            None => {
                let recipe = self.takes[job].recipe().0;
                Ok(Order { recipe, image: None, voice: None, callback: None })
            }
        }
    }
}
