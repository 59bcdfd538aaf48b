//! Sound across joints: each part's sound starts with its picture, to within half a frame.
//!
//! The rule for a film in which some parts have sound: if all sounds are AAC of one shape, or MP3
//! of one rate, they are kept, and a part without sound gets silence. A part's sound is cut or
//! padded to its picture's length, and the encoder's padding in front of it is dropped, so that
//! nothing drifts. If sounds differ in shape, or a part has none and the others' cannot be padded
//! with silence (neither AAC-LC nor MP3, or more than two channels), the error says which two
//! videos differ.

use std::num::NonZeroU32;

use shiguredo_mp4::boxes::SampleEntry;

use super::part::JoinPart;
use super::silence::{AacShape, Silence};
use crate::media::error::MediaError;
use crate::media::mp4::codec_of;
use crate::media::probe::AAC_FRAME;

/// One sound sample of the joined film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SoundSample {
    /// The location of its bytes.
    pub bytes: SoundBytes,
    /// The tick at which it starts.
    pub at: u64,
    /// Its length in ticks.
    pub duration: u32,
}

/// The location of a sound sample's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SoundBytes {
    /// In a part's file.
    File {
        /// The part, from 0.
        part: usize,
        /// Its offset there.
        offset: u64,
        /// Its length in bytes.
        size: u32,
    },
    /// Made here, by its place among those of the track.
    Own(usize),
}

/// The sound of the joined film.
pub(super) struct SoundTrack {
    /// Ticks per second.
    pub timescale: NonZeroU32,
    /// The decoder configuration; one for the whole film.
    pub entry: SampleEntry,
    /// The frames that are in no part's file. If the parts' sounds are copied, it is one of silence,
    /// which is empty if none can be made; then none is needed.
    pub own: Vec<Box<[u8]>>,
    /// The samples, in order and without gaps.
    pub samples: Vec<SoundSample>,
}

/// Concatenates the parts' sound; `None` if no part has any.
pub(super) fn sound_of(parts: &[JoinPart]) -> Result<Option<SoundTrack>, MediaError> {
    let Some(first) = parts.iter().find(|part| part.audio.is_some()) else { return Ok(None) };
    for part in parts.iter().filter(|part| part.audio.is_some()) {
        part.compare(first, "their sounds are", sound_name)?;
    }
    let strip = first.audio.as_ref().expect("chosen for having sound");
    let entry = strip.entries.first().cloned();
    let entry = entry
        .ok_or_else(|| MediaError::Damaged("it does not say how its sound is encoded".into()))?;
    let silence = Silence::fitting(&entry);
    if silence.is_none() {
        for part in parts {
            part.compare(first, "their sounds are", sound_name)?;
        }
    }
    let timescale = strip.timescale;
    // Without silence nothing is padded, and the frame only defines the tolerance.
    let (samples, rate) =
        silence.as_ref().map_or((AAC_FRAME, timescale.get()), |s| (s.samples, s.rate));
    let ticks = u64::from(samples) * u64::from(timescale.get()) / u64::from(rate);
    let frame = u32::try_from(ticks.max(1)).expect("a frame of sound is shorter than an hour");
    let mut laying = SoundAssembly { samples: Vec::new(), at: 0, frame, fills: silence.is_some() };
    let mut seconds = 0.0;
    for (number, part) in parts.iter().enumerate() {
        let starts = ticks_at(seconds, timescale);
        seconds += part.video.ticks as f64 / f64::from(part.video.timescale.get());
        let ends = ticks_at(seconds, timescale);
        laying.fill_up_to(starts);
        laying.lay(number, part, timescale, ends);
    }
    let silence = silence.map_or_else(Vec::new, |silence| silence.bytes);
    let own = vec![silence.into_boxed_slice()];
    Ok(Some(SoundTrack { timescale, entry, own, samples: laying.samples }))
}

fn ticks_at(seconds: f64, timescale: NonZeroU32) -> u64 {
    (seconds * f64::from(timescale.get())).round() as u64
}

/// The properties that two sounds must share, in words.
fn sound_name(part: &JoinPart) -> String {
    let Some(entry) = part.audio.as_ref().and_then(|audio| audio.entries.first()) else {
        return "none".to_string();
    };
    let rate = entry.audio_sample_rate().unwrap_or(0);
    let channels = entry.audio_channel_count().unwrap_or(0);
    let codec = codec_of(entry).1;
    match AacShape::of(entry) {
        Some(shape) => {
            let config: String = shape.config.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{codec} {} Hz {channels} ch ({config})", shape.rate)
        }
        None => format!("{codec} {rate} Hz {channels} ch"),
    }
}

struct SoundAssembly {
    samples: Vec<SoundSample>,
    /// Where the next sample starts, in ticks.
    at: u64,
    /// Ticks of one frame.
    frame: u32,
    /// Whether there is silence to pad with.
    fills: bool,
}

impl SoundAssembly {
    fn push(&mut self, bytes: SoundBytes, duration: u32) {
        self.samples.push(SoundSample { bytes, at: self.at, duration });
        self.at += u64::from(duration);
    }

    /// Adds silence until a moment, as exactly as whole frames allow.
    fn fill_up_to(&mut self, moment: u64) {
        while self.fills && self.at + u64::from(self.frame / 2) < moment {
            self.push(SoundBytes::Own(0), self.frame);
        }
    }

    /// Adds a part's sound, up to `ends`.
    fn lay(&mut self, number: usize, part: &JoinPart, timescale: NonZeroU32, ends: u64) {
        let Some(strip) = &part.audio else { return };
        let (from, to) = (u64::from(strip.timescale.get()), u64::from(timescale.get()));
        let rescaled = |ticks: u64| (u128::from(ticks) * u128::from(to) / u128::from(from)) as u64;
        let half = u64::from(self.frame / 2);
        for sample in &strip.samples {
            let end = sample.decoded_at.saturating_add(u64::from(sample.duration));
            // Whole frames before the start of the edit list are the encoder's priming.
            if sample.duration > 0 && end <= strip.starts_at {
                continue;
            }
            let duration = rescaled(end).saturating_sub(rescaled(sample.decoded_at));
            if self.at.saturating_add(half) >= ends {
                break;
            }
            let duration = u32::try_from(duration).unwrap_or(u32::MAX);
            let bytes = SoundBytes::File { part: number, offset: sample.offset, size: sample.size };
            self.push(bytes, duration);
        }
    }
}
