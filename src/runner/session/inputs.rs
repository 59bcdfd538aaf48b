//! Inputs: inspects the local files that a film uses, each once, reading only what changed.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use super::file_look::{FileFacts, FileUse, LOOK_VERSION, Looked, look_at_files};
use super::input_file::{FileLimits, InputError};
use super::project_files::same_name;
use super::storyboard_file::meant_file;
use super::symlinks::{ProjectBounds, leads_out};
use crate::base::{Diagnostic, Digest, Moment, SceneId, Warning};
use crate::catalog::{
    DialectEntry, FrameSize, InputKind, InputRole, Limits, PictureFit, VoiceFormat,
};
use crate::plan::{InputFile, Inputs};
use crate::runner::conversion::Conversions;
use crate::store::{Disk, EntryKind, FactsCache, Home, Stamp, real_path};
use crate::storyboard::{Film, Scene, SceneField, SceneInput};

/// Where files are inspected, and where what was found out about them is kept.
pub struct InputInspector<'a> {
    /// Where the files are.
    pub disk: &'a dyn Disk,
    now: Moment,
    /// Whether files outside the project may be used.
    allows_outside: bool,
    /// The store that keeps what is found out, if there is one, and what it has.
    cache: Option<(&'a Home, RefCell<FactsCache<FileFacts>>)>,
}

impl<'a> InputInspector<'a> {
    /// Inspects the files of a storyboard, given by its name in the ledger, at this moment; those
    /// outside its project as well, if that is allowed.
    pub fn new(
        disk: &'a dyn Disk,
        home: Option<&'a Home>,
        storyboard: &str,
        now: Moment,
        allows_outside: bool,
    ) -> InputInspector<'a> {
        let cache = home.map(|home| {
            (home, RefCell::new(FactsCache::open(disk, home, storyboard, LOOK_VERSION)))
        });
        InputInspector { disk, now, cache, allows_outside }
    }

    /// The digest of a font outside the project.
    pub(super) fn font_digest(&self, path: &Path) -> Option<Digest> {
        let name = path.to_str()?;
        let found = self.look_at(Path::new(""), std::iter::once((name, FileUse::Font)));
        found.get(&(name, FileUse::Font))?.as_ref().ok().map(|(digest, _)| *digest)
    }

    /// Keeps what was found out.
    pub fn finish(self) {
        if let Some((home, cache)) = self.cache {
            cache.into_inner().save(self.disk, home);
        }
    }
}

/// What was found out about the local files of a film.
#[derive(Default)]
pub struct GatheredInputs {
    /// The facts that the plan needs.
    pub inputs: Inputs,
    /// Files that are missing or must not be used, and warnings, at the scenes that use them.
    pub found: Vec<Diagnostic>,
    /// Files and takes that cannot be inputs. That matters only where a take is to be made with
    /// them: what was paid for stays usable, whatever the rules have become since.
    pub unfit: Vec<UnfitInput>,
}

/// A file or a take that cannot be an input of some scenes; for each of them what is wrong.
pub struct UnfitInput(pub(super) Vec<(SceneId, Diagnostic)>);

impl UnfitInput {
    /// What is wrong, at the first scene of which a take is to be made.
    pub fn for_first(self, mut is_made: impl FnMut(&SceneId) -> bool) -> Option<Diagnostic> {
        self.0.into_iter().find(|(scene, _)| is_made(scene)).map(|(_, mistake)| mistake)
    }
}

