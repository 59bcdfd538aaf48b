//! Decoding: any sound that symphonia knows, as one channel.

use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

/// The most that is decoded of a voice, in seconds: more than any dialect accepts.
pub(super) const HEARD_SECONDS: u64 = 600;

/// Sound of one rate and one channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::media) struct MonoSound {
    /// Samples per second; 0 only if there are none.
    pub(super) rate: u32,
    /// The samples, mostly from -1 to 1.
    pub(super) samples: Vec<f32>,
}

/// Decodes packets one after another and mixes their channels.
pub(super) struct MonoDecoder {
    decoder: Box<dyn AudioDecoder>,
    sound: MonoSound,
    channels: Vec<f32>,
}

impl MonoDecoder {
    /// A decoder for sound of these parameters; `None` if symphonia has none.
    pub(super) fn new(parameters: &AudioCodecParameters) -> Option<MonoDecoder> {
        let options = AudioDecoderOptions::default();
        let decoder = symphonia::default::get_codecs().make_audio_decoder(parameters, &options);
        Some(MonoDecoder {
            decoder: decoder.ok()?,
            sound: MonoSound::default(),
            channels: Vec::new(),
        })
    }

    /// Decodes a packet of so many samples. One that is damaged is silent. Returns whether there is
    /// room for more.
    pub(super) fn decode(&mut self, bytes: impl Into<Box<[u8]>>, samples: u64) -> bool {
        self.decode_packet(&Packet::new(0, Timestamp::ZERO, Duration::from(samples), bytes))
    }

    /// Decodes a packet as a container gave it.
    pub(super) fn decode_packet(&mut self, packet: &Packet) -> bool {
        let samples = &mut self.sound.samples;
        match self.decoder.decode(packet) {
            Ok(decoded) => {
                let rate = decoded.spec().rate();
                // Of one recording with several rates, the first is heard.
                if self.sound.rate == 0 {
                    self.sound.rate = rate;
                }
                let channels = decoded.spec().channels().count().max(1);
                if self.sound.rate == rate {
                    decoded.copy_to_vec_interleaved(&mut self.channels);
                    let mixed = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
                    samples.extend(self.channels.chunks_exact(channels).map(mixed));
                }
            }
            Err(_) if self.sound.rate > 0 => {
                let silent = packet.block_dur().get().min(u64::from(self.sound.rate));
                samples.extend(std::iter::repeat_n(0.0, silent as usize));
            }
            Err(_) => {}
        }
        let limit = u64::from(self.sound.rate) * HEARD_SECONDS;
        (self.sound.samples.len() as u64) < limit || self.sound.rate == 0
    }

    /// What was decoded.
    pub(super) fn finish(self) -> MonoSound {
        self.sound
    }
}
