//! Written seeds: the seeds that a storyboard writes, which a pick overrides.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::open::load_storyboard;
use super::up_to_date;
use crate::base::{ProfileId, SceneId};
use crate::plan::LockedScene;
use crate::runner::exit::Refusal;
use crate::runner::options::{Environment, Options};
use crate::storyboard::Seed;

/// The seed that the storyboard writes for each scene that has one.
#[derive(Clone, Debug, Default)]
pub struct WrittenSeeds(HashMap<SceneId, u32>);

impl WrittenSeeds {
    /// Reads them; `locked` are the scenes in question, and `count` all scenes of the lock. The
    /// storyboard itself is read only if it has changed since the last build:
    /// otherwise each picked take was made with the seed that the storyboard has, or overrides it.
    ///
    /// # Errors
    /// The storyboard cannot be read, or has errors.
    pub fn read(
        environment: &Environment,
        storyboard: &Path,
        profile: Option<&ProfileId>,
        locked: &BTreeMap<SceneId, LockedScene>,
        count: usize,
    ) -> Result<WrittenSeeds, Refusal> {
        let options = Options {
            storyboard: storyboard.to_path_buf(),
            profile: profile.cloned(),
            api: environment.api,
            catalog: environment.catalog.clone(),
            ..Options::default()
        };
        if up_to_date::storyboard_is_unchanged(&options, environment, count) {
            let picks = locked.iter().filter_map(|(scene, locked)| {
                let picked = locked.picked_take()?;
                Some((scene.clone(), picked.over.or(picked.seed)?))
            });
            return Ok(WrittenSeeds(picks.collect()));
        }
        let film = load_storyboard(&environment.disk, &options)?.film;
        let written = film.scenes.iter().filter_map(|scene| match scene.clip()?.seed {
            Some(Seed::Fixed(seed)) => Some((scene.id.clone(), seed)),
            _ => None,
        });
        Ok(WrittenSeeds(written.collect()))
    }

    /// The seed that the storyboard writes for a scene.
    pub fn of(&self, scene: &SceneId) -> Option<u32> {
        self.0.get(scene).copied()
    }
}
