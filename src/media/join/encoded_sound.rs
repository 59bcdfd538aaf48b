//! Sounds that differ, encoded again as one.

use std::io::{Read, Seek};
use std::path::Path;

use super::part::{JoinPart, TrackIndex};
use super::sample_bytes::read;
use super::sound::{SoundBytes, SoundSample, SoundTrack};
use crate::media::error::MediaError;
use crate::media::sound::{MonoSound, VoiceEncoder, decoded_samples};

/// The longest film whose sound is encoded, in seconds: it is in memory while that happens.
const SECONDS_MAX: f64 = 1_800.0;

/// The sound of all parts, each as long as its picture; `None` if one of them cannot be decoded, or if
/// the film is too long.
///
/// # Errors
/// A part cannot be read.
pub(super) fn encoded_sound<F: Read + Seek>(
    parts: &[JoinPart],
    open: impl Fn(&Path) -> Result<F, MediaError>,
) -> Result<Option<SoundTrack>, MediaError> {
    let mut encoder = VoiceEncoder::new();
    let mut seconds = 0.0;
    for part in parts {
        seconds += part.video.ticks as f64 / f64::from(part.video.timescale.get());
        if seconds > SECONDS_MAX {
            return Ok(None);
        }
        let sound = match &part.audio {
            None => Some(MonoSound::default()),
            Some(track) => {
                let decoded = decoded(track, &mut open(&part.path)?);
                decoded.map_err(|error| error.of(&part.path))?
            }
        };
        let Some(sound) = sound else { return Ok(None) };
        encoder.push_until(&sound, seconds)?;
    }
    let track = encoder.finish();
    let (timescale, entry) = (track.timescale(), track.entry().clone());
    let (mut samples, mut own, mut at) = (Vec::new(), Vec::new(), 0);
    for (bytes, duration) in track.into_frames() {
        samples.push(SoundSample { bytes: SoundBytes::Own(own.len()), at, duration });
        own.push(bytes);
        at += u64::from(duration);
    }
    Ok(Some(SoundTrack { timescale, entry, own, samples }))
}

/// Decodes the sound of a part from where its edit list starts.
fn decoded(
    track: &TrackIndex,
    file: &mut (impl Read + Seek),
) -> Result<Option<MonoSound>, MediaError> {
    let Some(entry) = track.entries.first() else { return Ok(None) };
    let mut samples: Vec<(Box<[u8]>, u32)> = Vec::new();
    let mut bytes = Vec::new();
    for sample in &track.samples {
        let end = sample.decoded_at.saturating_add(u64::from(sample.duration));
        if sample.entry == 0 && (end > track.starts_at || sample.duration == 0) {
            read(file, sample.offset, sample.size, &mut bytes)?;
            samples.push((bytes.as_slice().into(), sample.duration));
        }
    }
    Ok(decoded_samples(entry, track.timescale, samples.into_iter()))
}
