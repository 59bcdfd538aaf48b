//! The manifest: what the build directory contains before and after, and how its files are named.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::context::PublishContext;
use crate::base::{CutId, SceneId};
use crate::catalog::FrameSize;
use crate::media::probe_video;
use crate::report::{MANIFEST_VERSION, Manifest, ManifestCut, ManifestScene};
use crate::runner::session::Session;
use crate::store::{Disk, read_state};

impl PublishContext<'_> {
    /// The names of all files that may be written now.
    pub fn names(&self) -> Vec<String> {
        let film = &self.session.project.film;
        let there = film.scenes.iter().enumerate().filter(|(at, _)| self.take(*at).is_some());
        let scenes = there.flat_map(|(_, scene)| [video_name(&scene.id), poster_name(&scene.id)]);
        let cuts = film.cuts.iter().map(|cut| cut_name(&cut.id));
        let pages = ["manifest.json", "index.html"].map(str::to_string);
        pages.into_iter().chain(scenes).chain(cuts).collect()
    }

    /// A manifest of this film that lists nothing yet.
    pub fn empty_manifest(&self) -> Manifest {
        let Session { project, storyboard, .. } = self.session;
        let name = storyboard.file_name().unwrap_or(storyboard.as_os_str());
        Manifest {
            version: MANIFEST_VERSION,
            storyboard: name.to_string_lossy().into_owned(),
            title: project.film.title.clone(),
            provider: project.options.provider.family(),
            scenes: Vec::new(),
            cuts: Vec::new(),
        }
    }
}

/// What the manifest says about a video's picture.
pub struct ManifestVideo {
    pub size: FrameSize,
    pub seconds: f64,
    pub codec: String,
}

impl ManifestVideo {
    pub fn of_entry(entry: &ManifestScene) -> ManifestVideo {
        ManifestVideo {
            size: FrameSize { width: entry.width, height: entry.height },
            seconds: entry.seconds,
            codec: entry.codec.clone(),
        }
    }

    pub fn of_video(disk: &dyn Disk, path: &Path) -> io::Result<ManifestVideo> {
        let facts = probe_video(&mut disk.open(path)?).map_err(io::Error::other)?;
        Ok(ManifestVideo {
            size: facts.size,
            seconds: facts.millis as f64 / 1_000.0,
            codec: facts.codec,
        })
    }
}

/// What the build directory contained before, by name.
#[derive(Default)]
pub struct PreviousManifest {
    scenes: HashMap<SceneId, ManifestScene>,
    cuts: HashMap<CutId, ManifestCut>,
}

impl PreviousManifest {
    pub fn new(manifest: Option<Manifest>) -> PreviousManifest {
        let Some(manifest) = manifest else { return PreviousManifest::default() };
        PreviousManifest {
            scenes: manifest.scenes.into_iter().map(|e| (e.scene.clone(), e)).collect(),
            cuts: manifest.cuts.into_iter().map(|e| (e.name.clone(), e)).collect(),
        }
    }

    pub fn scene(&self, scene: &SceneId) -> Option<&ManifestScene> {
        self.scenes.get(scene)
    }

    pub fn cut(&self, cut: &CutId) -> Option<&ManifestCut> {
        self.cuts.get(cut)
    }
}

/// What a build directory contains, if a build has written it.
pub fn read_manifest(disk: &dyn Disk, root: &Path) -> Option<Manifest> {
    let text = String::from_utf8(read_state(disk, &root.join("manifest.json")).ok()?).ok()?;
    Manifest::parse(&text).ok()
}

/// Every file that a manifest lists, and the two pages.
pub fn files_of(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let scenes = manifest.scenes.iter();
    let of_scenes = scenes
        .flat_map(|scene| std::iter::once(scene.video.as_str()).chain(scene.poster.as_deref()));
    let of_cuts = manifest.cuts.iter().map(|cut| cut.path.as_str());
    of_scenes.chain(of_cuts).chain(["manifest.json", "index.html"])
}

pub fn video_name(scene: &SceneId) -> String {
    format!("scenes/{scene}.mp4")
}

pub fn poster_name(scene: &SceneId) -> String {
    format!("posters/{scene}.jpg")
}

pub fn cut_name(cut: &CutId) -> String {
    format!("cuts/{cut}.mp4")
}
