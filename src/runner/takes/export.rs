//! Export: every take as a file, `takes/SCENE.NUMBER.mp4` in the build directory.

use std::collections::{BTreeSet, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::editor::LockEditor;
use crate::base::{Digest, SceneId};
use crate::plan::LockedTake;
use crate::runner::exit::Refusal;
use crate::runner::session::up_to_date;
use crate::store::{OutputDir, OutputError, SharedDisk};

/// The folder of the exported takes in the build directory.
const FOLDER: &str = "takes";
/// The folder of the film's own takes there.
const FILM: &str = "scenes";

/// The files of takes in a build directory.
pub struct TakeFiles {
    /// The names of those of the film.
    film: HashSet<OsString>,
    /// The names of the exported ones.
    exported: HashSet<OsString>,
}

impl TakeFiles {
    /// The file of a take inside the build directory: that of the film if the film uses it, else an
    /// exported one.
    pub fn of(&self, scene: &SceneId, take: u32, is_picked: bool) -> Option<String> {
        let there = |names: &HashSet<OsString>, folder: &str, name: &dyn Fn() -> String| {
            let name = Some(names).filter(|names| !names.is_empty()).map(|_| name())?;
            names.contains(OsStr::new(&name)).then(|| format!("{folder}/{name}"))
        };
        let in_film = || there(&self.film, FILM, &|| format!("{scene}.mp4"));
        let in_film = is_picked.then(in_film).flatten();
        in_film.or_else(|| there(&self.exported, FOLDER, &|| name(scene, take)))
    }
}

impl LockEditor {
    /// Whether the store has a video of this length in bytes.
    pub fn has(&self, video: &Digest, bytes: u64) -> bool {
        self.open.store.objects.holds(video, bytes)
    }

    /// The files of takes in the build directory: one look at each folder.
    pub fn take_files(&self, build_dir: &Path) -> TakeFiles {
        let names = |folder: &str| -> HashSet<OsString> {
            let listed = self.environment.disk.list(&build_dir.join(folder)).unwrap_or_default();
            listed.iter().filter_map(|path| path.file_name()).map(OsStr::to_os_string).collect()
        };
        TakeFiles { film: names(FILM), exported: names(FOLDER) }
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
        let placed = self.place(scenes, &mut output);
        // The timelines of cuts list the other takes that are files.
        up_to_date::forget_in(&*self.environment.disk, build_dir);
        placed.map_err(|error| {
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
        let has = |take: &LockedTake| self.has(&take.artifact, take.bytes);
        let is_wanted =
            |(scene, take): &(&SceneId, &LockedTake)| scenes.contains(*scene) && has(take);
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
            } else if has(take) {
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
