//! Inputs: inspects the local files that a film uses, each once, hashing only what changed.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use super::input_file::{FileLimits, InputError, conversion, facts_of, look};
use super::storyboard_file::meant_file;
use super::symlinks::{ProjectBounds, leads_out};
use crate::base::{Diagnostic, Digest, Moment, Warning};
use crate::catalog::{DialectEntry, FrameSize, InputKind, InputRole, Limits, VoiceFormat};
use crate::plan::{InputFile, Inputs};
use crate::store::{Disk, Ledger, digest_of};
use crate::storyboard::{Film, Scene, SceneField, SceneInput};

/// Where files are inspected and their digests are remembered.
pub struct InputInspector<'a> {
    /// Where the files are.
    pub disk: &'a dyn Disk,
    /// Remembers digests by stamp.
    pub ledger: &'a Ledger,
    /// Whether it may store new ones.
    pub learns: bool,
    /// The present.
    pub now: Moment,
}

/// Inspects every local file of a film.
///
/// The diagnostics list files that are missing or unusable, at the scene that uses them.
pub fn gather(
    film: &Film,
    folder: &Path,
    memory: &InputInspector<'_>,
) -> (Inputs, Vec<Diagnostic>) {
    let dialect = film.catalog.dialect(film.api);
    let inside = ProjectBounds::of(memory.disk, folder);
    let mut inputs = Inputs::default();
    let mut mistakes = Vec::new();
    for InputUse { path, role, scene, limits } in uses(film, dialect) {
        let mut wrong = |mistake| mistakes.push(place(film, scene, role, path, mistake));
        let on_disk = folder.join(path);
        if let Some(target) = inside.outside(memory.disk, &on_disk) {
            wrong(leads_out(path, &target));
            continue;
        }
        match look(memory.disk, &on_disk, &limits) {
            Ok(mut facts) => match digest(&on_disk, memory) {
                Ok(digest) => {
                    facts.digest = digest;
                    let warning = doubtful_voice(path, &facts, &dialect.limits);
                    if let Some(warning) = warning.filter(|_| limits.kind() == InputKind::Voice) {
                        wrong(warning);
                    }
                    inputs.insert(path.to_string(), facts);
                }
                Err(error) => wrong(unreadable(memory.disk, film, scene, path, folder, &error)),
            },
            Err(InputError::Io(error)) => {
                wrong(unreadable(memory.disk, film, scene, path, folder, &error))
            }
            Err(InputError::Unfit(what, fix)) => {
                let what = format!("`{path}` {what}");
                wrong(Diagnostic::error("unfit-file", what).fix(fix));
            }
            Err(InputError::OtherRecording(kind)) => {
                let what = format!("`{path}` is {kind}, which the API does not accept as a voice");
                let fix = format!("convert it: `{}`", conversion(path));
                wrong(Diagnostic::error("unfit-file", what).fix(fix));
            }
        }
    }
    mistakes.extend(unfit_takes(film, dialect));
    for (at, path) in film.preview_fonts.iter().enumerate() {
        let font = at.to_string();
        let at_font = |mistake: Diagnostic| match film.places.value(&["preview", "fonts", &font]) {
            Some(place) => mistake.at(place),
            None => mistake,
        };
        if let Some(target) = inside.outside(memory.disk, &folder.join(path)) {
            mistakes.push(at_font(leads_out(path, &target)));
            continue;
        }
        match digest(&folder.join(path), memory) {
            Ok(digest) => {
                let facts = InputFile { digest, ..facts_of(0) };
                inputs.insert(path.clone(), facts);
            }
            Err(error) => {
                let what = format!("`preview` uses the font `{path}`");
                let label = missing_label(memory.disk, path, folder);
                mistakes.push(at_font(missing(&what, &error).label(label)));
            }
        }
    }
    (inputs, mistakes)
}

/// Reports takes of other scenes that are used as videos and are not going to be what the model
/// accepts.
fn unfit_takes(film: &Film, dialect: &'static DialectEntry) -> Vec<Diagnostic> {
    let mut mistakes = Vec::new();
    let videos = film.scenes.iter().flat_map(|scene| {
        let videos = scene.sources().filter(|source| source.2.is_none());
        videos.map(move |(slot, source, _)| (scene, slot, source))
    });
    for (scene, slot, source) in videos {
        let clip = film.scene(source).and_then(Scene::clip);
        let Some(clip) = clip else { continue };
        let (Some(seconds), Some(ratio)) = (clip.duration, clip.aspect_ratio) else { continue };
        let size = FrameSize::of(clip.resolution, ratio);
        let limits = FileLimits::of(dialect, scene, slot.role);
        let checked = limits.check_video(f64::from(seconds), (size.width, size.height), None);
        let Err(InputError::Unfit(what, fix)) = checked else { continue };
        let what = format!("scene `{}` takes the video of `{source}`, which {what}", scene.id);
        let mut mistake = Diagnostic::error("unfit-file", what).fix(fix);
        mistake.place = film.place_of(&scene.id, slot.role.field());
        mistakes.push(mistake);
    }
    mistakes
}

