//! The context of publishing: the session, and which take each scene has now.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::{Credits, Digest, Key, Moment, SceneId, TaskId};
use crate::plan::{LockedTake, Recipe};
use crate::runner::exit::Refusal;
use crate::runner::session::Session;
use crate::store::DamageKind;

/// Which artifact each chosen scene has now, by position in film order.
pub type Artifacts = BTreeMap<usize, Option<Digest>>;
/// The recipe and key of each chosen scene, by position in film order.
pub type Recipes = BTreeMap<usize, (Arc<Recipe>, Key)>;

/// Another take than the one that the film uses, which is in the store.
pub struct StoredRoll {
    /// The scene's position in film order.
    pub at: usize,
    /// Its number, as the plan gave it.
    pub number: u32,
    /// Its recipe and key.
    pub recipe: (Arc<Recipe>, Key),
    /// Its video.
    pub artifact: Digest,
}

/// Every take of a build that is in the store.
#[derive(Default)]
pub struct StoredTakes {
    /// Which artifact each chosen scene has now.
    pub artifacts: Artifacts,
    /// The recipe and key of each chosen scene.
    pub recipes: Recipes,
    /// The other takes.
    pub rolls: Vec<StoredRoll>,
    /// Whether other takes are missing: the next build goes on with them.
    pub has_unfinished_rolls: bool,
    /// What is known about takes from an earlier look.
    pub known: Arc<KnownTakes>,
}

/// What a build has found out about its takes, by key and video. It stays the same while the build
/// runs, and the lock is written again and again meanwhile.
#[derive(Default)]
pub struct KnownTakes {
    /// Their origins.
    pub published: Mutex<HashMap<(Key, Digest), PublishedTake>>,
    /// Their entries in the lock, but for the number.
    pub locked: Mutex<HashMap<(Key, Digest), LockedTake>>,
}

/// A video in the store with its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedTake {
    /// The video.
    pub digest: Digest,
    /// The video's length in bytes.
    pub bytes: u64,
    /// The task that generated it; `None` for a file of the user's own.
    pub task: Option<TaskId>,
    /// When the provider finished it, or when it was adopted.
    pub finished: Moment,
    /// What was paid for it, if the lock says.
    pub credits: Option<Credits>,
}

/// What publishing works with.
pub struct PublishContext<'a> {
    /// What was to be built.
    pub session: &'a Session,
    /// What was built.
    pub stored: &'a StoredTakes,
    /// What the ledger or the lock knows about each chosen take that is in the store, by position.
    pub known: HashMap<usize, PublishedTake>,
    /// The posters drawn so far, by artifact.
    pub posters: RefCell<HashMap<Digest, Rc<Vec<u8>>>>,
    /// The scenes placed so far whose video differs from the request, and how.
    pub unlike: RefCell<Vec<(SceneId, String)>>,
    /// The scenes so far whose stored video was found to be damaged, and whether it was moved.
    pub damaged: RefCell<Vec<(SceneId, DamageKind)>>,
}

impl<'a> PublishContext<'a> {
    /// Finds out which take each scene has.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn new(
        session: &'a Session,
        stored: &'a StoredTakes,
    ) -> Result<PublishContext<'a>, Refusal> {
        let mut known = HashMap::new();
        for (at, (_, key)) in &stored.recipes {
            if let Some(artifact) = stored.artifacts.get(at).copied().flatten() {
                let take = stored.known.published(session, *at, key, artifact)?;
                known.extend(take.map(|take| (*at, take)));
            }
        }
        Ok(PublishContext {
            session,
            stored,
            known,
            posters: RefCell::default(),
            unlike: RefCell::default(),
            damaged: RefCell::default(),
        })
    }

    /// The take of a scene, if it is in the store, with its recipe.
    pub fn take(&self, at: usize) -> Option<(&Recipe, &Key, &PublishedTake)> {
        let (recipe, key) = self.stored.recipes.get(&at)?;
        Some((recipe, key, self.known.get(&at)?))
    }
}

impl KnownTakes {
    /// The origin of a key's artifact; see [`published_take`].
    pub fn published(
        &self,
        session: &Session,
        at: usize,
        key: &Key,
        artifact: Digest,
    ) -> Result<Option<PublishedTake>, Refusal> {
        let mut known = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(take) = known.get(&(*key, artifact)) {
            return Ok(Some(take.clone()));
        }
        let found = published_take(session, at, key, artifact)?;
        known.extend(found.clone().map(|take| ((*key, artifact), take)));
        Ok(found)
    }
}

/// Finds the task that made a key's artifact, from the lock or the ledger. They differ if a take was
/// made again and an older lock was checked out.
pub fn published_take(
    session: &Session,
    at: usize,
    key: &Key,
    artifact: Digest,
) -> Result<Option<PublishedTake>, Refusal> {
    let locked = session.project.locked_with(at, key).filter(|take| take.artifact == artifact);
    if let Some(take) = locked {
        return Ok(Some(PublishedTake {
            digest: take.artifact,
            bytes: take.bytes,
            task: take.task.clone(),
            finished: take.finished,
            credits: take.credits,
        }));
    }
    let known = session
        .ledger()
        .takes_of(key)
        .map_err(|error| Refusal::machine("ledger", error, "run again; nothing is lost"))?;
    let made = known.into_iter().find(|take| take.digest == artifact);
    Ok(made.map(|take| PublishedTake {
        digest: take.digest,
        bytes: take.bytes,
        task: Some(take.task),
        finished: take.finished,
        credits: None,
    }))
}
