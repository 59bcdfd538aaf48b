//! The manifest: what the build directory contains before and after, and how its files are named.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use super::context::PublishContext;
use crate::base::{CutId, Digest, SceneId};
use crate::catalog::FrameSize;
use crate::media::{MediaError, probe_video};
use crate::report::{MANIFEST_VERSION, Manifest, ManifestCut, ManifestScene};
use crate::runner::fetch::ExpectedVideo;
use crate::runner::session::Session;
use crate::store::{Disk, read_state};

impl PublishContext<'_> {
    /// The names of all files that may be written now, with the digests of those that are artifacts.
    pub fn names(&self) -> Vec<(String, Option<Digest>)> {
        let film = &self.session.project.film;
        let there = film.scenes.iter().enumerate();
        let there = there.filter_map(|(at, scene)| Some((&scene.id, self.take(at)?.2.digest)));
        let scenes = there
            .flat_map(|(id, digest)| [(video_name(id), Some(digest)), (poster_name(id), None)]);
        let narrated: HashSet<&SceneId> = film
            .scenes
            .iter()
            .filter(|scene| scene.narration.is_some())
            .map(|scene| &scene.id)
            .collect();
        let cuts = film.cuts.iter().flat_map(|cut| {
            let is_narrated = cut.scenes().any(|scene| narrated.contains(scene));
            let captions = is_narrated.then(|| (captions_name(&cut.id), None));
            let timelines = timeline_names(&cut.id).map(|name| (name, None));
            std::iter::once((cut_name(&cut.id), None)).chain(captions).chain(timelines)
        });
        let pages = ["manifest.json", "index.html", SHOT_LIST].map(|name| (name.to_string(), None));
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
            profile: project.film.profile.clone(),
            provider: project.options.provider.family(),
            scenes: Vec::new(),
            cuts: Vec::new(),
            shot_list: None,
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

    /// Examines a video. What this program cannot tell about one is taken from the request.
    pub fn of_video(
        disk: &dyn Disk,
        path: &Path,
        expected: ExpectedVideo,
    ) -> io::Result<ManifestVideo> {
        let asked = expected.seconds.unwrap_or_default();
        let facts = match probe_video(&mut disk.open(path)?) {
            Ok(facts) => facts,
            Err(MediaError::Unsupported(_) | MediaError::TooLarge { .. }) => {
                let size = expected.size.unwrap_or(FrameSize { width: 0, height: 0 });
                return Ok(ManifestVideo { size, seconds: asked, codec: "unknown".to_string() });
            }
            Err(error) => return Err(io::Error::other(error)),
        };
        let seconds = match facts.millis {
            0 => asked,
            millis => millis as f64 / 1_000.0,
        };
        Ok(ManifestVideo { size: facts.size, seconds, codec: facts.codec })
    }

    /// How it differs from the request, if it does by more than models usually do.
    pub fn difference(&self, expected: ExpectedVideo) -> Option<String> {
        match self.codec.as_str() {
            "unknown" => Some("its format is not known here, so it could not be examined".into()),
            _ => expected.difference(self.size, (self.seconds * 1_000.0).round() as u64),
        }
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

/// The name of the shot list.
pub const SHOT_LIST: &str = "scenes.csv";

/// Every file that a manifest lists, and the two pages.
pub fn files_of(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let scenes = manifest.scenes.iter();
    let of_scenes = scenes
        .flat_map(|scene| std::iter::once(scene.video.as_str()).chain(scene.poster.as_deref()));
    let cuts = manifest.cuts.iter();
    let of_cuts = cuts.flat_map(|cut| {
        let beside = cut.captions.as_deref().into_iter();
        let beside = beside.chain(cut.timelines.iter().map(String::as_str));
        std::iter::once(cut.path.as_str()).chain(beside)
    });
    let lists = manifest.shot_list.as_deref();
    of_scenes.chain(of_cuts).chain(lists).chain(["manifest.json", "index.html"])
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

pub fn captions_name(cut: &CutId) -> String {
    format!("cuts/{cut}.vtt")
}

/// The files of a cut for editing programs: OpenTimelineIO, FCPXML and EDL.
pub fn timeline_names(cut: &CutId) -> [String; 3] {
    ["otio", "fcpxml", "edl"].map(|ending| format!("cuts/{cut}.{ending}"))
}