/// A file that a film uses.
struct InputUse<'f> {
    path: &'f str,
    role: InputRole,
    /// The first scene that uses it within these limits.
    scene: &'f Scene,
    limits: FileLimits,
}

/// The files of a film, in the order in which its scenes use them; a file that has to keep several
/// limits comes several times.
fn uses<'f>(film: &'f Film, dialect: &'static DialectEntry) -> Vec<InputUse<'f>> {
    let mut seen = HashSet::new();
    let mut uses = Vec::new();
    for scene in &film.scenes {
        for (slot, input) in scene.inputs() {
            let SceneInput::File(path) = input else { continue };
            let limits = FileLimits::of(dialect, scene, slot.role);
            if seen.insert((path, limits.id())) {
                uses.push(InputUse { path, role: slot.role, scene, limits });
            }
        }
    }
    uses
}

/// Warns of a voice that the service may refuse.
fn doubtful_voice(path: &str, facts: &InputFile, limits: &Limits) -> Option<Diagnostic> {
    let (seconds, sure) = facts.seconds.zip(limits.voice_sure_seconds)?;
    let (what, fix) = if seconds > sure {
        let what =
            format!("`{path}` is {seconds:.1} s long, and the API may refuse more than {sure} s");
        (what, "divide it into scenes; a refusal costs nothing")
    } else if facts.extension == VoiceFormat::Mp4.extension() {
        let what = format!("`{path}` is in an MP4 container, which the API may refuse");
        (what, "prefer MP3 or WAV; a refusal costs nothing")
    } else {
        return None;
    };
    Some(Diagnostic::warning(Warning::DoubtfulVoice, what).fix(fix))
}

/// The digest of a file; reads the file only if its stamp is not known.
fn digest(path: &Path, memory: &InputInspector<'_>) -> io::Result<Digest> {
    let InputInspector { disk, ledger, .. } = memory;
    let absolute = disk.canonical(path)?.display().to_string();
    let stamp = disk.stamp(path)?;
    let stamp_text = stamp.to_string();
    if let Ok(Some(digest)) = ledger.hashed(&absolute, &stamp_text) {
        return Ok(digest);
    }
    let digest = digest_of(*disk, path)?;
    // A file that is being written right now may change again under the same stamp.
    if memory.learns && disk.stamp(path)? == stamp && !stamp.is_racy(memory.now) {
        // A failure to forget only costs time.
        let _ = ledger.remember_hashed(&absolute, &stamp_text, &digest);
    }
    Ok(digest)
}

fn unreadable(
    disk: &dyn Disk,
    film: &Film,
    scene: &Scene,
    path: &str,
    folder: &Path,
    error: &io::Error,
) -> Diagnostic {
    let label = match film.scenes.iter().find(|other| other.base.as_str() == path) {
        Some(other) => format!("for a frame of that scene write `{{ scene: {} }}`", other.base),
        None => missing_label(disk, path, folder),
    };
    missing(&format!("scene `{}` uses `{path}`", scene.id), error).label(label)
}

/// A file does not exist or cannot be read; `what` says what refers to it.
fn missing(what: &str, error: &io::Error) -> Diagnostic {
    let message = match error.kind() {
        io::ErrorKind::NotFound => format!("{what}, but there is no such file"),
        _ => format!("{what}, which cannot be read: {error}"),
    };
    Diagnostic::error("missing-file", message)
}

/// What to write instead of a path that does not exist.
fn missing_label(disk: &dyn Disk, path: &str, folder: &Path) -> String {
    let meant = meant_file(disk, &folder.join(path), Path::new(""));
    let meant = meant.as_deref().map(|meant| meant.strip_prefix(folder).unwrap_or(meant));
    match meant {
        Some(meant) => format!("did you mean `{}`?", meant.display()),
        None => "paths are relative to this file".to_string(),
    }
}

fn place(
    film: &Film,
    scene: &Scene,
    role: InputRole,
    path: &str,
    mistake: Diagnostic,
) -> Diagnostic {
    match film.place_of_file(scene, SceneField::of_input(role), path) {
        Some((place, None)) => mistake.at(place),
        Some((place, Some(used))) => mistake.at(place).related(used, "used here"),
        None => mistake,
    }
}
