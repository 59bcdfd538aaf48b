//! Scenes: the video of each take, and its entry in the manifest.

use super::context::PublishContext;
use super::manifest::{ManifestVideo, PreviousManifest, poster_name, video_name};
use crate::base::{Credits, Key, TaskId};
use crate::plan::{LockedScene, ProviderFamily};
use crate::report::ManifestScene;
use crate::runner::fetch::ExpectedVideo;
use crate::store::{DamageKind, OutputDir, OutputError, verify};
use crate::storyboard::Scene;

impl PublishContext<'_> {
    /// What a scene's take cost: as it was recorded when it was sent, else by today's catalog.
    pub(super) fn committed(
        &self,
        at: usize,
        task: &TaskId,
        same: Option<&ManifestScene>,
    ) -> Credits {
        let recorded = || self.session.ledger().committed(task).ok().flatten();
        let known = same.map(|old| old.credits).or_else(recorded);
        known.unwrap_or_else(|| self.session.project.price(at, &|_| None))
    }

    /// The number that the lock gives a scene's take.
    fn number(&self, at: usize, key: &Key) -> u32 {
        let locked = self.session.project.locked_scene(at);
        let kept = locked.and_then(|locked| Some(locked.take_with(key)?.take));
        kept.or_else(|| locked.map(LockedScene::next_number)).unwrap_or(1)
    }

    /// Places a scene's video and poster. A scene without a take in this build keeps its files in
    /// the directory and its old entry in the manifest, under its present label and tags.
    ///
    /// # Errors
    /// The build directory cannot be written.
    pub fn place_scene(
        &self,
        at: usize,
        before: &PreviousManifest,
        output: &mut OutputDir,
    ) -> Result<Option<ManifestScene>, OutputError> {
        let Scene { id: scene, label, tags, .. } = self.session.project.scene(at);
        let old = before.scene(scene);
        let (video, poster) = (video_name(scene), poster_name(scene));
        let Some((recipe, key, take)) = self.take(at) else {
            let there = old.filter(|old| output.remembered(&video) == Some(old.artifact));
            if there.is_some() {
                output.keep(&video);
                output.keep(&poster);
            } else {
                output.keep_changed(&video);
                output.keep_changed(&poster);
            }
            return Ok(there.map(|old| ManifestScene {
                label: label.clone(),
                tags: tags.clone(),
                ..old.clone()
            }));
        };
        let disk = &*self.session.environment.disk;
        let objects = &self.session.store.objects;
        let is_intact = || objects.is_intact(&take.digest);
        match output.place_artifact(&video, &objects.path(&take.digest), take.digest, is_intact) {
            Err(OutputError::Damaged(digest)) => {
                // It counts as absent from now on, so that the next build has it restored.
                let damage = verify(&self.session.home, objects, &digest);
                let changed = || DamageKind::Stays("changed while it was read".into());
                let kind = damage.map_or_else(changed, |damage| damage.kind);
                self.damaged.borrow_mut().push((scene.clone(), kind));
                return Ok(None);
            }
            placed => drop(placed?),
        }
        let same = old.filter(|old| old.artifact == take.digest);
        let expected = ExpectedVideo::of_scene(&self.session.project, at);
        let picture = match same {
            Some(old) => ManifestVideo::of_entry(old),
            // What was placed has been compared with its digest; what the store has may have been
            // damaged since.
            None => {
                let path = output.path(&video);
                ManifestVideo::of_video(disk, &path, expected)
                    .map_err(|error| OutputError::Io { path, error })?
            }
        };
        if let Some(how) = picture.difference(expected) {
            self.unlike.borrow_mut().push((scene.clone(), how));
        }
        let is_same = same.is_some();
        let has_poster = self.place_poster(scene, take.digest, is_same, output)?;
        let paid = !matches!(recipe.family, ProviderFamily::Preview | ProviderFamily::Drawn);
        Ok(Some(ManifestScene {
            scene: scene.clone(),
            label: label.clone(),
            tags: tags.clone(),
            scene_type: recipe.scene_type,
            model: recipe.model.clone(),
            prompt: recipe.prompt.clone(),
            resolution: recipe.resolution,
            aspect_ratio: recipe.aspect_ratio,
            seed: recipe.seed,
            take: self.number(at, key),
            key: *key,
            video,
            poster: has_poster.then_some(poster),
            artifact: take.digest,
            bytes: take.bytes,
            width: picture.size.width,
            height: picture.size.height,
            seconds: picture.seconds,
            codec: picture.codec,
            task: take.task.clone().filter(|_| paid),
            credits: match &take.task {
                Some(task) => self.committed(at, task, same),
                None => Credits::ZERO,
            },
            made: paid.then_some(take.finished),
        }))
    }
}
