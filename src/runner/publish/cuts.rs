//! Cuts: join takes into one video each.

use std::collections::HashMap;
use std::io::BufWriter;
use std::path::Path;

use super::context::PublishContext;
use super::manifest::{ManifestVideo, PreviousManifest, captions_name, cut_name};
use crate::base::{Digest, DigestWriter, FrameRate, SceneId};
use crate::media::join;
use crate::media::join::{JoinClip, JoinedClip};
use crate::plan::ProviderChoice;
use crate::report::{Caption, ManifestClip, ManifestCut, webvtt};
use crate::runner::fetch::ExpectedVideo;
use crate::store::{OutputDir, OutputError, digest_of};
use crate::storyboard::{Cut, CutClip};

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
        let Some(parts) = cut.scenes().map(now).collect::<Option<Vec<Digest>>>() else {
            return Ok(CutPlaced::Waits);
        };
        let then = |scene: &SceneId| before.scene(scene).map(|entry| entry.artifact);
        let is_same = |old: &&ManifestCut| {
            old.frame_rate.is_some()
                && old.scenes.iter().map(then).eq(parts.iter().map(|part| Some(*part)))
                && old.clips.iter().map(|clip| clip.length).eq(cut.clips.iter().map(length))
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
            let scenes = cut.scenes().cloned().collect();
            let clips = old.clips.iter().zip(cut.scenes());
            let clips = clips.map(|(clip, id)| ManifestClip { scene: id.clone(), ..clip.clone() });
            let (name, clips) = (cut.id.clone(), clips.collect());
            let entry = ManifestCut {
                name,
                path: cut_name(&cut.id),
                scenes,
                clips,
                captions: None,
                timelines: Vec::new(),
                ..old.clone()
            };
            return Ok(CutPlaced::There { entry, made: false });
        }
        let path = output.path(&name);
        let io = |error| OutputError::Io { path: path.clone(), error };
        let clip = |(clip, digest): (&CutClip, &Digest)| JoinClip {
            path: self.session.store.objects.path(digest),
            millis: clip.used_millis,
        };
        let parts: Vec<JoinClip> = cut.clips.iter().zip(&parts).map(clip).collect();
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
        let video = match joined_parts {
            Ok(video) => video,
            Err(error) => {
                let of_scene = |path: &Path| {
                    let at = parts.iter().position(|part| part.path == path)?;
                    Some(cut.clips[at].scene.to_string().into())
                };
                return Ok(CutPlaced::Failed(error.renaming(of_scene).to_string()));
            }
        };
        let writer = writer.into_inner().map_err(|error| io(error.into_error()))?;
        let (joined, sha256, bytes) = writer.finish();
        let clip_of = |(clip, joined)| manifest_clip(clip, joined, video.rate);
        let picture =
            ManifestVideo::of_video(disk, joined.path(), ExpectedVideo::default()).map_err(io)?;
        let is_intact = || Ok(digest_of(disk, joined.path())? == sha256);
        output.place_artifact(&name, joined.path(), sha256, is_intact)?;
        let entry = ManifestCut {
            name: cut.id.clone(),
            path: name,
            captions: None,
            timelines: Vec::new(),
            scenes: cut.scenes().cloned().collect(),
            clips: cut.clips.iter().zip(&video.clips).map(clip_of).collect(),
            bytes,
            sha256,
            seconds: picture.seconds,
            frame_rate: Some(video.rate),
        };
        Ok(CutPlaced::There { entry, made: true })
    }

    /// Places what is narrated in a cut beside it, if anything is, and returns the file's name.
    ///
    /// # Errors
    /// The build directory cannot be written.
    pub fn place_captions(
        &self,
        cut: &ManifestCut,
        output: &mut OutputDir,
    ) -> Result<Option<String>, OutputError> {
        let film = &self.session.project.film;
        let narrated = film.scenes.iter().filter_map(|it| Some((&it.id, it.narration.as_ref()?)));
        let narrated: HashMap<&SceneId, &String> = narrated.collect();
        let caption = |clip: &ManifestClip| {
            let millis = |seconds: f64| (seconds * 1_000.0).round() as u64;
            let text = String::clone(narrated.get(&clip.scene)?);
            Some(Caption {
                from: millis(clip.starts),
                to: millis(clip.starts + clip.seconds),
                text,
            })
        };
        let captions: Vec<Caption> = cut.clips.iter().filter_map(caption).collect();
        let Some(text) = webvtt(&captions) else { return Ok(None) };
        let name = captions_name(&cut.name);
        output.place_bytes(&name, text.as_bytes())?;
        Ok(Some(name))
    }
}

/// How many seconds of a scene the storyboard asks for, if not for all.
fn length(clip: &CutClip) -> Option<f64> {
    clip.used_millis.map(|millis| millis as f64 / 1_000.0)
}

fn manifest_clip(clip: &CutClip, joined: &JoinedClip, rate: FrameRate) -> ManifestClip {
    let seconds = |millis: u64| millis as f64 / 1_000.0;
    ManifestClip {
        scene: clip.scene.clone(),
        starts: seconds(joined.starts_millis),
        seconds: seconds(joined.ends_millis - joined.starts_millis),
        length: length(clip),
        frames: joined.frames,
        source_frames: joined.source_frames,
        frame_rate: joined.rate.filter(|own| *own != rate),
        sound: joined.sound,
    }
}
