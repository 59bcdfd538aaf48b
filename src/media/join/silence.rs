//! Silence: AAC frames in which nothing sounds, for parts without sound between others with it.

use shiguredo_mp4::boxes::SampleEntry;

/// What matters of an AAC track for making silence that fits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AacShape {
    /// The decoder's configuration (AudioSpecificConfig).
    pub config: Vec<u8>,
    /// Samples per second.
    pub rate: u32,
    channels: u8,
}

/// Samples in a frame of AAC-LC (ISO/IEC 14496-3, 4.5.2.1.1).
pub(super) const FRAME_SAMPLES: u32 = 1_024;

/// Samples per second by their index in the configuration (ISO/IEC 14496-3, table 1.18).
const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// MPEG-4 audio (object type indication 0x40) as AAC-LC (audio object type 2).
const MPEG4_AUDIO: u8 = 0x40;
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
        let rate = *RATES.get(usize::from(bits >> 7 & 0xf))?;
        let channels = (bits >> 3 & 0xf) as u8;
        (bits >> 11 == AAC_LC && bits & 0b100 == 0).then_some(AacShape { config, rate, channels })
    }

    /// A frame in which nothing sounds: one channel element with all bands at zero, then the end.
    /// `None` for more than two channels.
    pub(super) fn silent_frame(&self) -> Option<&'static [u8]> {
        match self.channels {
            // Element 0 (single channel), gain 0, long window, no bands, end.
            1 => Some(&[0x00, 0x00, 0x00, 0x07]),
            // Element 1 (channel pair), no common window, both as above, end.
            2 => Some(&[0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0e]),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads bits from the highest down, as a decoder would.
    fn bits(bytes: &[u8]) -> impl Iterator<Item = u8> {
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
    }

    #[test]
    fn silent_frames_are_zeros_between_their_element_and_the_end() {
        let shape = |channels| AacShape { config: Vec::new(), rate: 48_000, channels };
        let mono: Vec<u8> = bits(shape(1).silent_frame().unwrap()).collect();
        // 7 bits of element, 22 of an empty channel, `111` for the end.
        assert_eq!(mono, [&[0; 29][..], &[1, 1, 1]].concat());
        let stereo: Vec<u8> = bits(shape(2).silent_frame().unwrap()).collect();
        assert_eq!(stereo, [&[0, 0, 1][..], &[0; 49], &[1, 1, 1, 0]].concat());
        assert_eq!(shape(6).silent_frame(), None);
    }
}
