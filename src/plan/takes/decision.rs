//! Decisions: what people decide about the takes of a scene. They cost nothing, change only the
//! lock, and can be undone.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::Key;
use crate::plan::key::{Change, differences};
use crate::plan::lock::{LockedScene, LockedTake};

/// A decision about one take of a scene, by the take's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The film uses it.
    Pick(u32),
    /// The film uses it, or the picked one, whatever the storyboard says.
    Pin(Option<u32>),
    /// The storyboard counts again.
    Unpin,
    /// The film never uses it.
    Reject(u32),
    /// It is no longer rejected.
    Accept(u32),
    /// What to remember about it; `None` forgets it.
    Note(u32, Option<String>),
}

/// Why a decision cannot be carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum DecisionError {
    /// The scene has no take.
    NoTakes,
    /// The scene has no take with this number; it has those.
    UnknownTake(u32, Vec<u32>),
    /// That take was made from another recipe than the picked one, with these differences.
    OtherRecipe(u32, Vec<Change>),
    /// The film uses that take.
    IsPicked(u32),
}

/// Everything that people have decided about a scene: what a decision changes and `undo` restores.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    picked: Option<Key>,
    pinned: bool,
    /// The chosen take of each recipe with the seed that it overrides.
    chosen: BTreeMap<Key, Option<u32>>,
    rejected: BTreeSet<Key>,
    notes: BTreeMap<Key, String>,
}

impl Decision {
    /// Carries the decision out. `written` is the seed that the storyboard writes for the scene.
    ///
    /// # Errors
    /// It cannot be carried out; the scene is unchanged then.
    pub fn apply(
        self,
        locked: &mut LockedScene,
        written: Option<u32>,
    ) -> Result<(), DecisionError> {
        match self {
            Decision::Pick(number) => {
                let take = known(locked, number)?;
                let picked = locked.picked_take().filter(|_| !locked.pinned);
                if let Some(other) = picked.filter(|picked| picked.recipe != take.recipe) {
                    let (old, new) = (locked.shared_recipe(take), locked.shared_recipe(other));
                    return Err(DecisionError::OtherRecipe(number, differences(old, new)));
                }
                choose(locked, number, written);
            }
            Decision::Pin(number) => {
                let number = number.or(locked.picked).ok_or(DecisionError::NoTakes)?;
                known(locked, number)?;
                choose(locked, number, written);
                locked.pinned = true;
            }
            Decision::Unpin => locked.pinned = false,
            Decision::Reject(number) => {
                known(locked, number)?;
                if locked.picked == Some(number) {
                    return Err(DecisionError::IsPicked(number));
                }
                mark(locked, number, |take| {
                    take.rejected = true;
                    take.chosen = false;
                    take.over = None;
                });
            }
            Decision::Accept(number) => {
                known(locked, number)?;
                mark(locked, number, |take| take.rejected = false);
            }
            Decision::Note(number, note) => {
                known(locked, number)?;
                mark(locked, number, |take| take.note = note);
            }
        }
        Ok(())
    }
}

fn known(locked: &LockedScene, number: u32) -> Result<&LockedTake, DecisionError> {
    if locked.takes.is_empty() {
        return Err(DecisionError::NoTakes);
    }
    let numbers = || locked.takes.iter().map(|take| take.take).collect();
    locked.take(number).ok_or_else(|| DecisionError::UnknownTake(number, numbers()))
}

fn mark(locked: &mut LockedScene, number: u32, set: impl FnOnce(&mut LockedTake)) {
    if let Some(take) = locked.take_mut(number) {
        set(take);
    }
}

/// Makes a take the film's and the chosen one of its recipe.
fn choose(locked: &mut LockedScene, number: u32, written: Option<u32>) {
    locked.picked = Some(number);
    let recipe = locked.take(number).map(|take| take.recipe.clone());
    for take in locked.takes.iter_mut().filter(|take| Some(&take.recipe) == recipe.as_ref()) {
        take.chosen = take.take == number;
        take.over = written.filter(|_| take.chosen);
    }
    mark(locked, number, |take| take.rejected = false);
}

