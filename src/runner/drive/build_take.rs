//! A take under way: what has been worked out of it so far, shared by the effects about it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::base::{Digest, Key, TaskId, Token};
use crate::plan::{PlannedTake, Recipe};
use crate::provider::{Order, TaskResult};
use crate::store::Claim;

/// A take of a build.
pub struct BuildTake {
    /// The scene's position in film order.
    pub position: usize,
    /// The job whose take's frame it shows.
    pub frame_of: Option<usize>,
    work: Mutex<TakeWork>,
}

/// What has been worked out of a take.
#[derive(Default)]
pub struct TakeWork {
    /// Its recipe and key.
    pub recipe: Option<(Recipe, Key)>,
    /// The right to make it.
    pub claim: Option<Claim>,
    /// What the callback of its latest submission has to bring, where one was asked for.
    pub token: Option<Token>,
    /// What will be sent.
    pub order: Option<Order>,
    /// Where the finished video is, until that address fails.
    pub result: Option<TaskResult>,
    /// The task whose video has to be looked for before another one is paid for.
    pub perhaps_kept: Option<TaskId>,
    /// The digest that a restored video has to have.
    pub locked: Option<Digest>,
    /// Its video in the store.
    pub artifact: Option<Digest>,
    /// The length of that video in bytes; 0 where it is not known.
    pub bytes: u64,
}

impl BuildTake {
    /// A take as the plan found it; `stored` is its video and that one's length, where it is made.
    pub fn new(
        planned: &PlannedTake,
        frame_of: Option<usize>,
        stored: Option<(Digest, u64)>,
    ) -> BuildTake {
        let work = TakeWork {
            recipe: planned.recipe.clone().zip(planned.key),
            artifact: stored.map(|(artifact, _)| artifact),
            bytes: stored.map_or(0, |(_, bytes)| bytes),
            ..TakeWork::default()
        };
        BuildTake { position: planned.position, frame_of, work: Mutex::new(work) }
    }

    /// What has been worked out; held for moments only, never across an await.
    pub fn work(&self) -> MutexGuard<'_, TakeWork> {
        // Every change is a single assignment, so a panic leaves nothing half done.
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its recipe and key.
    pub fn recipe(&self) -> (Recipe, Key) {
        self.work().recipe.clone().expect("the engine resolves a take before anything else")
    }

    /// Its video in the store.
    pub fn artifact(&self) -> Option<Digest> {
        self.work().artifact
    }
}
