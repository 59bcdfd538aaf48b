//! The context of publishing: the session, and which take each scene has now.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crate::base::{Digest, Key, SceneId};
use crate::plan::Recipe;
use crate::runner::exit::Refusal;
use crate::runner::session::Session;
use crate::store::{DamageKind, KnownTake};

/// Which artifact each chosen scene has now, by position in film order.
pub type Artifacts = BTreeMap<usize, Option<Digest>>;
/// The recipe and key of each chosen scene, by position in film order.
pub type Recipes = BTreeMap<usize, (Recipe, Key)>;

/// What publishing works with.
pub struct PublishContext<'a> {
    /// What was built.
    pub session: &'a Session,
    /// The recipe and key of each chosen scene.
    pub recipes: &'a Recipes,
    /// What the ledger or the lock knows about each chosen take that is in the store, by position.
    pub known: HashMap<usize, KnownTake>,
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
        artifacts: &Artifacts,
        recipes: &'a Recipes,
    ) -> Result<PublishContext<'a>, Refusal> {
        let known = known_takes(session, artifacts, recipes)?;
        Ok(PublishContext {
            session,
            recipes,
            known,
            posters: RefCell::default(),
            unlike: RefCell::default(),
            damaged: RefCell::default(),
        })
    }

    /// The take of a scene, if it is in the store, with its recipe.
    pub fn take(&self, at: usize) -> Option<(&Recipe, &Key, &KnownTake)> {
        let (recipe, key) = self.recipes.get(&at)?;
        Some((recipe, key, self.known.get(&at)?))
    }
}

/// Finds the task that made each scene's artifact, from the lock or the ledger. They differ if a
/// take was made again and an older lock was checked out.
fn known_takes(
    session: &Session,
    artifacts: &Artifacts,
    recipes: &Recipes,
) -> Result<HashMap<usize, KnownTake>, Refusal> {
    let mut known = HashMap::new();
    for (at, (_, key)) in recipes {
        let Some(artifact) = artifacts.get(at).copied().flatten() else { continue };
        let locked = session.project.locked_with(*at, key).map(|take| KnownTake {
            digest: take.artifact,
            bytes: take.bytes,
            task: take.task.clone(),
            finished: take.finished,
        });
        let take = match locked.filter(|take| take.digest == artifact) {
            Some(take) => Some(take),
            None => session
                .ledger()
                .takes_of(key)
                .map_err(|error| Refusal::machine("ledger", error, "run again; nothing is lost"))?
                .into_iter()
                .find(|take| take.digest == artifact),
        };
        known.extend(take.map(|take| (*at, take)));
    }
    Ok(known)
}
