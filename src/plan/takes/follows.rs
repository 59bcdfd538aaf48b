//! What follows a pick: the takes that were made from the take that the film used until now.

use std::collections::BTreeSet;

use crate::base::{Credits, Digest, SceneId};
use crate::plan::key::{recipe_id, uses_video, with_video};
use crate::plan::lock::{Lock, LockedScene, LockedTake};

/// A scene whose take goes stale because another take is picked for the scene that
/// it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The scene.
    pub scene: SceneId,
    /// The number of its take.
    pub take: u32,
    /// The number of the take that it will use instead, if there is one for that frame: nothing is
    /// to be paid then.
    pub instead: Option<u32>,
    /// What its take cost; absent if it is not known.
    pub credits: Option<Credits>,
}

/// The scenes whose takes go stale if a scene uses the video `new` instead of `old`, in the order
/// of their names, each after the scene that it was made from. Pinned scenes do not.
pub fn what_goes_stale(lock: &Lock, old: Digest, new: Digest) -> Vec<Stale> {
    let mut stale = Vec::new();
    let mut seen: BTreeSet<&SceneId> = BTreeSet::new();
    let mut open = vec![(old, Some(new))];
    while let Some((old, new)) = open.pop() {
        let users = lock.picks().filter(|(_, locked, take)| {
            !locked.pinned && uses_video(locked.shared_recipe(take), old)
        });
        for (scene, locked, take) in users {
            if !seen.insert(scene) {
                continue;
            }
            let instead = new.and_then(|new| same_with(locked, take, old, new));
            open.push((take.artifact, instead.map(|take| take.artifact)));
            stale.push(Stale {
                scene: scene.clone(),
                take: take.take,
                instead: instead.map(|take| take.take),
                credits: take.credits,
            });
        }
    }
    stale
}

/// The take of a scene that differs from another only in that it shows frames of the video `new`
/// where that shows frames of `old`.
fn same_with<'a>(
    locked: &'a LockedScene,
    take: &LockedTake,
    old: Digest,
    new: Digest,
) -> Option<&'a LockedTake> {
    let recipe = recipe_id(&with_video(locked.shared_recipe(take), old, new));
    let mut fitting = locked.takes.iter().filter(|other| other.recipe == recipe);
    fitting.find(|other| other.chosen || other.choice() == take.choice())
}
