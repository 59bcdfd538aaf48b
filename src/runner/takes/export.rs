//! Export: every take as a file, `takes/SCENE.NUMBER.mp4` in the build directory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::editor::LockEditor;
use crate::base::{Digest, SceneId};
use crate::plan::LockedTake;
use crate::runner::exit::Refusal;
use crate::store::{OutputDir, OutputError, SharedDisk};

/// The folder of the exported takes in the build directory.
const FOLDER: &str = "takes";

impl LockEditor {
    /// Where an exported take is.
    pub fn exported(build_dir: &Path, scene: &SceneId, take: u32) -> PathBuf {
        build_dir.join(FOLDER).join(name(scene, take))
    }

    /// Whether the store has the video of a take.
    pub fn has(&self, take: &LockedTake) -> bool {
        self.open.store.objects.holds(&take.artifact, take.bytes)
    }

    /// Whether a file is there.
    pub fn has_file(&self, path: &Path) -> bool {
        self.environment.disk.has_file(path)
    }

    /// Places the takes of these scenes as files, and returns how many there are and how many are
    /// missing because the store does not have them. Files of takes that no longer exist are
    /// removed.
    ///
    /// # Errors
    /// The build directory cannot be written, or a file of the user's has the name of one of ours.
    pub fn export(
        &self,
        build_dir: &Path,
        scenes: &BTreeSet<SceneId>,
    ) -> Result<(usize, usize), Refusal> {
        let disk = SharedDisk::clone(&self.environment.disk);
        let mut output = OutputDir::open(disk, build_dir.join(FOLDER));
        self.place(scenes, &mut output).map_err(|error| {
            let fix = "make room, or move files of your own out of the way; nothing is lost";
            Refusal::machine("takes", error, fix)
        })
    }

    fn place(
        &self,
        scenes: &BTreeSet<SceneId>,
        output: &mut OutputDir,
    ) -> Result<(usize, usize), OutputError> {
        let all = || {
            let scenes = self.scenes().iter();
            scenes.flat_map(|(scene, locked)| locked.takes.iter().map(move |take| (scene, take)))
        };
        let is_wanted =
            |(scene, take): &(&SceneId, &LockedTake)| scenes.contains(*scene) && self.has(take);
        let names: Vec<(String, Digest)> = all()
            .filter(is_wanted)
            .map(|(scene, take)| (name(scene, take.take), take.artifact))
            .collect();
        output.announce(names.iter().map(|(name, digest)| (name.as_str(), Some(*digest))))?;
        let (mut there, mut missing) = (0, 0);
        for (scene, take) in all() {
            let name = name(scene, take.take);
            if !scenes.contains(scene) {
                output.keep(&name);
            } else if self.has(take) {
                let artifact = self.open.store.objects.path(&take.artifact);
                output.place_artifact(&name, &artifact, take.artifact)?;
                there += 1;
            } else {
                missing += 1;
            }
        }
        output.finish()?;
        Ok((there, missing))
    }
}

fn name(scene: &SceneId, take: u32) -> String {
    format!("{scene}.{take}.mp4")
}
