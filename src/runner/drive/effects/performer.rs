//! The performer of the engine's effects, one function each.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::hosted_inputs::HostedInputs;
use crate::base::{Fault, Key, SceneId, TaskId, Token};
use crate::plan::Project;
use crate::provider::{FilmBucket, Provider};
use crate::runner::callbacks::CallbackChannel;
use crate::runner::drive::build_take::BuildTake;
use crate::runner::options::Clock;
use crate::runner::store_access::{LocalStore, StoreDoor};
use crate::store::Home;

/// Everything that effects need.
pub struct EffectPerformer {
    /// The project that is built.
    pub project: Arc<Project>,
    /// The storyboard's path, as the ledger names it.
    pub storyboard: String,
    /// The folder that the storyboard's paths are relative to.
    pub folder: PathBuf,
    /// The store that keeps what is known about input files, if there is one.
    pub facts: Option<Home>,
    /// Where frames for other scenes go; relative to that folder if they lie inside it.
    pub frames: PathBuf,
    /// The ledger, the artifacts, the claims and the disk.
    pub store: StoreDoor,
    /// The provider, if any takes must be made.
    pub provider: Option<Arc<dyn Provider>>,
    /// What draws stills and cards, if the film has any.
    pub drawing: Option<Arc<dyn Provider>>,
    /// The callbacks, if the build listens for them.
    pub callbacks: Option<CallbackChannel>,
    /// The shortest time between two polls of a task.
    pub poll_pause: Duration,
    /// The clock.
    pub clock: Clock,
    /// The takes, by job index.
    pub takes: Vec<BuildTake>,
    /// The keys that this build has handled; two scenes may have the same key.
    pub handled_keys: Mutex<HashSet<Key>>,
    /// The inputs that are public at the provider's upload service.
    pub hosted: HostedInputs,
    /// The bucket that they are put into instead, if the film has one.
    pub bucket: Option<FilmBucket>,
}

impl EffectPerformer {
    /// Releases what an ended take still holds.
    pub fn release(&self, job: usize) {
        let mut work = self.takes[job].work();
        work.claim = None;
        if work.artifact.is_some() {
            work.order = None;
            work.result = None;
            work.api = None;
        }
    }

    /// The next callback for a take of this build; never resolves if the build does not listen.
    pub async fn next_call(&self) -> (usize, TaskId) {
        match &self.callbacks {
            Some(callbacks) => callbacks.inbox.next().await,
            None => std::future::pending().await,
        }
    }

    /// Expects a callback for a take under this token.
    pub fn expect_call(&self, job: usize, token: Token) {
        if let Some(callbacks) = &self.callbacks {
            self.takes[job].work().token = Some(token.clone());
            callbacks.inbox.expect(job, token);
        }
    }

    /// Runs work on the store, on a thread that may block.
    pub(super) async fn with_store<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&EffectPerformer, &LocalStore) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let performer = Arc::clone(self);
        self.store.run(move |store| work(&performer, store)).await
    }

    pub(super) fn provider(&self) -> &dyn Provider {
        self.provider.as_deref().expect("a build that makes something has a provider")
    }

    /// What makes a take: the provider, or this program itself.
    pub(super) fn maker(&self, job: usize) -> &dyn Provider {
        match self.takes[job].recipe().0.is_drawn() {
            true => self.drawing.as_deref().expect("a film with drawn takes has what draws them"),
            false => self.provider(),
        }
    }

    pub(super) fn scene(&self, take: &BuildTake) -> &SceneId {
        &self.project.scene(take.position).id
    }
}
