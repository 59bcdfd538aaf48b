//! The build directory: videos, posters and cuts, what is beside them, then the pages that list
//! them.

use std::collections::HashMap;
use std::path::PathBuf;

use super::context::PublishContext;
use super::cuts::CutPlaced;
use super::manifest::{PreviousManifest, files_of, read_manifest};
use crate::base::{CutId, Digest, SceneId};
use crate::report::gallery;
use crate::store::{DamageKind, OutputDir, OutputError, SharedDisk};

/// The contents of the build directory after a build.
#[derive(Clone, Debug, Default)]
pub struct PublishResult {
    /// The page to open.
    pub gallery: Option<PathBuf>,
    /// The cuts that exist.
    pub cuts: Vec<PublishedCut>,
    /// The cuts that could not be made, and why.
    pub failed_cuts: Vec<(CutId, String)>,
    /// What the edit decision lists that this build wrote cannot say about their cuts.
    pub notes: Vec<String>,
    /// The scenes whose video differs from the request, and how.
    pub unlike: Vec<(SceneId, String)>,
    /// The scenes whose stored video was damaged, and whether it was moved to quarantine.
    pub damaged: Vec<(SceneId, DamageKind)>,
}

/// A cut that is in the build directory.
#[derive(Clone, Debug)]
pub struct PublishedCut {
    /// The cut.
    pub cut: CutId,
    /// Its video.
    pub path: PathBuf,
    /// The video's length in bytes.
    pub bytes: u64,
    /// Whether this build made it; otherwise it existed before.
    pub made: bool,
}

impl PublishContext<'_> {
    /// Brings the build directory up to date.
    ///
    /// # Errors
    /// It cannot be written, or a file of the user's has the name of one of ours.
    pub fn write_build(&self) -> Result<(PublishResult, OutputDir), OutputError> {
        let film = &self.session.project.film;
        let root = &self.session.build_dir;
        let disk = &self.session.environment.disk;
        let before = read_manifest(&**disk, root);
        let mut output = OutputDir::open(SharedDisk::clone(disk), root);
        if let Some(before) = &before {
            files_of(before).for_each(|name| output.adopt(name));
        }
        output.announce(self.names().iter().map(|(name, digest)| (name.as_str(), *digest)))?;
        let before = PreviousManifest::new(before);

        let mut manifest = self.empty_manifest();
        for at in 0..film.scenes.len() {
            manifest.scenes.extend(self.place_scene(at, &before, &mut output)?);
        }
        let now: HashMap<SceneId, Digest> =
            manifest.scenes.iter().map(|entry| (entry.scene.clone(), entry.artifact)).collect();
        let mut published = PublishResult::default();
        let others = self.other_takes();
        for cut in &film.cuts {
            match self.place_cut(cut, &now, &before, &mut output)? {
                CutPlaced::There { mut entry, made } => {
                    entry.captions = self.place_captions(&entry, &mut output)?;
                    let notes =
                        self.place_timelines(&mut entry, &manifest, &others, &mut output)?;
                    published.notes.extend(notes);
                    let (cut, bytes) = (cut.id.clone(), entry.bytes);
                    let path = output.path(&entry.path);
                    published.cuts.push(PublishedCut { cut, path, bytes, made });
                    manifest.cuts.push(entry);
                }
                CutPlaced::Waits => {}
                CutPlaced::Failed(why) => published.failed_cuts.push((cut.id.clone(), why)),
            }
        }
        manifest.shot_list = Some(self.place_shot_list(&manifest, &mut output)?);
        output.make_durable()?;
        output.place_bytes("manifest.json", manifest.print().as_bytes())?;
        output.place_bytes("index.html", gallery(&manifest).as_bytes())?;
        published.gallery = Some(output.path("index.html"));
        published.unlike = self.unlike.take();
        published.damaged = self.damaged.take();
        output.finish()?;
        Ok((published, output))
    }
}
