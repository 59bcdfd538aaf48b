//! The lock file: `<storyboard>.lock`, kept in git.
//!
//! The format is JSON with sorted names and one block per scene. Every scene of the film has a
//! block, also while it has no take, so that git merges what two people do to different scenes.
//! Each scene's recipe is included, so that a plan can say what changed even on a machine that has
//! never seen the take.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conflict::{self, Disagreement};
use super::scene::LockedScene;
use super::take::LockedTake;
use super::version_1::LockOfVersion1;
use crate::base::{Digest, ProfileId, SceneId};
use crate::plan::key::Recipe;

/// The format version that this program writes. It reads all earlier versions.
pub const LOCK_VERSION: u32 = 2;

/// Which takes each scene has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The format version of this file.
    pub version: u32,
    /// The takes of each scene of the film, by scene id.
    pub scenes: BTreeMap<SceneId, LockedScene>,
    /// The takes of each scene under a profile, by the name of the profile.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<ProfileId, BTreeMap<SceneId, LockedScene>>,
}

/// Why a lock cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// It contains git conflict markers, the first at this line, and at least one side is no lock.
    #[error("line {0} is a conflict marker of git")]
    Conflict(usize),
    /// It contains git conflict markers, and the two sides differ in what a person must decide.
    #[error("{}", conflict::words(.0))]
    Disagreement(Vec<Disagreement>),
    /// A newer program wrote it.
    #[error("it has version {0}, this program knows version {LOCK_VERSION}")]
    Newer(u64),
    /// It is not a lock.
    #[error("line {line}, column {column}: {message}")]
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The error.
        message: String,
    },
    /// A take's recipe is missing, or the take is pinned and its recipe cannot be read.
    #[error("the recipe of take {take} of `{scene}` cannot be read")]
    Recipe {
        /// The scene.
        scene: SceneId,
        /// The number of its take.
        take: u32,
    },
}

impl Default for Lock {
    fn default() -> Self {
        Lock { version: LOCK_VERSION, scenes: BTreeMap::new(), profiles: BTreeMap::new() }
    }
}

impl Lock {
    /// Reads a lock's text. Where git left conflict markers, both sides are merged scene by scene.
    ///
    /// # Errors
    /// The text is no lock, or both sides of a conflict picked differently for one scene.
    #[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "only tests use it"))]
    pub fn parse(text: &str) -> Result<Lock, LockError> {
        let (lock, disagreements) = Lock::parse_both_sides(text)?;
        match disagreements.is_empty() {
            true => Ok(lock),
            false => Err(LockError::Disagreement(disagreements)),
        }
    }

    /// Reads a lock's text. If git left conflict markers, the result has what both sides say and,
    /// where they disagree, what ours says; the disagreements are returned as well.
    ///
    /// # Errors
    /// The text, or a side of the conflict, is no lock.
    pub fn parse_both_sides(text: &str) -> Result<(Lock, Vec<Disagreement>), LockError> {
        let Some(sides) = conflict::sides(text) else {
            return Ok((Lock::parse_one_side(text)?, Vec::new()));
        };
        let of_side = |text: &str| match Lock::parse_one_side(text) {
            Err(LockError::Unreadable { .. }) => Err(LockError::Conflict(sides.line)),
            read => read,
        };
        let (ours, theirs) = (of_side(&sides.ours)?, of_side(&sides.theirs)?);
        let mut disagreements = Vec::new();
        let mut profiles = ours.profiles;
        for (profile, scenes) in theirs.profiles {
            let own = profiles.remove(&profile).unwrap_or_default();
            profiles.insert(profile, conflict::merge(own, scenes, &mut disagreements));
        }
        let scenes = conflict::merge(ours.scenes, theirs.scenes, &mut disagreements);
        Ok((Lock { scenes, profiles, ..Lock::default() }, disagreements))
    }

