//! Cuts: join takes into one video each.

use std::collections::{BTreeMap, HashMap};
use std::io::BufWriter;
use std::path::Path;

use super::context::PublishContext;
use super::manifest::{ManifestVideo, PreviousManifest, captions_name, cut_name};
use crate::base::{Digest, DigestWriter, SceneId};
use crate::media::join;
use crate::media::join::JoinClip;
use crate::plan::ProviderChoice;
use crate::report::{Caption, Manifest, ManifestCut, webvtt};
use crate::runner::fetch::ExpectedVideo;
use crate::store::{OutputDir, OutputError, digest_of};
use crate::storyboard::{Cut, Scene};

/// The result of making a cut.
pub enum CutPlaced {
    /// It is in the build directory.
    There {
        /// Its entry in the manifest.
        entry: ManifestCut,
        /// Whether this build made it.
        made: bool,
    },
    /// One of its scenes has no take yet.
    Waits,
    /// It could not be made, and why.
    Failed(String),
}

impl PublishContext<'_> {
    /// Makes a cut, unless the directory already has it. `now` names the artifact of each scene.
    ///
    /// # Errors
    /// The build directory cannot be written.
    pub fn place_cut(
        &self,
        cut: &Cut,
        now: &HashMap<SceneId, Digest>,
        before: &PreviousManifest,
        output: &mut OutputDir,
    ) -> Result<CutPlaced, OutputError> {
        let name = cut_name(&cut.id);
        let now = |scene: &SceneId| now.get(scene).copied();
        let Some(parts) = cut.scenes.iter().map(now).collect::<Option<Vec<Digest>>>() else {
            return Ok(CutPlaced::Waits);
        };
        let film = &self.session.project.film;
        let used_of = |id: &SceneId| film.scene(id).and_then(|scene| scene.used_millis);
        let used: BTreeMap<SceneId, f64> = cut
            .scenes
            .iter()
            .filter_map(|id| Some((id.clone(), used_of(id)? as f64 / 1_000.0)))
            .collect();
        let then = |scene: &SceneId| before.scene(scene).map(|entry| entry.artifact);
        let is_same = |old: &&ManifestCut| {
            old.scenes.iter().map(then).eq(parts.iter().map(|part| Some(*part)))
                && old.used == used
                && output.remembered(&old.path) == Some(old.sha256)
        };
        let disk = &*self.session.environment.disk;
        let names = [Some(&cut.id), cut.was.as_ref()].into_iter().flatten();
        if let Some(old) = names.filter_map(|name| before.cut(name)).find(is_same) {
            if old.path == name {
                output.keep(&name);
            } else {
                let path = output.path(&old.path);
                let is_intact = || Ok(digest_of(disk, &path)? == old.sha256);
                output.place_artifact(&name, &path, old.sha256, is_intact)?;
            }
            let (name, path, scenes) = (cut.id.clone(), name, cut.scenes.clone());
            let entry = ManifestCut { name, path, scenes, captions: None, ..old.clone() };
            return Ok(CutPlaced::There { entry, made: false });
        }
        let path = output.path(&name);
        let io = |error| OutputError::Io { path: path.clone(), error };
        let clip = |(scene, digest)| JoinClip {
            path: self.session.store.objects.path(digest),
            millis: used_of(scene),
        };
        let parts: Vec<JoinClip> = cut.scenes.iter().zip(&parts).map(clip).collect();
        // A cut can be made from the store again at any time, so it is not stored as an artifact.
        let joined = output.temporary().map_err(io)?;
        let mut writer = BufWriter::new(DigestWriter::new(joined));
        let open = |path: &Path| disk.open(path);
        let joined_parts = match self.session.project.options.provider {
            ProviderChoice::Preview(_) => join::join_animatics(&parts, open, &mut writer),
            ProviderChoice::Kling | ProviderChoice::Rehearsal => {
                join::join(&parts, open, &mut writer)
            }
        };
        if let Err(error) = joined_parts {
            return Ok(CutPlaced::Failed(error.to_string()));
        }
        let writer = writer.into_inner().map_err(|error| io(error.into_error()))?;
        let (joined, sha256, bytes) = writer.finish();
        let picture =
            ManifestVideo::of_video(disk, joined.path(), ExpectedVideo::default()).map_err(io)?;
        let is_intact = || Ok(digest_of(disk, joined.path())? == sha256);
        output.place_artifact(&name, joined.path(), sha256, is_intact)?;
        let entry = ManifestCut {
            name: cut.id.clone(),
            path: name,
            captions: None,
            scenes: cut.scenes.clone(),
            used,
            bytes,
            sha256,
            seconds: picture.seconds,
        };
        Ok(CutPlaced::There { entry, made: true })
    }

    /// Places what is narrated in a cut beside it, if anything is, and returns the file's name. The
    /// manifest says how long each scene's video is.
    ///
    /// # Errors
    /// The build directory cannot be written.
    pub fn place_captions(
        &self,
        cut: &Cut,
        manifest: &Manifest,
        output: &mut OutputDir,
    ) -> Result<Option<String>, OutputError> {
        let film = &self.session.project.film;
        if film.scenes.iter().all(|scene| scene.narration.is_none()) {
            return Ok(None);
        }
        let scenes: HashMap<&SceneId, &Scene> =
            film.scenes.iter().map(|scene| (&scene.id, scene)).collect();
        let lengths: HashMap<&SceneId, u64> = manifest
            .scenes
            .iter()
            .map(|entry| (&entry.scene, (entry.seconds * 1_000.0).round() as u64))
            .collect();
        let (mut starts, mut captions) = (0, Vec::new());
        for id in &cut.scenes {
            let (scene, whole) = (scenes.get(id), lengths.get(id).copied().unwrap_or(0));
            let used = scene.and_then(|scene| scene.used_millis).map_or(whole, |it| it.min(whole));
            if let Some(text) = scene.and_then(|scene| scene.narration.clone()) {
                captions.push(Caption { from: starts, to: starts + used, text });
            }
            starts += used;
        }
        let Some(text) = webvtt(&captions) else { return Ok(None) };
        let name = captions_name(&cut.id);
        output.place_bytes(&name, text.as_bytes())?;
        Ok(Some(name))
    }
}
