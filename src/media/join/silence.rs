//! Silence: silent frames, for parts without sound among others with sound.

use shiguredo_mp4::boxes::SampleEntry;

use crate::media::mp4::codec_of;
use crate::media::probe::{AAC_FRAME, AAC_RATES};
use crate::media::sound::MPEG4_AUDIO;

/// A silent frame in the codec of a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Silence {
    /// The bytes for the decoder.
    pub bytes: Vec<u8>,
    /// Samples in a frame of that codec.
    pub samples: u32,
    /// Samples per second.
    pub rate: u32,
}

impl Silence {
    /// Silence for a track; `None` if we cannot make any for it.
    pub(super) fn fitting(entry: &SampleEntry) -> Option<Silence> {
        match (AacShape::of(entry), codec_of(entry).1) {
            (Some(shape), _) => {
                let bytes = shape.silent_frame()?.to_vec();
                Some(Silence { bytes, samples: AAC_FRAME, rate: shape.rate })
            }
            (None, "mp3") => {
                let (rate, channels) = (entry.audio_sample_rate()?, entry.audio_channel_count()?);
                silent_mp3(u32::from(rate), u16::from(channels))
            }
            (None, _) => None,
        }
    }
}

/// The properties of an AAC track that matching silence needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AacShape {
    /// The decoder configuration (AudioSpecificConfig).
    pub config: Vec<u8>,
    /// Samples per second.
    pub rate: u32,
    channels: u8,
}

/// AAC-LC as an audio object type (ISO/IEC 14496-3, table 1.17).
const AAC_LC: u16 = 2;

impl AacShape {
    /// The shape of an AAC-LC track with 1,024 samples a frame; `None` for everything else.
    pub(super) fn of(entry: &SampleEntry) -> Option<AacShape> {
        let SampleEntry::Mp4a(mp4a) = entry else { return None };
        let decoder = &mp4a.esds_box.es.dec_config_descr;
        if decoder.object_type_indication != MPEG4_AUDIO {
            return None;
        }
        let config = decoder.dec_specific_info.as_ref()?.payload.clone();
        let bits = u16::from_be_bytes([*config.first()?, *config.get(1)?]);
        // 5 bits object type, 4 bits rate, 4 bits channels, then 1 bit for frames of 960.
        let rate = *AAC_RATES.get(usize::from(bits >> 7 & 0xf))?;
        let channels = (bits >> 3 & 0xf) as u8;
        (bits >> 11 == AAC_LC && bits & 0b100 == 0).then_some(AacShape { config, rate, channels })
    }

    /// A silent frame: one channel element with all bands at zero, then the end. `None` for more
    /// than two channels.
    fn silent_frame(&self) -> Option<&'static [u8]> {
        match self.channels {
            // Element 0 (single channel), gain 0, long window, no bands, end.
            1 => Some(&[0x00, 0x00, 0x00, 0x07]),
            // Element 1 (channel pair), no common window, both as above, end.
            2 => Some(&[0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0e]),
            _ => None,
        }
    }
}

/// An MP3 frame at the lowest bit rate: its header, then zeros, which mean that all granules are
/// empty and no data comes from earlier frames.
fn silent_mp3(rate: u32, channels: u16) -> Option<Silence> {
    // MPEG-1, MPEG-2 and MPEG-2.5, each at half the rates of the previous one.
    let versions =
        [(1, 0b11, 1_152, 144 * 32_000), (2, 0b10, 576, 72 * 8_000), (4, 0b00, 576, 72 * 8_000)];
    let (version, index, samples, bits) =
        versions.into_iter().find_map(|(slowing, version, samples, bits)| {
            let index = [44_100, 48_000, 32_000].iter().position(|r| r / slowing == rate)?;
            Some((version, index as u8, samples, bits))
        })?;
    let mode = match channels {
        1 => 0b11,
        2 => 0b00,
        _ => return None,
    };
    let mut bytes = vec![0; (bits / rate) as usize];
    // Layer III without a checksum; the lowest bit rate has index 1.
    bytes[..4].copy_from_slice(&[0xff, 0xe3 | version << 3, 0x10 | index << 2, mode << 6]);
    Some(Silence { bytes, samples, rate })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads bits from the highest down, like a decoder.
    fn bits(bytes: &[u8]) -> impl Iterator<Item = u8> {
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
    }

    #[test]
    fn silent_aac_frames_contain_only_empty_channels() {
        let shape = |channels| AacShape { config: Vec::new(), rate: 48_000, channels };
        let mono: Vec<u8> = bits(shape(1).silent_frame().unwrap()).collect();
        // 7 bits of element, 22 of an empty channel, `111` for the end.
        assert_eq!(mono, [&[0; 29][..], &[1, 1, 1]].concat());
        let stereo: Vec<u8> = bits(shape(2).silent_frame().unwrap()).collect();
        assert_eq!(stereo, [&[0, 0, 1][..], &[0; 49], &[1, 1, 1, 0]].concat());
        assert_eq!(shape(6).silent_frame(), None);
    }

    #[test]
    fn silent_mp3_has_room_for_its_side_information() {
        for rate in [48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000] {
            for channels in [1, 2] {
                let silence = silent_mp3(rate, channels).unwrap();
                let side_info = match (silence.samples, channels) {
                    (1_152, 2) => 32,
                    (1_152, _) | (_, 2) => 17,
                    _ => 9,
                };
                assert!(silence.bytes.len() >= 4 + side_info, "{rate} Hz, {channels} channels");
                assert_eq!(silence.samples == 1_152, rate >= 32_000);
            }
        }
        assert_eq!(silent_mp3(44_100, 1).unwrap().bytes[..4], [0xff, 0xfb, 0x10, 0xc0]);
        assert_eq!(silent_mp3(11_025, 2).unwrap().bytes[..4], [0xff, 0xe3, 0x10, 0x00]);
        assert_eq!((silent_mp3(96_000, 1), silent_mp3(48_000, 6)), (None, None));
    }
}
