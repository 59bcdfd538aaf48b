//! Lock updates: the lock names each take as soon as its video is stored, so that a build that is
//! killed loses none of its takes for other clones.
//!
//! One write is under way at a time; takes that finish meanwhile share the next one. In a film of
//! thousands of scenes a write takes a while, and the next one waits for a few times as long: most
//! of the processor is for the build. The first write prints every scene, the others only those with
//! new takes. The lock is replaced as a whole, so it is valid at every moment. The manifest and the
//! pages wait for the end of the build: they can be made again from the store.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::effects::EffectPerformer;
use crate::runner::publish::{KnownTakes, StoredRoll, StoredTakes, WrittenLock, update_lock};
use crate::runner::session::Session;
use crate::runner::store_access::OwnThread;
use crate::store::SharedDisk;

/// Writes the lock while a build runs.
pub struct LockUpdates {
    session: Arc<Session>,
    performer: Arc<EffectPerformer>,
    /// Whether a take has finished since the last write began.
    is_stale: bool,
    /// The positions of the scenes of those takes.
    changed: BTreeSet<usize>,
    /// Whether the next write may print only them.
    has_blocks: bool,
    /// The write that is under way, and when it began.
    writing: Option<(Instant, BoxFuture<'static, bool>)>,
    /// When the next write may begin.
    rests_until: Instant,
    /// What the writes have found out about takes.
    known: Arc<KnownTakes>,
    /// What was written last.
    written: Arc<Mutex<WrittenLock>>,
    /// Where the writes run: each has the lock several times in memory.
    thread: OwnThread,
}

/// How many times as long as the last write took the next one waits, and at most.
const REST_TIMES: u32 = 9;
const REST_MAX: Duration = Duration::from_secs(3);

impl LockUpdates {
    /// Keeps the lock of this build.
    pub fn new(session: Arc<Session>, performer: Arc<EffectPerformer>) -> LockUpdates {
        LockUpdates {
            session,
            performer,
            is_stale: false,
            changed: BTreeSet::new(),
            has_blocks: false,
            writing: None,
            rests_until: Instant::now(),
            known: Arc::default(),
            written: Arc::default(),
            thread: OwnThread::default(),
        }
    }

    /// A take has its video now; one that the plan reuses is in the lock already, or is added at
    /// the end.
    pub fn finished(&mut self, job: usize) {
        let take = &self.session.plan.takes[job];
        let is_new = !take.action.is_reuse();
        self.is_stale |= is_new && self.session.lock_path.is_some();
        self.changed.extend(is_new.then_some(take.position));
    }

    /// Goes on with a write, or begins one if a take has finished; never resolves if there is
    /// nothing to write. May be dropped at any time and called again.
    pub async fn advance(&mut self) {
        if self.writing.is_none() && self.is_stale {
            tokio::time::sleep_until(self.rests_until).await;
            self.is_stale = false;
            let changed = std::mem::take(&mut self.changed);
            let writing = self.write(Some(changed).filter(|_| self.has_blocks));
            self.writing = Some((Instant::now(), writing));
        }
        let Some((begun, writing)) = &mut self.writing else { return std::future::pending().await };
        self.has_blocks = writing.await;
        self.rests_until = Instant::now() + (begun.elapsed() * REST_TIMES).min(REST_MAX);
        self.writing = None;
    }

    /// Waits for the write that is under way.
    pub async fn finish(mut self) {
        if self.writing.is_some() {
            self.advance().await;
        }
    }

    /// Writes the takes of the scenes at these positions, or all takes. Returns whether the next
    /// write may be of the first kind. A failed write does not fail the build: the lock is written
    /// again at its end, and an error is reported then.
    fn write(&self, changed: Option<BTreeSet<usize>>) -> BoxFuture<'static, bool> {
        let session = Arc::clone(&self.session);
        let known = Arc::clone(&self.known);
        let is_wanted = |at| changed.as_ref().is_none_or(|changed| changed.contains(&at));
        let stored = StoredTakes { known, ..stored_takes(&self.performer, is_wanted) };
        let disk = SharedDisk::clone(&session.environment.disk);
        let last = Arc::clone(&self.written);
        let written = self.thread.run(&disk, move || {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(update_lock(&session, &stored, changed.as_ref(), &mut last))
        });
        Box::pin(async move {
            match written.await {
                Ok(Ok(has_blocks)) => return has_blocks,
                Ok(Err(refusal)) => tracing::warn!(?refusal, "the lock could not be updated"),
                Err(fault) => tracing::warn!(%fault, "the lock could not be updated"),
            }
            false
        })
    }
}

/// The takes of a build that are in the store, and the recipes of all, for the scenes at wanted
/// positions.
pub fn stored_takes(performer: &EffectPerformer, is_wanted: impl Fn(usize) -> bool) -> StoredTakes {
    let mut stored = StoredTakes::default();
    for take in performer.takes.iter().filter(|take| is_wanted(take.position)) {
        let (artifact, recipe) = (take.artifact(), take.work().recipe.clone());
        match (take.roll, artifact, recipe) {
            (None, artifact, recipe) => {
                stored.artifacts.insert(take.position, artifact);
                stored.recipes.extend(recipe.map(|recipe| (take.position, recipe)));
            }
            (Some(_), Some(artifact), Some(recipe)) => {
                let (at, number) = (take.position, take.number);
                stored.rolls.push(StoredRoll { at, number, recipe, artifact });
            }
            (Some(_), ..) => stored.has_unfinished_rolls = true,
        }
    }
    stored
}
