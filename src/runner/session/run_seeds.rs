//! The seeds of a run: those of drafts that are promoted, of takes that were begun, and of scenes that
//! draw a new one with each build.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::base::{Key, SceneId};
use crate::plan::{Lock, Sent};
use crate::runner::options::Options;
use crate::store::{Ledger, LedgerError};
use crate::storyboard::{Film, Scene, Seed};

/// The seed of each scene's draft that is promoted.
pub(super) fn draft_seeds(lock: &Lock, options: &Options) -> BTreeMap<SceneId, u32> {
    let draft = options.promotes.as_ref().map(|profile| lock.part(Some(profile)));
    let picks = draft.iter().flat_map(Lock::picks);
    picks.filter_map(|(scene, _, take)| Some((scene.clone(), take.seed?))).collect()
}

/// The takes that were begun for scenes besides their own and that the lock does not have, because
/// the program was killed: nothing that was paid for is forgotten.
///
/// # Errors
/// The ledger cannot be read.
pub(super) fn begun_rolls(
    film: &Film,
    ledger: &Ledger,
    storyboard: &str,
    lock: &Lock,
) -> Result<Vec<Sent>, LedgerError> {
    let locked: HashSet<Key> =
        lock.scenes.values().flat_map(|scene| &scene.takes).map(|take| take.key).collect();
    let mut begun = ledger.begun_rolls(storyboard, film.profile_name())?;
    begun.retain(|roll| !locked.contains(&roll.key));
    Ok(begun)
}

/// The seed of each scene with `seed: random` in this run.
pub(super) fn random_seeds(
    film: &Film,
    ledger: &Ledger,
    storyboard: &str,
    lock: &Lock,
    options: &Options,
) -> BTreeMap<SceneId, u32> {
    let dialect = film.catalog.dialect(film.api);
    let mut seeds: BTreeMap<SceneId, u32> = BTreeMap::new();
    // The variants of a scene share its seed, so that equal recipes are one take.
    let mut begun: HashMap<&SceneId, u32> = HashMap::new();
    let random = |scene: &&Scene| scene.clip().is_some_and(|c| c.seed == Some(Seed::Random));
    for scene in film.scenes.iter().filter(random) {
        // An interrupted build continues with the seed that it has paid for.
        let locked = lock.picked(&scene.id);
        let unfinished = ledger.unfinished_random_seed(
            storyboard,
            film.profile_name(),
            scene.id.as_str(),
            locked.map(|take| &take.key),
        );
        // Who requests more takes does not request another one of the scene's own.
        let kept = locked.filter(|_| options.reroll.is_some()).and_then(|take| take.seed);
        if let Some(seed) = unfinished.ok().flatten().or(kept) {
            begun.entry(&scene.base).or_insert(seed);
            seeds.insert(scene.id.clone(), seed);
        }
    }
    for scene in film.scenes.iter().filter(random) {
        let (id, with) = (scene.model.as_str(), scene.selecting_inputs());
        let model = dialect.branch(id, scene.scene_type(), &with);
        let range = model.and_then(|model| model.seeds);
        let Some((first, last)) = range else { continue };
        let shared = begun.entry(&scene.base).or_insert_with(|| fastrand::u32(first..=last));
        seeds.entry(scene.id.clone()).or_insert(*shared);
    }
    seeds
}