/// Inspects every local file of a film.
pub fn gather(film: &Film, folder: &Path, inspector: &InputInspector<'_>) -> GatheredInputs {
    let disk = inspector.disk;
    let dialect = film.catalog.dialect(film.api);
    let inside = inspector.bounds(folder);
    let mut gathered = GatheredInputs { unfit: unfit_takes(film, dialect), ..Default::default() };
    let uses = uses(film, dialect);
    let is_readable = |used: &&InputUse<'_>| {
        let on_disk = real_path(disk, folder, used.path);
        let length = disk.entry(&on_disk).ok().filter(|entry| entry.kind == EntryKind::File);
        inside.outside(disk, &on_disk).is_none()
            && length.is_some_and(|it| it.stamp.bytes() <= BYTES_MAX)
    };
    let files = uses.iter().filter(is_readable);
    let files = files.map(|used| (used.path, FileUse::Input(used.limits.kind())));
    let fonts = film.preview_fonts.iter().map(|path| (path.as_str(), FileUse::Font));
    let looked = inspector.look_at(folder, files.chain(fonts));
    for used in &uses {
        let InputUse { path, role, scenes, limits, fit } = used;
        let scene = scenes[0];
        let mut say = |mistake| gathered.found.push(place(film, scene, *role, path, mistake));
        let on_disk = real_path(disk, folder, path);
        if let Some(target) = inside.outside(disk, &on_disk) {
            say(leads_out(path, &target));
            continue;
        }
        if let Some(mistake) = same_name(disk, folder, path) {
            say(mistake);
            continue;
        }
        if film.base_url().is_some() && path.split('/').any(|part| part == "..") {
            let what = "is above the storyboard's folder, where `hosting.base_url` does not reach";
            let fix = "move it into the folder, or remove `hosting`";
            let error = InputError { what: what.into(), fix: fix.into() };
            gathered.unfit.push(used.unfit(film, &error));
        }
        let unreadable = |error: &io::Error| unreadable(disk, film, scene, path, folder, error);
        let bytes = match disk.entry(&on_disk) {
            Ok(entry) if entry.kind == EntryKind::File => entry.stamp.bytes(),
            Ok(_) => {
                let fix = format!("name the file of the {}", noun(limits.kind()));
                say(Diagnostic::error("unfit-file", format!("`{path}` is not a file")).fix(fix));
                continue;
            }
            Err(error) => {
                say(unreadable(&error));
                continue;
            }
        };
        let checked = match looked.get(&(path, FileUse::Input(limits.kind()))) {
            Some(Ok((digest, facts))) => {
                let input = match facts {
                    Ok(facts) => facts.input(*digest, bytes),
                    Err(_) => InputFile::of_digest(*digest),
                };
                let conversions = Conversions::new(disk, folder);
                if let Ok(FileFacts::Voice { unheard: Some(kind), .. }) = facts {
                    say(not_previewed(path, kind, conversions));
                }
                let warning = doubtful_voice(path, &input, &dialect.limits);
                if let Some(warning) = warning.filter(|_| limits.kind() == InputKind::Voice) {
                    say(warning);
                }
                if let Ok(FileFacts::Picture { is_transparent: true, .. }) = facts {
                    say(seen_through(path));
                }
                gathered.inputs.insert(path.to_string(), input);
                limits.check_length(bytes).and_then(|()| match facts {
                    Ok(facts) => limits.check(path, facts, *fit, conversions),
                    Err(error) => Err(limits.refuse(path, error, conversions)),
                })
            }
            Some(Err(error)) => {
                say(unreadable(error));
                continue;
            }
            None => {
                let most = BYTES_MAX >> 20;
                let what =
                    format!("`{path}` has {} MB; no file may have more than {most}", bytes >> 20);
                say(Diagnostic::error("unfit-file", what).fix("make it smaller"));
                continue;
            }
        };
        if let Err(error) = checked {
            gathered.unfit.push(used.unfit(film, &error));
        }
    }
    gather_fonts(film, folder, disk, &inside, &looked, &mut gathered);
    gathered
}

/// The longest file that is looked at, in bytes: several times what any model accepts.
const BYTES_MAX: u64 = 1 << 30;

/// Adds the fonts of the preview.
fn gather_fonts(
    film: &Film,
    folder: &Path,
    disk: &dyn Disk,
    inside: &ProjectBounds,
    looked: &HashMap<(&str, FileUse), Looked>,
    gathered: &mut GatheredInputs,
) {
    for (at, path) in film.preview_fonts.iter().enumerate() {
        let font = at.to_string();
        let at_font = |mistake: Diagnostic| match film.places.value(&["preview", "fonts", &font]) {
            Some(place) => mistake.at(place),
            None => mistake,
        };
        if let Some(target) = inside.outside(disk, &real_path(disk, folder, path)) {
            gathered.found.push(at_font(leads_out(path, &target)));
            continue;
        }
        match looked.get(&(path.as_str(), FileUse::Font)) {
            None => {}
            Some(Ok((digest, _))) => {
                gathered.inputs.insert(path.clone(), InputFile::of_digest(*digest));
            }
            Some(Err(error)) => {
                let what = format!("`preview` uses the font `{path}`");
                let label = missing_label(disk, path, folder);
                gathered.found.push(at_font(missing(&what, error).label(label)));
            }
        }
    }
}

