//! One input file: what it is, and whether it keeps the limits of the model that gets it.

use std::io::{self, BufReader};
use std::path::Path;

use crate::base::{Digest, Readable};
use crate::catalog::{
    DialectEntry, ELEMENT_VOICE_SECONDS, InputKind, InputRole, Limits, Model, SettingValue,
};
use crate::media::{MediaError, PIXELS_MAX, container_of, probe_image, probe_video, probe_voice};
use crate::plan::InputFile;
use crate::report::quoted;
use crate::store::{Disk, EntryKind};
use crate::storyboard::Scene;

/// Why a file cannot be an input.
pub enum InputError {
    /// It cannot be read.
    Io(io::Error),
    /// It is not what the API accepts: what is wrong, and what to do.
    Unfit(String, String),
    /// It is a recording of a kind that the API does not accept, and can be converted.
    OtherRecording(String),
}

/// The limits that a file has to keep.
#[derive(Clone, Copy, Debug)]
pub struct FileLimits {
    dialect: &'static Limits,
    model: &'static Model,
    role: InputRole,
    /// The longest video in milliseconds, if a setting of the scene makes it shorter.
    video_max_millis: Option<u64>,
}

/// What distinguishes limits: files that have to keep equal ones are inspected once.
pub type LimitsId = (InputKind, *const Model, bool, Option<u64>);

impl FileLimits {
    /// The limits for a file of a scene.
    pub fn of(dialect: &'static DialectEntry, scene: &Scene, role: InputRole) -> FileLimits {
        let with = scene.selecting_inputs();
        let model = dialect.branch(scene.model.as_str(), scene.scene_type(), &with);
        let model = model.expect("the language lets only models of the catalog into a film");
        let shorter = model.videos.as_ref().and_then(|limits| limits.shorter.as_ref());
        let shorter = shorter.filter(|rule| {
            let value = scene.clip().and_then(|clip| clip.settings.get(&rule.setting));
            matches!(value, Some(SettingValue::Text(word)) if *word == rule.word)
        });
        let video_max_millis = shorter.map(|rule| (rule.seconds * 1_000.0).round() as u64);
        FileLimits { dialect: &dialect.limits, model, role, video_max_millis }
    }

    /// What the file has to be.
    pub const fn kind(&self) -> InputKind {
        self.role.kind()
    }

    /// What distinguishes them from others.
    pub fn id(&self) -> LimitsId {
        (self.kind(), self.model, self.role.is_of_element(), self.video_max_millis)
    }

    fn bytes_max(&self) -> u64 {
        match self.kind() {
            InputKind::Picture => {
                self.model.pictures.max_bytes.unwrap_or(self.dialect.image_max_bytes)
            }
            InputKind::Voice => self.dialect.voice_max_bytes,
            InputKind::Video => {
                self.model.videos.as_ref().map_or(VIDEO_MAX_BYTES, |it| it.max_bytes)
            }
        }
    }
}

