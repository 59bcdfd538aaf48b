//! The splice: writes the pictures and sound of all parts as one row of samples.

use std::io::{self, Read, Seek, Write};
use std::num::NonZeroU32;
use std::path::Path;

use shiguredo_mp4::TrackKind;
use shiguredo_mp4::boxes::SampleEntry;

use super::encoded_sound::encoded_sound;
use super::part::{JoinClip, JoinPart, JoinedClip, JoinedVideo};
use super::picture_rate::{joined_rate, picture_rate};
use super::sample_bytes::read;
use super::sound::{SoundBytes, SoundTrack, sound_of};
use crate::base::FrameRate;
use crate::media::error::MediaError;
use crate::media::mp4::{NewSample, Timescales, write_head};

/// The finest clock of a joined film; if the parts' clocks have no common multiple below it, times
/// are rounded to 90 kHz.
const TIMESCALE_MAX: u64 = 10_000_000;
const TIMESCALE_ROUNDED: u32 = 90_000;

/// Seconds of pictures, then of sound, that are stored together in the file.
const INTERLEAVE_SECONDS: u64 = 1;

/// Joins videos of the same size and codec, in order, without encoding anything again.
///
/// The film starts at 0, its index comes first, and the same parts give the same bytes. If encoder
/// settings differ between parts, the film gets another sample entry at the joint. Sound stays in
/// step with the picture; a part without sound is silent. A clip that is not used whole ends at the
/// next picture at which that is possible without encoding. Videos that differ in size, codec or
/// sound, or in how they are turned, are rejected with [`MediaError::Unlike`]. `open` opens a video;
/// one is open at a time. `out` is written in one pass. Returns when each part is shown, in time and
/// in frames.
pub fn join<F: Read + Seek>(
    parts: &[impl Clone + Into<JoinClip>],
    open: impl Fn(&Path) -> io::Result<F>,
    out: &mut impl Write,
) -> Result<JoinedVideo, MediaError> {
    join_as(UnlikeSound::Refused, parts, open, out)
}

/// Joins animatics: as [`join`] does, but sounds that differ are encoded again, as one channel.
///
/// # Errors
/// As for [`join`]; sounds that cannot be decoded, and those of more than half an hour, must not
/// differ.
pub fn join_animatics<F: Read + Seek>(
    parts: &[impl Clone + Into<JoinClip>],
    open: impl Fn(&Path) -> io::Result<F>,
    out: &mut impl Write,
) -> Result<JoinedVideo, MediaError> {
    join_as(UnlikeSound::Encoded, parts, open, out)
}

/// What happens to sounds that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UnlikeSound {
    Refused,
    Encoded,
}

fn join_as<F: Read + Seek>(
    unlike: UnlikeSound,
    parts: &[impl Clone + Into<JoinClip>],
    open: impl Fn(&Path) -> io::Result<F>,
    out: &mut impl Write,
) -> Result<JoinedVideo, MediaError> {
    let open = |path: &Path| open(path).map_err(|error| MediaError::from(error).of(path));
    let parts: Vec<JoinPart> = parts
        .iter()
        .cloned()
        .map(Into::into)
        .map(|clip| JoinPart::read(&clip, &mut open(&clip.path)?))
        .collect::<Result<_, MediaError>>()?;
    let Some(first) = parts.first() else {
        return Err(MediaError::Unsupported("a cut of no videos".into()));
    };
    for part in &parts {
        part.check_like(first)?;
    }
    let sound = match sound_of(&parts) {
        Err(error @ MediaError::Unlike { .. }) if unlike == UnlikeSound::Encoded => {
            Some(encoded_sound(&parts, open)?.ok_or(error)?)
        }
        sound => sound?,
    };
    let video = common_timescale(&parts);
    let audio = sound.as_ref().map_or(video, |sound| sound.timescale);
    let mut row = SampleRun::default();
    let rates: Vec<Option<FrameRate>> =
        parts.iter().map(|part| picture_rate(&part.video)).collect();
    let rate = joined_rate(&parts, &rates);
    row.lay(&parts, video, sound.as_ref());
    let clips = row.clips(&parts, &rates, rate, video);
    write_head(out, &row.samples, Timescales { video, audio }, first.matrix)?;
    let own = sound.map_or_else(Vec::new, |sound| sound.own);
    row.write_data(&parts, &own, open, out)?;
    Ok(JoinedVideo { rate, clips })
}

