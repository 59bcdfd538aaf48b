//! One input file: whether it keeps the limits of the model that gets it.

use std::path::Path;

use super::file_look::FileFacts;
use crate::catalog::{
    DialectEntry, ELEMENT_VOICE_SECONDS, ImageFormat, InputKind, InputRole, Limits, Model,
    PictureFit, SettingValue, VoiceFormat,
};
use crate::media::{MediaError, PIXELS_MAX, PictureConverter};
use crate::runner::conversion::Conversions;
use crate::storyboard::Scene;

/// A file is not what the API accepts.
pub struct InputError {
    /// What is wrong, to follow the file's name.
    pub what: String,
    /// What to do.
    pub fix: String,
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

/// What encoders add to a recording so that its last frame is full, in seconds: up to two frames. The
/// measured length counts it, because it may be billed; whether it may be sent does not depend on it.
const PADDING_MAX_SECONDS: f64 = 0.1;

/// A recording of fewer bytes is a header with hardly any sound behind it.
const HEADER_MAX: u64 = 1_000;

/// The largest video where the documentation names no limit.
const VIDEO_MAX_BYTES: u64 = 100 << 20;

impl FileLimits {
    /// Whether a file of this length may be an input; called before its bytes are read.
    pub fn check_length(&self, bytes: u64) -> Result<(), InputError> {
        let bytes_max = self.bytes_max();
        if bytes <= bytes_max {
            return Ok(());
        }
        let megabytes = |bytes: u64| bytes as f64 / 1_048_576.0;
        let what = format!(
            "is {:.1} MB; the API accepts at most {:.0} MB",
            megabytes(bytes),
            megabytes(bytes_max)
        );
        Err(unfit(what, "make it smaller"))
    }

    /// Whether the file at a path, with these facts, may be an input; a picture that is fitted to
    /// its scene is judged by the shape that is sent.
    pub fn check(
        &self,
        path: &str,
        facts: &FileFacts,
        fit: Option<PictureFit>,
        conversions: Conversions<'_>,
    ) -> Result<(), InputError> {
        match *facts {
            FileFacts::Picture { format, size, .. } => {
                let Some(fit) = fit else { return self.check_picture(format, size) };
                self.check_picture(format, fit.size_of(size)).map_err(|error| {
                    let (done, ratio) = (fit.done(), fit.ratio());
                    unfit(format!("{done} to {ratio} {}", error.what), error.fix)
                })
            }
            FileFacts::Voice { format, seconds, .. } => {
                self.check_voice(path, (format, seconds), conversions)
            }
            FileFacts::Video { millis, size, frames, .. } => {
                let seconds = millis as f64 / 1_000.0;
                let fps = (frames > 0 && seconds > 0.0).then(|| frames as f64 / seconds);
                self.check_video(seconds, size, fps)
            }
            FileFacts::Font => Ok(()),
        }
    }

    fn check_picture(
        &self,
        format: ImageFormat,
        (width, height): (u32, u32),
    ) -> Result<(), InputError> {
        if !self.dialect.image_formats.contains(&format) {
            return Err(unfit(format!("is {}", format.extension()), self.accepted()));
        }
        let pictures = &self.model.pictures;
        let min_side = pictures.min_side.or(self.dialect.image_min_side);
        if let Some(least) = min_side.filter(|least| width.min(height) < *least) {
            let fix = format!("the API accepts at least {least} on each side");
            return Err(unfit(format!("has {width}×{height} pixels"), fix));
        }
        if u64::from(width) * u64::from(height) > PIXELS_MAX {
            let fix = format!("save it smaller: at most {} million pixels", PIXELS_MAX / 1_000_000);
            return Err(unfit(format!("has {width}×{height} pixels"), fix));
        }
        check_ratio((width, height), pictures.ratio)
    }

    fn check_voice(
        &self,
        path: &str,
        (format, seconds): (VoiceFormat, f64),
        conversions: Conversions<'_>,
    ) -> Result<(), InputError> {
        if !self.dialect.voice_formats.contains(&format) {
            let kind = format.extension().to_uppercase();
            return Err(other_recording(path, &kind, conversions));
        }
        let dialect = self.dialect;
        let longest = dialect.voice_max_seconds;
        let padding = if format == VoiceFormat::Wav { 0.0 } else { PADDING_MAX_SECONDS };
        if dialect.voice_max_is_final && seconds > longest + padding {
            let fix = format!("the API accepts at most {longest} s: divide it");
            let is_hidden = (seconds * 10.0).round() <= longest * 10.0;
            let shown = if is_hidden { format!("{seconds:.3}") } else { format!("{seconds:.1}") };
            return Err(unfit(format!("is {shown} s long"), fix));
        }
        let (least, most) = ELEMENT_VOICE_SECONDS;
        if self.role == InputRole::ElementVoice && !(least..=most).contains(&seconds) {
            let fix = format!("the API accepts {least} to {most} s for an element");
            return Err(unfit(format!("is {seconds:.1} s long"), fix));
        }
        Ok(())
    }

