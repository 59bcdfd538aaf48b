//! Up to date: recognises that nothing has changed since a finished build, without parsing.
//!
//! The build directory keeps the stamps of every file that the last build read and wrote. They
//! count only as a whole: if one stamp, the options or the version of this program differ, the
//! session takes the slow path, which gives the same answer.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::open::Session;
use crate::base::Digest;
use crate::runner::options::{Environment, Options};
use crate::store::{Disk, OutputDir, Stamp, read_state, real_path, write_atomically};
use crate::storyboard::{Scene, SceneInput, Seed};

/// The name of the file in the build directory.
const NAME: &str = ".unchanged.json";

/// The record of a finished build.
#[derive(Debug, Serialize, Deserialize)]
struct FinishedBuild {
    /// The options of the build.
    question: Digest,
    /// How many scenes were chosen.
    scenes: usize,
    /// Every file read or written, with its stamp.
    files: Vec<(PathBuf, Stamp)>,
}

/// How many scenes are up to date, if a build with the same options has finished and no file has
/// changed since.
pub fn unchanged(options: &Options, environment: &Environment) -> Option<usize> {
    let disk = &*environment.disk;
    let bytes = read_state(disk, &options.output_dir().join(NAME)).ok()?;
    let finished: FinishedBuild = serde_json::from_slice(&bytes).ok()?;
    let same = finished.question == question(options, environment)
        && finished.files.iter().all(|(path, stamp)| disk.stamp(path).ok() == Some(*stamp));
    same.then_some(finished.scenes)
}

/// Whether the storyboard and the files that it consists of are unchanged since a finished build of
/// all of its scenes.
pub fn storyboard_is_unchanged(
    options: &Options,
    environment: &Environment,
    scenes: usize,
) -> bool {
    let disk = &*environment.disk;
    let root = options.output_dir();
    let Ok(bytes) = read_state(disk, &root.join(NAME)) else { return false };
    let Ok(finished) = serde_json::from_slice::<FinishedBuild>(&bytes) else { return false };
    let lock = super::lock_file::path_of(&options.storyboard);
    let mut inputs =
        finished.files.iter().filter(|(path, _)| *path != lock && !path.starts_with(&root));
    finished.scenes == scenes && inputs.all(|(path, stamp)| disk.stamp(path).ok() == Some(*stamp))
}

/// Remembers a finished build, if that is safe: a file that changed a moment ago may change again
/// under the same stamp, and a random seed requires a new take every time. If there are warnings,
/// the next build must report them again.
pub fn remember(session: &Session, output: &OutputDir) {
    if let Some(finished) = finished(session, output) {
        let text = serde_json::to_vec(&finished).expect("plain values go into JSON");
        let path = session.build_dir.join(NAME);
        let disk = &*session.environment.disk;
        if read_state(disk, &path).is_ok_and(|before| before == text) {
            return;
        }
        // Without it, the next build is only slower.
        let _ = write_atomically(disk, &path, &text);
    }
}

/// Forgets the last build: something is about to be made, and if this build is killed, the next one
/// must look at the ledger even if all files are unchanged.
pub fn forget(session: &Session) {
    forget_in(&*session.environment.disk, &session.build_dir);
}

/// Forgets the last build of a build directory: files beside it are new that the next one lists.
pub fn forget_in(disk: &dyn Disk, build_dir: &Path) {
    let _ = disk.remove_file(&build_dir.join(NAME));
}

fn finished(session: &Session, output: &OutputDir) -> Option<FinishedBuild> {
    let (film, disk) = (&session.project.film, &*session.environment.disk);
    let drawn = |seed: Option<Seed>| seed == Some(Seed::Random);
    let is_drawn = film.scenes.iter().any(|scene| drawn(scene.clip().and_then(|clip| clip.seed)));
    let is_reroll = session.options.reroll.is_some();
    if is_drawn || is_reroll || !session.warnings.is_empty() {
        return None;
    }
    let mut inputs: Vec<(PathBuf, Stamp)> = session.storyboard_stamps.clone()?;
    let files = film.scenes.iter().flat_map(Scene::inputs).filter_map(|(_, input)| match input {
        SceneInput::File(path) => Some(path),
        SceneInput::Url(..) | SceneInput::Frame(..) | SceneInput::Video(_) => None,
    });
    let voiceovers = film.scenes.iter().filter_map(|scene| scene.voiceover.as_ref());
    let named = files.chain(&film.preview_fonts).chain(voiceovers);
    let given = session.options.vars_files.iter().chain(&session.options.catalog).cloned();
    let installed = session.installed_fonts.iter().map(|font| font.path.clone());
    let named = named.map(|path| real_path(disk, session.folder(), path));
    let reader = session.environment.scratch_reader.clone();
    let reader = reader.filter(|_| session.options.preview);
    for path in named.chain(given).chain(installed).chain(reader) {
        let stamp = disk.stamp(&path).ok()?;
        inputs.push((path, stamp));
    }
    if inputs.iter().any(|(_, stamp)| stamp.is_racy(session.now())) {
        return None;
    }
    if let Some(lock) = session.lock_path.as_ref().filter(|path| disk.entry(path).is_ok()) {
        inputs.push((lock.clone(), disk.stamp(lock).ok()?));
    }
    inputs.extend(output.stamps());
    Some(FinishedBuild {
        question: question(&session.options, &session.environment),
        scenes: session.plan.takes.len(),
        files: inputs,
    })
}

fn question(options: &Options, environment: &Environment) -> Digest {
    let Environment { home, api, api_base, scratch_reader, .. } = environment;
    let reader = scratch_reader.as_ref().filter(|_| options.preview);
    let asked = (env!("CARGO_PKG_VERSION"), options, home, api, api_base, reader);
    Digest::of(format!("{asked:?}").as_bytes())
}