impl InputInspector<'_> {
    /// The extent of the project whose storyboard is in a folder.
    pub(super) fn bounds(&self, folder: &Path) -> ProjectBounds {
        ProjectBounds::of(self.disk, folder, self.allows_outside)
    }

    /// Looks at files, each once: those that have not changed since are not read again.
    pub(super) fn look_at<'f>(
        &self,
        folder: &Path,
        files: impl Iterator<Item = (&'f str, FileUse)>,
    ) -> HashMap<(&'f str, FileUse), Looked> {
        let mut seen = HashSet::new();
        let mut cache = self.cache.as_ref().map(|(_, cache)| cache.borrow_mut());
        let mut looked = HashMap::new();
        let mut unknown = Vec::new();
        for (path, used) in files.filter(|file| seen.insert(*file)) {
            let on_disk = real_path(self.disk, folder, path);
            let stamp = self.disk.stamp(&on_disk).ok();
            let known = cache.as_mut().zip(stamp.as_ref());
            match known.and_then(|(cache, stamp)| cache.find(&cache_name(path, used), stamp)) {
                Some((digest, facts)) => {
                    looked.insert((path, used), Ok((digest, Ok(facts))));
                }
                None => unknown.push((path, used, on_disk, stamp)),
            }
        }
        let bytes = unknown.iter().filter_map(|file| Some(file.3?.bytes())).sum();
        let files: Vec<_> = unknown.iter().map(|file| (file.2.as_path(), file.1)).collect();
        let found = look_at_files(self.disk, &files, bytes);
        for ((path, used, on_disk, stamp), mut found) in unknown.iter().zip(found) {
            if stamp.is_some_and(|before| self.disk.stamp(on_disk).is_ok_and(|it| it != before)) {
                found = Err(io::Error::other("it changed while it was being read; run again"));
            }
            // A file that is being written right now may change again under the same stamp.
            let is_steady = |stamp: &Stamp| {
                !stamp.is_racy(self.now) && self.disk.stamp(on_disk).is_ok_and(|it| it == *stamp)
            };
            if let (Some(cache), Some(stamp), Ok((digest, Ok(facts)))) =
                (cache.as_mut(), stamp.filter(is_steady), &found)
            {
                cache.learn(&cache_name(path, *used), stamp, *digest, facts.clone());
            }
            looked.insert((*path, *used), found);
        }
        looked
    }
}

/// The name of a file's facts, which depend on what it is used as.
fn cache_name(path: &str, used: FileUse) -> String {
    match used {
        FileUse::Input(kind) => format!("{} {path}", noun(kind)),
        FileUse::Font => format!("font {path}"),
    }
}

const fn noun(kind: InputKind) -> &'static str {
    match kind {
        InputKind::Picture => "image",
        InputKind::Voice => "voice",
        InputKind::Video => "video",
    }
}

/// A warning about a picture that something is seen through.
fn seen_through(path: &str) -> Diagnostic {
    let what = format!(
        "`{path}` is transparent in places, which stills and previews show black; what a model makes \
         of them is not documented"
    );
    let fix = "save it on the ground that it should have";
    Diagnostic::warning(Warning::TransparentPicture, what).fix(fix)
}

/// Takes of other scenes that are used as videos and are not going to be what the model accepts.
fn unfit_takes(film: &Film, dialect: &'static DialectEntry) -> Vec<UnfitInput> {
    let mut unfit = Vec::new();
    let videos = film.scenes.iter().flat_map(|scene| {
        let videos = scene.sources().filter(|source| source.2.is_none());
        videos.map(move |(slot, source, _)| (scene, slot, source))
    });
    for (scene, slot, source) in videos {
        let Some((seconds, size)) = film.scene(source).and_then(expected) else { continue };
        let limits = FileLimits::of(dialect, scene, slot.role);
        let checked = limits.check_video(seconds, (size.width, size.height), None);
        let Err(InputError { what, fix }) = checked else { continue };
        let what = format!("scene `{}` takes the video of `{source}`, which {what}", scene.id);
        let mut mistake = Diagnostic::error("unfit-file", what).fix(fix);
        mistake.place = film.place_of(&scene.id, slot.role.field());
        unfit.push(UnfitInput(vec![(scene.id.clone(), mistake)]));
    }
    unfit
}

