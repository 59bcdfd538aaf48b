//! A take of a running build, and what the effects have found out about it so far.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::{Credits, Digest, Key, SceneId, TaskId, Token};
use crate::catalog::Dialect;
use crate::plan::{PlannedTake, Recipe, TakeChoice};
use crate::provider::{Order, TaskResult};
use crate::store::Claim;

/// A take of a build.
pub struct BuildTake {
    /// The scene's position in film order.
    pub position: usize,
    /// What distinguishes it, if it is another take than the one that the film uses.
    pub roll: Option<TakeChoice>,
    /// Its number in the lock, as the plan gave it.
    pub number: u32,
    /// The most that it costs if it has to be generated.
    pub price: Credits,
    /// The scenes whose takes it uses, each with the job of its take.
    pub sources: Vec<(SceneId, usize)>,
    work: Mutex<TakeWork>,
}

/// What has been found out about a take.
#[derive(Default)]
pub struct TakeWork {
    /// Its recipe and key.
    pub recipe: Option<(Arc<Recipe>, Key)>,
    /// The claim that allows this process to make it.
    pub claim: Option<Claim>,
    /// The token that the callback of its latest submission must carry, if one was requested.
    pub token: Option<Token>,
    /// The task that was asked about last, and the API dialect that it was made in.
    pub api: Option<(TaskId, Dialect)>,
    /// What will be sent.
    pub order: Option<Arc<Order>>,
    /// The address of the finished video, until that address fails.
    pub result: Option<TaskResult>,
    /// The task whose video must be looked for before another one is paid for.
    pub perhaps_kept: Option<TaskId>,
    /// The digest that a restored video must have.
    pub locked: Option<Digest>,
    /// Its video in the store.
    pub artifact: Option<Digest>,
    /// The length of that video in bytes; 0 if it is not known.
    pub bytes: u64,
}

impl BuildTake {
    /// A take as the plan found it; `stored` is its video and the video's length, if it exists.
    pub fn new(
        planned: &PlannedTake,
        sources: Vec<(SceneId, usize)>,
        stored: Option<(Digest, u64)>,
    ) -> BuildTake {
        let work = TakeWork {
            recipe: planned.recipe.clone().zip(planned.key),
            artifact: stored.map(|(artifact, _)| artifact),
            bytes: stored.map_or(0, |(_, bytes)| bytes),
            ..TakeWork::default()
        };
        let PlannedTake { position, roll, number, price, .. } = *planned;
        BuildTake { position, roll, number, price, sources, work: Mutex::new(work) }
    }

    /// Its number, if it is another take than the one that the film uses.
    pub fn other_number(&self) -> Option<u32> {
        self.roll.map(|_| self.number)
    }

    /// What has been found out; locked only briefly, never across an await.
    pub fn work(&self) -> MutexGuard<'_, TakeWork> {
        // Every change is a single assignment, so a panic leaves nothing half done.
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its recipe and key.
    pub fn recipe(&self) -> (Arc<Recipe>, Key) {
        self.work().recipe.clone().expect("the engine resolves a take before anything else")
    }

    /// Its video in the store.
    pub fn artifact(&self) -> Option<Digest> {
        self.work().artifact
    }
}