/// The smallest clock in which all times of the parts are integers.
fn common_timescale(parts: &[JoinPart]) -> NonZeroU32 {
    let multiple = parts.iter().try_fold(1u64, |multiple, part| {
        let timescale = u64::from(part.video.timescale.get());
        let multiple = multiple / gcd(multiple, timescale) * timescale;
        (multiple <= TIMESCALE_MAX).then_some(multiple)
    });
    let timescale = multiple.map_or(TIMESCALE_ROUNDED, |multiple| multiple as u32);
    NonZeroU32::new(timescale).expect("a multiple of numbers that are not zero")
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Where the bytes of a sample are.
enum SampleBytes {
    File { part: usize, offset: u64, size: u32 },
    Own(usize),
}

/// All samples in file order.
#[derive(Default)]
struct SampleRun {
    samples: Vec<NewSample>,
    bytes: Vec<SampleBytes>,
    /// The ticks at which each part begins and ends.
    spans: Vec<(u64, u64)>,
    sound_laid: usize,
}

impl SampleRun {
    fn lay(&mut self, parts: &[JoinPart], video: NonZeroU32, sound: Option<&SoundTrack>) {
        let second = u64::from(video.get()) * INTERLEAVE_SECONDS;
        let mut start = 0u64;
        let mut flushed = 0u64;
        let mut entry: Option<&SampleEntry> = None;
        for (number, part) in parts.iter().enumerate() {
            let from = u128::from(part.video.timescale.get());
            let scaled = |ticks: i128| {
                let whole = (ticks * i128::from(video.get())) as f64 / from as f64;
                whole.round() as i128
            };
            for sample in &part.video.samples {
                let decoded_at = scaled(i128::from(sample.decoded_at));
                let next = scaled(i128::from(sample.decoded_at) + i128::from(sample.duration));
                let shown_at = scaled(i128::from(sample.shown_at));
                let new = part.video.entries.get(sample.entry);
                let changed = new.filter(|new| entry != Some(*new));
                entry = changed.or(entry);
                let at = start + decoded_at.max(0) as u64;
                if at >= flushed + second {
                    self.lay_sound(sound, at, video);
                    flushed = at;
                }
                self.samples.push(NewSample {
                    kind: TrackKind::Video,
                    entry: changed.cloned(),
                    keyframe: sample.sync,
                    duration: u32::try_from(next - decoded_at).unwrap_or(u32::MAX),
                    shown_later: i64::try_from(shown_at - decoded_at).unwrap_or(0),
                    size: sample.size as usize,
                });
                let (offset, size) = (sample.offset, sample.size);
                self.bytes.push(SampleBytes::File { part: number, offset, size });
            }
            let end = start + scaled(i128::from(part.video.ticks)).max(0) as u64;
            self.spans.push((start, end));
            start = end;
        }
        self.lay_sound(sound, u64::MAX, video);
    }

    /// When each part is shown, in milliseconds and in frames of a rate.
    fn clips(
        &self,
        parts: &[JoinPart],
        rates: &[Option<FrameRate>],
        rate: FrameRate,
        video: NonZeroU32,
    ) -> Vec<JoinedClip> {
        let millis = |ticks: u64| {
            let ticks_per_second = u128::from(video.get());
            ((u128::from(ticks) * 1_000 + ticks_per_second / 2) / ticks_per_second) as u64
        };
        let clip = |((span, part), own): ((&(u64, u64), &JoinPart), &Option<FrameRate>)| {
            let (start, end) = *span;
            let frames = rate.frames_in(end, video) - rate.frames_in(start, video);
            let whole = rate.frames_in(part.video.whole_ticks, part.video.timescale);
            JoinedClip {
                starts_millis: millis(start),
                ends_millis: millis(end),
                frames,
                source_frames: whole.max(frames),
                rate: *own,
                sound: part.sound(),
            }
        };
        self.spans.iter().zip(parts).zip(rates).map(clip).collect()
    }

    /// Adds the sound that starts before a moment of the picture.
    fn lay_sound(&mut self, sound: Option<&SoundTrack>, until: u64, video: NonZeroU32) {
        let Some(sound) = sound else { return };
        for sample in &sound.samples[self.sound_laid..] {
            let at = u128::from(sample.at) * u128::from(video.get());
            if at >= u128::from(until) * u128::from(sound.timescale.get()) {
                break;
            }
            let (bytes, size) = match sample.bytes {
                SoundBytes::File { part, offset, size } => {
                    (SampleBytes::File { part, offset, size }, size as usize)
                }
                SoundBytes::Own(number) => (SampleBytes::Own(number), sound.own[number].len()),
            };
            self.samples.push(NewSample {
                kind: TrackKind::Audio,
                entry: (self.sound_laid == 0).then(|| sound.entry.clone()),
                keyframe: true,
                duration: sample.duration,
                shown_later: 0,
                size,
            });
            self.bytes.push(bytes);
            self.sound_laid += 1;
        }
    }

    /// Copies every sample's bytes, with one file open at a time.
    fn write_data<F: Read + Seek>(
        &self,
        parts: &[JoinPart],
        own: &[Box<[u8]>],
        open_file: impl Fn(&Path) -> Result<F, MediaError>,
        out: &mut impl Write,
    ) -> Result<(), MediaError> {
        let mut open: Option<(usize, F)> = None;
        let mut sample = Vec::new();
        for bytes in &self.bytes {
            match bytes {
                SampleBytes::Own(number) => out.write_all(&own[*number])?,
                SampleBytes::File { part, offset, size } => {
                    let path = &parts[*part].path;
                    let file = match &mut open {
                        Some((number, file)) if number == part => file,
                        _ => &mut open.insert((*part, open_file(path)?)).1,
                    };
                    read(file, *offset, *size, &mut sample).map_err(|error| error.of(path))?;
                    out.write_all(&sample)?;
                }
            }
        }
        out.flush()?;
        Ok(())
    }
}