/// The length in seconds and the size of a scene's video, where the storyboard decides them.
fn expected(scene: &Scene) -> Option<(f64, FrameSize)> {
    let seconds = match (scene.clip(), scene.drawn_frame()) {
        (Some(clip), _) => f64::from(clip.duration?),
        (None, Some(frame)) => frame.millis as f64 / 1_000.0,
        (None, None) => return None,
    };
    Some((seconds, scene.frame_size()?))
}

/// A file that a film uses.
struct InputUse<'f> {
    path: &'f str,
    role: InputRole,
    /// The scenes that use it within these limits.
    scenes: Vec<&'f Scene>,
    limits: FileLimits,
    /// How it is brought to the shape of these scenes, if it is a picture of another one.
    fit: Option<PictureFit>,
}

impl InputUse<'_> {
    fn unfit(&self, film: &Film, error: &InputError) -> UnfitInput {
        let mistake = |scene: &&Scene| {
            let what = format!("`{}` {}", self.path, error.what);
            let mistake = Diagnostic::error("unfit-file", what).fix(error.fix.clone());
            (scene.id.clone(), place(film, scene, self.role, self.path, mistake))
        };
        UnfitInput(self.scenes.iter().map(mistake).collect())
    }
}

/// The files of a film, in the order in which its scenes use them; a file that has to keep several
/// limits comes several times.
fn uses<'f>(film: &'f Film, dialect: &'static DialectEntry) -> Vec<InputUse<'f>> {
    let mut seen = HashMap::new();
    let mut uses: Vec<InputUse<'f>> = Vec::new();
    for scene in &film.scenes {
        for (slot, input) in scene.inputs() {
            let SceneInput::File(path) = input else { continue };
            let limits = FileLimits::of(dialect, scene, slot.role);
            let fit = scene.fits.get(&slot).copied();
            let at = *seen.entry((path, limits.id(), fit)).or_insert(uses.len());
            match uses.get_mut(at) {
                Some(used) => used.scenes.push(scene),
                None => {
                    let (role, scenes) = (slot.role, vec![scene]);
                    uses.push(InputUse { path, role, scenes, limits, fit });
                }
            }
        }
    }
    uses
}

/// Warns of a recording that previews cannot play. What is sent of it is not affected.
pub(super) fn not_previewed(path: &str, kind: &str, conversions: Conversions<'_>) -> Diagnostic {
    let what = format!("`{path}` is {kind}, which previews cannot play");
    let fix = format!("to hear it in previews, convert it: `{}`", conversions.of_voice(path));
    Diagnostic::warning(Warning::VoiceNotPreviewed, what).fix(fix)
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

fn unreadable(
    disk: &dyn Disk,
    film: &Film,
    scene: &Scene,
    path: &str,
    folder: &Path,
    error: &io::Error,
) -> Diagnostic {
    let (of_scene, frame) = match path.rsplit_once(['.', '/']) {
        Some((name, frame @ ("first" | "last"))) => (name, frame),
        _ => (path, "last"),
    };
    let other = film.scenes.iter().find(|other| other.base.as_str() == of_scene);
    let label = match other {
        Some(other) => {
            let base = &other.base;
            format!("for a frame of that scene write `{{ scene: {base}, frame: {frame} }}`")
        }
        None => missing_label(disk, path, folder),
    };
    missing(&format!("scene `{}` uses `{path}`", scene.id), error).label(label)
}

/// A file does not exist or cannot be read; `what` says what refers to it.
pub(super) fn missing(what: &str, error: &io::Error) -> Diagnostic {
    let message = match error.kind() {
        io::ErrorKind::NotFound => format!("{what}, but there is no such file"),
        _ => format!("{what}, which cannot be read: {error}"),
    };
    Diagnostic::error("missing-file", message)
}

/// What to write instead of a path that does not exist.
pub(super) fn missing_label(disk: &dyn Disk, path: &str, folder: &Path) -> String {
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