impl LockedScene {
    /// What people have decided about the scene.
    pub fn decided(&self) -> Decided {
        let takes = || self.takes.iter();
        let chosen = takes().filter(|take| take.chosen).map(|take| (take.key, take.over));
        let rejected = takes().filter(|take| take.rejected).map(|take| take.key);
        let notes = takes().filter_map(|take| Some((take.key, take.note.clone()?)));
        Decided {
            picked: self.picked_take().map(|take| take.key),
            pinned: self.pinned,
            chosen: chosen.collect(),
            rejected: rejected.collect(),
            notes: notes.collect(),
        }
    }

    /// Restores what people had decided; takes that came since remain undecided.
    pub fn restore(&mut self, decided: &Decided) {
        let picked = decided.picked.and_then(|key| self.take_with(&key));
        self.picked = picked.map(|take| take.take);
        self.pinned = decided.pinned && self.picked.is_some();
        for take in &mut self.takes {
            let chosen = decided.chosen.get(&take.key);
            take.chosen = chosen.is_some();
            take.over = chosen.copied().flatten();
            take.rejected = decided.rejected.contains(&take.key);
            take.note = decided.notes.get(&take.key).cloned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digest;
    use crate::plan::key::TakeChoice;

    /// Takes 1 and 2 of a recipe and take 3 of another; the film uses take 1.
    fn scene() -> LockedScene {
        let mut scene = LockedScene::default();
        for (number, prompt) in [(1, "fog"), (2, "fog"), (3, "rain")] {
            let digest = Digest::of(&[number as u8]);
            let take = LockedTake::new(
                number,
                Key(digest),
                TakeChoice { seed: Some(number * 11_111), ..TakeChoice::default() },
                (digest, 1),
            );
            let listing = serde_json::from_str(&format!(r#"{{"prompt":"{prompt}"}}"#)).unwrap();
            scene.keep(take, &listing);
        }
        scene.picked = Some(1);
        scene
    }

    #[test]
    fn a_pick_overrides_the_written_seed_and_leaves_one_take_chosen() {
        let mut scene = scene();
        for number in [2, 1, 2] {
            Decision::Pick(number).apply(&mut scene, Some(11_111)).unwrap();
            let chosen: Vec<u32> =
                scene.takes.iter().filter(|take| take.chosen).map(|take| take.take).collect();
            assert_eq!((scene.picked, chosen), (Some(number), vec![number]));
        }
        let fog = scene.take(2).unwrap().recipe.clone();
        assert_eq!(scene.chosen_for(&fog, Some(11_111)).unwrap().take, 2);
        assert_eq!(scene.chosen_for(&fog, Some(60_000)), None, "the storyboard has another seed");
    }

    #[test]
    fn what_cannot_be_decided_changes_nothing() {
        let before = scene();
        let mut scene = before.clone();
        let mut refused = |decision: Decision| decision.apply(&mut scene, None).unwrap_err();
        assert_eq!(refused(Decision::Pick(4)), DecisionError::UnknownTake(4, vec![1, 2, 3]));
        assert_eq!(refused(Decision::Reject(1)), DecisionError::IsPicked(1));
        let DecisionError::OtherRecipe(3, changes) = refused(Decision::Pick(3)) else {
            panic!("take 3 has another prompt");
        };
        assert_eq!(changes[0].field, "prompt");
        assert_eq!(scene, before);
        let none = Decision::Pin(None).apply(&mut LockedScene::default(), None);
        assert_eq!(none, Err(DecisionError::NoTakes));
    }

    #[test]
    fn a_pinned_scene_may_use_a_take_of_any_recipe() {
        let mut scene = scene();
        Decision::Pin(Some(3)).apply(&mut scene, None).unwrap();
        assert_eq!((scene.picked, scene.pinned), (Some(3), true));
        Decision::Pick(2).apply(&mut scene, None).unwrap();
        assert_eq!((scene.picked, scene.pinned), (Some(2), true));
        Decision::Unpin.apply(&mut scene, None).unwrap();
        assert!(!scene.pinned);
    }

    #[test]
    fn every_decision_can_be_undone() {
        for decision in [
            Decision::Pick(2),
            Decision::Pin(Some(3)),
            Decision::Reject(2),
            Decision::Note(1, Some("the good one".into())),
        ] {
            let before = scene();
            let mut scene = before.clone();
            decision.clone().apply(&mut scene, Some(11_111)).unwrap();
            assert_ne!(scene, before, "{decision:?}");
            scene.restore(&before.decided());
            assert_eq!(scene, before, "{decision:?}");
        }
    }
}