    /// Which formats the API accepts.
    fn accepted(&self) -> String {
        let known: Vec<&str> = match self.kind() {
            InputKind::Picture => {
                self.dialect.image_formats.iter().map(|format| format.extension()).collect()
            }
            InputKind::Voice => {
                self.dialect.voice_formats.iter().map(|format| format.extension()).collect()
            }
            InputKind::Video => return "the API accepts MP4 and MOV".to_string(),
        };
        format!("the API accepts {}", known.join(", "))
    }

    /// What is wrong with the file at a path that a look found unfit.
    pub fn refuse(
        &self,
        path: &str,
        error: &MediaError,
        conversions: Conversions<'_>,
    ) -> InputError {
        match (error, self.kind()) {
            (MediaError::DamagedImage { format, reason }, _) => {
                let name = format.extension().to_uppercase();
                let what = format!("is a {name} picture that cannot be used: {reason}");
                unfit(what, "fetch it again, or save it anew with an image program")
            }
            (MediaError::AnimatedImage { format, .. }, _) => {
                let converter = PictureConverter::of_animation(*format);
                let command = conversions.of_picture(path, converter);
                unfit(format!("{error}"), format!("take its first picture: `{command}`"))
            }
            (MediaError::OtherPicture { kind, converter }, _) => {
                let what = format!("is {kind}, which the API does not accept as a picture");
                let command = conversions.of_picture(path, *converter);
                unfit(what, format!("convert it: `{command}`"))
            }
            (MediaError::OtherRecording(kind), _) => other_recording(path, kind, conversions),
            (MediaError::UnconvertibleRecording(kind), _) => {
                let what = format!("is {kind}, which the API does not accept as a voice");
                unfit(what, "export it anew as MP3 or as PCM WAV: ffmpeg would lose most of it")
            }
            (MediaError::OtherVideo(kind), _) => {
                let what = format!("is {kind}, which the API does not accept as a video");
                unfit(what, format!("convert it: `{}`", conversions.of_video(path)))
            }
            (MediaError::Truncated { present: 0..HEADER_MAX, .. }, InputKind::Voice) => {
                unfit(format!("is {error}"), "fetch it again")
            }
            (MediaError::Incomplete(_) | MediaError::Truncated { .. }, InputKind::Voice) => {
                unfit(format!("is {error}"), remedy_of_half(path, conversions))
            }
            (MediaError::Incomplete(_) | MediaError::Truncated { .. }, _) => {
                unfit(format!("is {error}"), "fetch it again")
            }
            (MediaError::WrongKind { found, .. }, kind) => {
                unfit(format!("is not a {}: {found}", noun_of(kind)), self.accepted())
            }
            (error @ MediaError::Damaged(_), InputKind::Video) => {
                let again = conversions.of_video(path);
                let fix = format!("fetch it again, or encode it anew: `{again}`");
                unfit(format!("cannot be used as a video: it is {error}"), fix)
            }
            (error, InputKind::Video) => {
                let fix = format!("convert it: `{}`", conversions.of_video(path));
                unfit(format!("cannot be used as a video: {error}"), fix)
            }
            (error @ MediaError::Damaged(_), InputKind::Voice) => {
                let fix = "fetch it again, or export it anew as MP3 or as PCM WAV";
                unfit(format!("cannot be used as a voice: it is {error}"), fix)
            }
            (error, InputKind::Voice) => {
                unfit(format!("cannot be used as a voice: it is {error}"), self.accepted())
            }
            (error, InputKind::Picture) => {
                unfit(format!("is not a picture: {error}"), self.accepted())
            }
        }
    }
}

/// What a file of a kind is, as it is said of another one that it is not.
const fn noun_of(kind: InputKind) -> &'static str {
    match kind {
        InputKind::Picture => "picture",
        InputKind::Voice => "voice recording",
        InputKind::Video => "video",
    }
}

/// A recording of a kind that the API does not accept, and that can be converted.
fn other_recording(path: &str, kind: &str, conversions: Conversions<'_>) -> InputError {
    let what = format!("is {kind}, which the API does not accept as a voice");
    unfit(what, format!("convert it: `{}`", conversions.of_voice(path)))
}

/// What to do about half a recording. Of half an MP4, whose index may be missing, nothing can be kept.
fn remedy_of_half(path: &str, conversions: Conversions<'_>) -> String {
    let extension = Path::new(path).extension().unwrap_or_default();
    match extension.eq_ignore_ascii_case("m4a") || extension.eq_ignore_ascii_case("mp4") {
        true => "fetch it again".to_string(),
        false => format!("fetch it again, or keep what is there: `{}`", conversions.of_voice(path)),
    }
}

fn unfit(what: impl Into<String>, fix: impl Into<String>) -> InputError {
    InputError { what: what.into(), fix: fix.into() }
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