impl FileLimits {
    /// Whether the model accepts a video of this length, of this size, and with so many pictures per
    /// second, if that is known.
    pub fn check_video(
        &self,
        seconds: f64,
        (width, height): (u32, u32),
        fps: Option<f64>,
    ) -> Result<(), InputError> {
        // What is documented of the videos of elements is their container alone.
        let Some(bounds) = self.model.videos.as_ref().filter(|_| !self.role.is_of_element()) else {
            return Ok(());
        };
        let (least, longest) = bounds.seconds;
        let most = self.video_max_millis.map_or(longest, |millis| millis as f64 / 1_000.0);
        if !(least..=most).contains(&seconds) {
            let why = match (&bounds.shorter, self.video_max_millis) {
                (Some(rule), Some(_)) => format!(" with `{}: {}`", rule.setting, rule.word),
                _ => String::new(),
            };
            let fix = format!("`{}` accepts {least} to {most} s{why}", self.model.id);
            return Err(unfit(format!("is {seconds:.2} s long"), fix));
        }
        let pixels = format!("has {width}×{height} pixels");
        if let Some((least, most)) = bounds.sides {
            let is_side = |side: u32| (least..=most).contains(&side);
            if !is_side(width) || !is_side(height) {
                let fix = format!("the API accepts {least} to {most} on each side");
                return Err(unfit(pixels, fix));
            }
        }
        let all = u64::from(width) * u64::from(height);
        if let Some(most) = bounds.max_pixels.filter(|most| all > *most) {
            let fix = format!("the API accepts at most {most} pixels in a picture");
            return Err(unfit(pixels, fix));
        }
        check_ratio((width, height), bounds.ratio)?;
        // A video of 24 pictures per second may be counted as one of 23.98.
        let is_off = |fps: f64, (a, b): (f64, f64)| !(a - 0.1..=b + 0.1).contains(&fps);
        match fps.zip(bounds.fps).filter(|(fps, bounds)| is_off(*fps, *bounds)) {
            None => Ok(()),
            Some((fps, (least, most))) => {
                let fix = format!("the API accepts {least} to {most} pictures per second");
                Err(unfit(format!("has {fps:.1} pictures per second"), fix))
            }
        }
    }
}

/// The largest video where the documentation names no limit.
const VIDEO_MAX_BYTES: u64 = 100 << 20;

/// Inspects a file; its digest is left for the caller.
pub fn look(disk: &dyn Disk, path: &Path, limits: &FileLimits) -> Result<InputFile, InputError> {
    let entry = disk.entry(path).map_err(InputError::Io)?;
    if entry.kind != EntryKind::File {
        let noun = match limits.kind() {
            InputKind::Picture => "image",
            InputKind::Voice => "voice",
            InputKind::Video => "video",
        };
        return Err(unfit("is not a file", format!("name the file of the {noun}")));
    }
    let (bytes, bytes_max) = (entry.stamp.bytes(), limits.bytes_max());
    if bytes > bytes_max {
        let megabytes = |bytes: u64| bytes as f64 / 1_048_576.0;
        let what = format!(
            "is {:.1} MB; the API accepts at most {:.0} MB",
            megabytes(bytes),
            megabytes(bytes_max)
        );
        return Err(unfit(what, "make it smaller"));
    }
    let file = disk.open(path).map_err(InputError::Io)?;
    match limits.kind() {
        InputKind::Picture => look_at_image(file, limits, facts_of(bytes)),
        InputKind::Voice => look_at_voice(file, limits, facts_of(bytes)),
        InputKind::Video => look_at_video(file, limits, facts_of(bytes)),
    }
}

fn unfit(what: impl Into<String>, fix: impl Into<String>) -> InputError {
    InputError::Unfit(what.into(), fix.into())
}

fn look_at_image(
    file: Box<dyn Readable>,
    limits: &FileLimits,
    facts: InputFile,
) -> Result<InputFile, InputError> {
    let formats = &limits.dialect.image_formats;
    let known = formats.iter().map(|format| format.extension());
    let fix = format!("the API accepts {}", known.collect::<Vec<_>>().join(", "));
    let image = probe_image(BufReader::new(file))
        .map_err(|error| unfit(format!("is not a picture: {error}"), fix.clone()))?;
    if !formats.contains(&image.format) {
        return Err(unfit(format!("is {}", image.format.extension()), fix));
    }
    let (width, height) = image.size;
    let pictures = &limits.model.pictures;
    let min_side = pictures.min_side.or(limits.dialect.image_min_side);
    if let Some(least) = min_side.filter(|least| width.min(height) < *least) {
        let fix = format!("the API accepts at least {least} on each side");
        return Err(unfit(format!("has {width}×{height} pixels"), fix));
    }
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        let fix = format!("save it smaller: at most {} million pixels", PIXELS_MAX / 1_000_000);
        return Err(unfit(format!("has {width}×{height} pixels"), fix));
    }
    check_ratio((width, height), pictures.ratio)?;
    Ok(InputFile {
        media_type: image.format.media_type(),
        extension: image.format.extension(),
        picture: Some(image.size),
        ..facts
    })
}

