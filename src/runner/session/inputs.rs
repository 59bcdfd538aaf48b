//! Inputs: inspects the local files that a film uses, each once, hashing only what changed.

use std::collections::HashSet;
use std::io::{self, BufReader};
use std::path::Path;

use super::storyboard_file::meant_file;
use super::symlinks::{ProjectBounds, leads_out};
use crate::base::{Diagnostic, Digest, Moment, Readable, Warning};
use crate::catalog::{InputRole, Limits, VoiceFormat};
use crate::media::{probe_image, probe_voice};
use crate::plan::{InputFile, Inputs};
use crate::store::{Disk, EntryKind, Ledger, digest_of};
use crate::storyboard::{Film, Scene, SceneField, SceneInput};

/// What an input is, whatever it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum InputKind {
    Picture,
    Voice,
}

impl InputKind {
    const fn of(role: InputRole) -> InputKind {
        match role {
            InputRole::Image | InputRole::EndImage => InputKind::Picture,
            InputRole::Voice => InputKind::Voice,
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            InputKind::Picture => "image",
            InputKind::Voice => "voice",
        }
    }
}

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
    let limits = &film.catalog.dialect(film.api).limits;
    let inside = ProjectBounds::of(memory.disk, folder);
    let mut inputs = Inputs::default();
    let mut mistakes = Vec::new();
    for InputUse { path, role, scene } in uses(film) {
        let mut wrong = |mistake| mistakes.push(place(film, scene, role, path, mistake));
        let on_disk = folder.join(path);
        if let Some(target) = inside.outside(memory.disk, &on_disk) {
            wrong(leads_out(path, &target));
            continue;
        }
        match look(memory.disk, &on_disk, InputKind::of(role), limits) {
            Ok(mut facts) => match digest(&on_disk, memory) {
                Ok(digest) => {
                    facts.digest = digest;
                    if let Some(warning) = doubtful_voice(path, &facts, limits) {
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
        }
    }
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
                let facts = facts_of(0, digest);
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

/// A file that a film uses.
struct InputUse<'f> {
    path: &'f str,
    role: InputRole,
    /// The first scene that uses it.
    scene: &'f Scene,
}

/// The files of a film, in the order in which its scenes use them.
fn uses(film: &Film) -> Vec<InputUse<'_>> {
    let mut seen = HashSet::new();
    let mut uses = Vec::new();
    for scene in &film.scenes {
        for (role, input) in scene.inputs() {
            if let SceneInput::File(path) = input
                && seen.insert((path, InputKind::of(role)))
            {
                uses.push(InputUse { path, role, scene });
            }
        }
    }
    uses
}

enum InputError {
    Io(io::Error),
    Unfit(String, String),
}

fn look(
    disk: &dyn Disk,
    path: &Path,
    kind: InputKind,
    limits: &Limits,
) -> Result<InputFile, InputError> {
    let entry = disk.entry(path).map_err(InputError::Io)?;
    if entry.kind != EntryKind::File {
        let fix = format!("name the file of the {}", kind.noun());
        return Err(InputError::Unfit("is not a file".into(), fix));
    }
    let bytes = entry.stamp.bytes();
    let bytes_max = match kind {
        InputKind::Picture => limits.image_max_bytes,
        InputKind::Voice => limits.voice_max_bytes,
    };
    if bytes > bytes_max {
        let megabytes = |bytes: u64| bytes as f64 / 1_048_576.0;
        let what = format!(
            "is {:.1} MB; the API accepts at most {:.0} MB",
            megabytes(bytes),
            megabytes(bytes_max)
        );
        return Err(InputError::Unfit(what, "make it smaller".into()));
    }
    let facts = facts_of(bytes, Digest::of(b""));
    let file = disk.open(path).map_err(InputError::Io)?;
    match kind {
        InputKind::Picture => look_at_image(file, limits, facts),
        InputKind::Voice => look_at_voice(file, limits, facts),
    }
}

fn look_at_image(
    file: Box<dyn Readable>,
    limits: &Limits,
    facts: InputFile,
) -> Result<InputFile, InputError> {
    let known = limits.image_formats.iter().map(|format| format.extension());
    let fix = format!("the API accepts {}", known.collect::<Vec<_>>().join(", "));
    let image = probe_image(BufReader::new(file))
        .map_err(|error| InputError::Unfit(format!("is not a picture: {error}"), fix.clone()))?;
    if !limits.image_formats.contains(&image.format) {
        return Err(InputError::Unfit(format!("is {}", image.format.extension()), fix));
    }
    let (width, height) = image.size;
    if let Some(least) = limits.image_min_side.filter(|least| width.min(height) < *least) {
        let what = format!("has {width}×{height} pixels");
        let fix = format!("the API accepts at least {least} on each side");
        return Err(InputError::Unfit(what, fix));
    }
    Ok(InputFile {
        media_type: image.format.media_type(),
        extension: image.format.extension(),
        picture: Some(image.size),
        ..facts
    })
}

fn look_at_voice(
    file: Box<dyn Readable>,
    limits: &Limits,
    facts: InputFile,
) -> Result<InputFile, InputError> {
    let known = limits.voice_formats.iter().map(|format| format.extension());
    let fix = format!("the API accepts {}", known.collect::<Vec<_>>().join(", "));
    let voice = probe_voice(file).map_err(|error| {
        InputError::Unfit(format!("is not a voice recording: {error}"), fix.clone())
    })?;
    if !limits.voice_formats.contains(&voice.format) {
        return Err(InputError::Unfit(format!("is {}", voice.format.extension()), fix));
    }
    if limits.voice_max_is_final && voice.seconds > limits.voice_max_seconds {
        let what = format!("is {:.1} s long", voice.seconds);
        let fix = format!("the API accepts at most {} s: divide it", limits.voice_max_seconds);
        return Err(InputError::Unfit(what, fix));
    }
    Ok(InputFile {
        media_type: voice.format.media_type(),
        extension: voice.format.extension(),
        voice_seconds: Some(voice.seconds),
        ..facts
    })
}

/// Warns of a voice that the service may refuse.
fn doubtful_voice(path: &str, facts: &InputFile, limits: &Limits) -> Option<Diagnostic> {
    let (seconds, sure) = facts.voice_seconds.zip(limits.voice_sure_seconds)?;
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

fn facts_of(bytes: u64, digest: Digest) -> InputFile {
    InputFile {
        digest,
        bytes,
        media_type: "application/octet-stream",
        extension: "bin",
        picture: None,
        voice_seconds: None,
    }
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
