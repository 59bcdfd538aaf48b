//! Encoding: decoded sound as AAC.
//!
//! All of it gets the same rate and one channel, so that videos with such voices can be joined
//! without encoding them again.

use std::num::NonZeroU32;

use rusty_aac::{AacEncoder, AacEncoderConfig, audio_specific_config_bytes};

use super::decode::MonoSound;
use super::resample::resampled;
use super::sample_entry::{MPEG4_AUDIO, MpegStream};
use super::voice_track::VoiceTrack;
use crate::media::error::MediaError;
use crate::media::probe::AAC_FRAME;

/// Samples per second.
const RATE: NonZeroU32 = NonZeroU32::new(44_100).expect("44,100 is not zero");

/// Bits per second: speech in one channel is clear with it.
const BIT_RATE: u32 = 96_000;

/// Encodes pieces of sound, one behind the other.
pub(in crate::media) struct VoiceEncoder {
    encoder: AacEncoder,
    /// How many samples it was given.
    samples: u64,
}

impl VoiceEncoder {
    /// An encoder without any sound.
    pub(in crate::media) fn new() -> VoiceEncoder {
        let config = AacEncoderConfig { bitrate_bps: BIT_RATE, ..AacEncoderConfig::default() };
        VoiceEncoder { encoder: AacEncoder::new(config), samples: 0 }
    }

    /// Adds sound.
    ///
    /// # Errors
    /// The encoder refuses it.
    pub(in crate::media) fn push(&mut self, sound: &MonoSound) -> Result<(), MediaError> {
        if sound.samples.is_empty() {
            return Ok(());
        }
        self.push_samples(&resampled(&sound.samples, sound.rate, RATE.get()))
    }

    /// Adds sound that ends at this moment of everything, in seconds: what is longer is cut, and
    /// silence follows on what is shorter.
    ///
    /// # Errors
    /// The encoder refuses it.
    pub(in crate::media) fn push_until(
        &mut self,
        sound: &MonoSound,
        seconds: f64,
    ) -> Result<(), MediaError> {
        let end = (seconds * f64::from(RATE.get())).round() as u64;
        let room = usize::try_from(end.saturating_sub(self.samples)).unwrap_or(usize::MAX);
        let mut samples = match sound.samples.is_empty() {
            true => Vec::new(),
            false => resampled(&sound.samples, sound.rate, RATE.get()),
        };
        samples.resize(room, 0.0);
        self.push_samples(&samples)
    }

    fn push_samples(&mut self, samples: &[f32]) -> Result<(), MediaError> {
        self.samples += samples.len() as u64;
        let pushed = self.encoder.push_pcm(samples, 1, RATE.get());
        pushed.map_err(|error| MediaError::Damaged(format!("its sound: {error}")))
    }

    /// The track of everything. The decoder plays a frame together with the one before it, and in the
    /// first one nothing but silence: that one is left out, so that the sound starts with the track.
    pub(in crate::media) fn finish(mut self) -> VoiceTrack {
        self.encoder.finish();
        let packets = std::iter::from_fn(|| self.encoder.next_packet().ok());
        let frames = packets.skip(1).map(|packet| (packet.data.into_boxed_slice(), AAC_FRAME));
        let frames = frames.collect();
        let config = Some(audio_specific_config_bytes(RATE.get(), 1));
        let (object_type, rate) = (MPEG4_AUDIO, RATE.get());
        let entry = MpegStream { object_type, rate, channels: 1, config }.entry();
        VoiceTrack { entry, timescale: RATE, frames }
    }
}