fn look_at_voice(
    file: Box<dyn Readable>,
    limits: &FileLimits,
    facts: InputFile,
) -> Result<InputFile, InputError> {
    let formats = &limits.dialect.voice_formats;
    let known = formats.iter().map(|format| format.extension());
    let fix = format!("the API accepts {}", known.collect::<Vec<_>>().join(", "));
    let voice = probe_voice(file).map_err(|error| match error {
        MediaError::Io(error) => InputError::Io(error),
        MediaError::OtherRecording(kind) => InputError::OtherRecording(kind),
        MediaError::WrongKind { found, .. } => {
            unfit(format!("is not a voice recording: {found}"), fix.clone())
        }
        error => unfit(format!("cannot be used as a voice: it is {error}"), fix.clone()),
    })?;
    if !formats.contains(&voice.format) {
        return Err(InputError::OtherRecording(voice.format.extension().to_uppercase()));
    }
    let dialect = limits.dialect;
    if dialect.voice_max_is_final && voice.seconds > dialect.voice_max_seconds {
        let fix = format!("the API accepts at most {} s: divide it", dialect.voice_max_seconds);
        return Err(unfit(format!("is {:.1} s long", voice.seconds), fix));
    }
    let (least, most) = ELEMENT_VOICE_SECONDS;
    if limits.role == InputRole::ElementVoice && !(least..=most).contains(&voice.seconds) {
        let fix = format!("the API accepts {least} to {most} s for an element");
        return Err(unfit(format!("is {:.1} s long", voice.seconds), fix));
    }
    Ok(InputFile {
        media_type: voice.format.media_type(),
        extension: voice.format.extension(),
        seconds: Some(voice.seconds),
        ..facts
    })
}

fn look_at_video(
    mut file: Box<dyn Readable>,
    limits: &FileLimits,
    facts: InputFile,
) -> Result<InputFile, InputError> {
    let format = container_of(&mut file).map_err(InputError::Io)?;
    let known = "the API accepts MP4 and MOV";
    let video =
        probe_video(&mut file).map_err(|error| unfit(format!("is not a video: {error}"), known))?;
    let seconds = video.millis as f64 / 1_000.0;
    let size = (video.size.width, video.size.height);
    let fps = (video.frames > 0 && seconds > 0.0).then(|| video.frames as f64 / seconds);
    limits.check_video(seconds, size, fps)?;
    Ok(InputFile {
        media_type: format.media_type(),
        extension: format.extension(),
        picture: Some(size),
        seconds: Some(seconds),
        ..facts
    })
}

/// The command that makes a voice of a recording that the API does not accept.
pub fn conversion(path: &str) -> String {
    let from = Path::new(path);
    // Never onto itself.
    let is_mp3 = from.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("mp3"));
    let to = from.with_extension(if is_mp3 { "wav" } else { "mp3" });
    format!("ffmpeg -i {} -vn {}", quoted(path), quoted(&to.display().to_string()))
}

/// Whether a picture has a shape that the API accepts.
fn check_ratio((width, height): (u32, u32), bounds: Option<(f64, f64)>) -> Result<(), InputError> {
    let ratio = f64::from(width) / f64::from(height.max(1));
    match bounds.filter(|(least, most)| !(*least..=*most).contains(&ratio)) {
        None => Ok(()),
        Some((least, most)) => {
            let fix = format!("the API accepts {least} to {most} for width divided by height");
            Err(unfit(format!("has {width}×{height} pixels, a shape of {ratio:.2}"), fix))
        }
    }
}

/// The facts about a file of which only the length is known.
pub fn facts_of(bytes: u64) -> InputFile {
    InputFile {
        digest: Digest::of(b""),
        bytes,
        media_type: "application/octet-stream",
        extension: "bin",
        picture: None,
        seconds: None,
    }
}
