//! Export: every take as a file, `takes/SCENE.NUMBER.mp4` in the build directory.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::editor::LockEditor;
use crate::base::{Digest, SceneId};
use crate::plan::LockedTake;
use crate::runner::exit::Refusal;
use crate::store::{OutputDir, OutputError, SharedDisk};

/// The folder of the exported takes in the build directory.
const FOLDER: &str = "takes";

/// The files of takes in a build directory.
pub struct TakeFiles {
    build_dir: PathBuf,
    there: HashSet<PathBuf>,
}

impl TakeFiles {
    /// The file of a take: that of the film if the film uses it, else an exported one.
    pub fn of(&self, scene: &SceneId, take: u32, is_picked: bool) -> Option<PathBuf> {
        let in_film = || self.build_dir.join("scenes").join(format!("{scene}.mp4"));
        let exported = self.build_dir.join(FOLDER).join(name(scene, take));
        let files = is_picked.then(in_film).into_iter().chain([exported]);
        files.into_iter().find(|path| self.there.contains(path))
    }
}

impl LockEditor {
    /// Whether the store has the video of a take.
    pub fn has(&self, take: &LockedTake) -> bool {
        self.open.store.objects.holds(&take.artifact, take.bytes)
    }

    /// The files of takes in the build directory: one look at each folder.
    pub fn take_files(&self, build_dir: &Path) -> TakeFiles {
        let list = |folder: &str| self.environment.disk.list(&build_dir.join(folder));
        let there = ["scenes", FOLDER].into_iter().filter_map(|folder| list(folder).ok());
        TakeFiles { build_dir: build_dir.to_path_buf(), there: there.flatten().collect() }
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
                let (objects, artifact) = (&self.open.store.objects, &take.artifact);
                let is_intact = || objects.is_intact(artifact);
                output.place_artifact(&name, &objects.path(artifact), *artifact, is_intact)?;
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