    fn parse_one_side(text: &str) -> Result<Lock, LockError> {
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let unreadable = |error: serde_json::Error| LockError::Unreadable {
            line: error.line(),
            column: error.column(),
            message: strip_position(&error.to_string()),
        };
        // The version is on the second line; only an older or odd file is looked at as a whole.
        let lock = match text.starts_with("{\n  \"version\": 2,\n") {
            true => serde_json::from_str::<Lock>(text).map_err(unreadable)?,
            false => match serde_json::from_str::<Version>(text).map(|file| file.version) {
                Ok(version) if version > u64::from(LOCK_VERSION) => {
                    return Err(LockError::Newer(version));
                }
                Ok(1) => {
                    let old: LockOfVersion1 = serde_json::from_str(text).map_err(unreadable)?;
                    Lock { scenes: old.scenes(), ..Lock::default() }
                }
                _ => serde_json::from_str(text).map_err(unreadable)?,
            },
        };
        for (scene, locked) in lock.all_scenes() {
            if let Some(take) = locked.takes.iter().find(|take| !is_readable(locked, take)) {
                return Err(LockError::Recipe { scene: scene.clone(), take: take.take });
            }
        }
        Ok(lock)
    }

    /// Writes the lock's text, two spaces per level, with a newline at the end.
    pub fn print(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("a lock holds nothing that JSON cannot");
        text.push('\n');
        text
    }

    /// The part of the film or of a profile: its scenes alone.
    pub fn part(&self, profile: Option<&ProfileId>) -> Lock {
        let scenes = match profile {
            None => self.scenes.clone(),
            Some(profile) => self.profiles.get(profile).cloned().unwrap_or_default(),
        };
        Lock { scenes, ..Lock::default() }
    }

    /// The lock with other scenes in the part of the film or of a profile.
    pub fn with_part(
        mut self,
        profile: Option<&ProfileId>,
        scenes: BTreeMap<SceneId, LockedScene>,
    ) -> Lock {
        match profile {
            None => self.scenes = scenes,
            Some(profile) => drop(self.profiles.insert(profile.clone(), scenes)),
        }
        self
    }

    /// The take that the film uses for a scene.
    pub fn picked(&self, scene: &SceneId) -> Option<&LockedTake> {
        self.scenes.get(scene)?.picked_take()
    }

    /// Every scene with the take that the film uses.
    pub fn picks(&self) -> impl Iterator<Item = (&SceneId, &LockedScene, &LockedTake)> {
        let picks = self.scenes.iter();
        picks.filter_map(|(scene, locked)| Some((scene, locked, locked.picked_take()?)))
    }

    /// Whether there is any take, of the film or of a profile.
    pub fn has_takes(&self) -> bool {
        self.all_scenes().any(|(_, locked)| !locked.takes.is_empty())
    }

    /// Every video that somebody may still want: all but those of rejected takes.
    pub fn artifacts(&self) -> impl Iterator<Item = Digest> + '_ {
        let takes = self.all_scenes().flat_map(|(_, locked)| &locked.takes);
        takes.filter(|take| !take.rejected).map(|take| take.artifact)
    }

    /// Every scene, of the film and of the profiles.
    pub fn all_scenes(&self) -> impl Iterator<Item = (&SceneId, &LockedScene)> {
        self.scenes.iter().chain(self.profiles.values().flatten())
    }
}

/// Whether a take's recipe is there. A pinned one is used as it is, so its fields must be known.
pub(super) fn is_readable(scene: &LockedScene, take: &LockedTake) -> bool {
    let is_used = scene.pinned && scene.picked == Some(take.take);
    scene.recipes.contains_key(&take.recipe)
        && (!is_used || Recipe::of_listing(&scene.listing(take)).is_some())
}

/// Removes the ` at line 3 column 7` that serde_json appends to its messages.
fn strip_position(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |parts| parts.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Credits, Moment, TaskId};
    use crate::catalog::{ModelId, Resolution, SceneType};
    use crate::plan::key::{ProviderFamily, TakeChoice};

    fn recipe(prompt: &str, seed: u32) -> Recipe {
        Recipe {
            family: ProviderFamily::Kling,
            scene_type: SceneType::T2v,
            model: ModelId::new("kling-2-6"),
            prompt: Some(prompt.into()),
            duration: Some(5),
            resolution: Resolution::P1080,
            aspect_ratio: Some(crate::catalog::AspectRatio::WIDE),
            seed: Some(seed),
            salt: None,
            adopted: None,
            settings: crate::storyboard::ClipSettings::new(),
            shots: Vec::new(),
            elements: Vec::new(),
            inputs: BTreeMap::new(),
            preview: None,
            drawing: None,
            narrator: None,
            fits: Default::default(),
        }
    }

    fn take(number: u32, recipe: &Recipe) -> LockedTake {
        LockedTake {
            task: Some(TaskId::new(format!("kling_{number}"))),
            credits: Some(Credits::whole(50)),
            finished: Moment::from_millis(1_759_147_200_000),
            ..LockedTake::new(
                number,
                recipe.key(),
                TakeChoice { seed: recipe.seed, ..TakeChoice::default() },
                (Digest::of(recipe.key().to_string().as_bytes()), 5),
            )
        }
    }

    fn scene(takes: &[(u32, &str, u32)], picked: u32) -> LockedScene {
        let mut scene = LockedScene::default();
        for (number, prompt, seed) in takes {
            let recipe = recipe(prompt, *seed);
            scene.keep(take(*number, &recipe), &recipe.listing());
        }
        scene.picked = Some(picked);
        scene
    }

    fn lock(scenes: &[(&str, LockedScene)]) -> Lock {
        let scenes = scenes.iter().map(|(id, scene)| (id.parse().unwrap(), scene.clone()));
        Lock { scenes: scenes.collect(), ..Lock::default() }
    }

    #[test]
    fn prints_and_parses_back() {
        let dawn = scene(&[(1, "fog", 45_678), (2, "fog", 51_234), (3, "rain", 51_234)], 2);
        let lock = lock(&[("dawn", dawn), ("dusk", LockedScene::default())]);
        let text = lock.print();
        assert_eq!(Lock::parse(&text), Ok(lock));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(Lock::parse("{\n<<<<<<< HEAD\n"), Err(LockError::Conflict(2)));
        let whole = lock(&[("dawn", scene(&[(1, "fog", 45_678)], 1))]);
        let newer = whole.print().replace("\"version\": 2", "\"version\": 3");
        assert_eq!(Lock::parse(&newer), Err(LockError::Newer(3)));
        let odd = whole.print().replace("\"takes\": [", "\"tkaes\": [");
        assert!(matches!(Lock::parse(&odd), Err(LockError::Unreadable { line: 17, .. })), "{odd}");
        let mut pinned = scene(&[(1, "fog", 45_678)], 1);
        pinned.pinned = true;
        let recipe = pinned.takes[0].recipe.clone();
        pinned.recipes.get_mut(&recipe).unwrap().insert("quality".into(), "high".into());
        let unreadable = lock(&[("dawn", pinned)]).print();
        assert!(matches!(Lock::parse(&unreadable), Err(LockError::Recipe { take: 1, .. })));
    }

    #[test]
    fn a_take_that_is_made_again_keeps_its_number_and_its_note() {
        let mut dawn = scene(&[(1, "fog", 45_678), (2, "fog", 51_234)], 1);
        dawn.takes[1].note = Some("the good one".into());
        let recipe = recipe("fog", 51_234);
        let again = LockedTake { bytes: 6, take: 9, ..take(9, &recipe) };
        assert_eq!(dawn.keep(again, &recipe.listing()), 2);
        let kept = &dawn.takes[1];
        assert_eq!((kept.bytes, kept.note.as_deref()), (6, Some("the good one")));
        assert_eq!(dawn.next_number(), 3);
    }
}
