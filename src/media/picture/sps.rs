//! The sequence parameter set: the kind and the colours of an H.264 stream.
//!
//! The decoder interprets the rest; this module reads what the decoder refuses without saying why,
//! and skips to the colour description at the end of the set (ITU-T H.264, 7.3.2.1.1 and E.1.1).
//!
//! The crate `h264-reader` 0.9 reads the same fields, but rejects the whole set if the picture or
//! its buffer is larger than the stated level allows. ffmpeg writes such sets if asked for a level
//! that is too low; decoders play them, and their colours would be lost.

use super::colour::{ColourMatrix, ColourSpace};
use crate::catalog::FrameSize;

/// What a parameter set says about a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) struct StreamKind {
    /// How chroma is sampled: 0 for none, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4.
    chroma: u32,
    /// The bits of a sample, the larger number of luma and chroma.
    bits: u32,
    /// Whether pictures may be coded without loss.
    lossless: bool,
    /// Whether pictures may be coded as two fields.
    interlaced: bool,
    colours: VideoSignal,
}

/// The colour description in the set, as far as it is present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct VideoSignal {
    full_range: bool,
    matrix: Option<u32>,
}

/// Profiles whose sets describe chroma sampling (7.3.2.1.1).
const PROFILES_WITH_CHROMA: [u32; 13] =
    [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// Bits of a sample where a set does not state them, and the only number that is decoded here.
const USUAL_BITS: u32 = 8;

impl StreamKind {
    /// Reads a whole NAL unit; `None` if it is cut short or not a parameter set.
    pub(in crate::media) fn read(sps: &[u8]) -> Option<StreamKind> {
        let payload = without_emulation(sps.get(1..)?);
        let mut bits = Bits { bytes: &payload, at: 0 };
        let mut kind = StreamKind {
            chroma: 1,
            bits: USUAL_BITS,
            lossless: false,
            interlaced: false,
            colours: VideoSignal::default(),
        };
        kind.read_samples(&mut bits)?;
        kind.read_pictures(&mut bits)?;
        // A set that ends here says nothing about colours.
        kind.colours = video_signal(&mut bits).unwrap_or_default();
        Some(kind)
    }

    /// Up to the scaling lists.
    fn read_samples(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        let profile = bits.take(8)?;
        bits.take(16)?; // constraints and level
        bits.ue()?; // the set's number
        if PROFILES_WITH_CHROMA.contains(&profile) {
            self.chroma = bits.ue()?;
            if self.chroma == 3 {
                bits.take(1)?; // planes coded separately
            }
            let (luma, chroma) = (bits.ue()?, bits.ue()?);
            self.bits = luma.max(chroma).saturating_add(USUAL_BITS);
            self.lossless = bits.take(1)? == 1;
            if bits.take(1)? == 1 {
                skip_scaling_lists(bits)?;
            }
        }
        Some(())
    }

    /// From the numbers of pictures to their cropping.
    fn read_pictures(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        bits.ue()?; // bits of the frame number
        match bits.ue()? {
            0 => {
                bits.ue()?;
            }
            1 => {
                bits.take(1)?;
                bits.se()?;
                bits.se()?;
                for _ in 0..bits.ue()?.min(255) {
                    bits.se()?;
                }
            }
            _ => {}
        }
        bits.ue()?; // reference frames
        bits.take(1)?; // gaps allowed
        bits.ue()?; // width
        bits.ue()?; // height
        self.interlaced = bits.take(1)? == 0;
        if self.interlaced {
            bits.take(1)?; // by macroblock
        }
        bits.take(1)?; // direct inference
        if bits.take(1)? == 1 {
            for _ in 0..4 {
                bits.ue()?; // cropping
            }
        }
        Some(())
    }

    /// What makes the stream one that the decoder cannot read, in a few words, such as
    /// `10-bit 4:2:2`; `None` if it can.
    pub(in crate::media) fn obstacle(&self) -> Option<String> {
        let bits = format!("{}-bit", self.bits);
        let sampling = match self.chroma {
            0 => Some("greyscale"),
            1 => None,
            2 => Some("4:2:2"),
            _ => Some("4:4:4"),
        };
        let found = [
            self.interlaced.then_some("interlaced"),
            (self.bits != USUAL_BITS).then_some(bits.as_str()),
            sampling,
            self.lossless.then_some("lossless"),
        ];
        let words: Vec<&str> = found.into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

/// The colours of a stream with this parameter set (a whole NAL unit) and picture size.
///
/// Missing values default as in players: limited range, and BT.709 from 720 lines up.
pub(in crate::media) fn colour_space(sps: &[u8], size: FrameSize) -> ColourSpace {
    let large = size.width.max(size.height) >= 1_280 || size.width.min(size.height) >= 720;
    let assumed = if large { ColourMatrix::Bt709 } else { ColourMatrix::Bt601 };
    let colours = StreamKind::read(sps).map(|kind| kind.colours).unwrap_or_default();
    let matrix = match colours.matrix {
        Some(1) => ColourMatrix::Bt709,
        // 4 to 6 are the codes of BT.601 (table E-5).
        Some(4..=6) => ColourMatrix::Bt601,
        _ => assumed,
    };
    ColourSpace { matrix, full_range: colours.full_range }
}

/// The colour description in the VUI (E.1.1).
fn video_signal(bits: &mut Bits<'_>) -> Option<VideoSignal> {
    if bits.take(1)? == 0 {
        return None;
    }
    if bits.take(1)? == 1 && bits.take(8)? == 255 {
        bits.take(32)?; // the shape of a pixel, written out
    }
    if bits.take(1)? == 1 {
        bits.take(1)?; // overscan
    }
    if bits.take(1)? == 0 {
        return None;
    }
    bits.take(3)?; // video format
    let full_range = bits.take(1)? == 1;
    let described = bits.take(1)? == 1;
    let matrix = if described { bits.take(16).and_then(|_| bits.take(8)) } else { None };
    Some(VideoSignal { full_range, matrix })
}

fn skip_scaling_lists(bits: &mut Bits<'_>) -> Option<()> {
    for list in 0..8 {
        if bits.take(1)? == 0 {
            continue;
        }
        let (mut last, mut next) = (8i64, 8i64);
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                next = (last + i64::from(bits.se()?)).rem_euclid(256);
            }
            last = if next == 0 { last } else { next };
        }
    }
    Some(())
}

/// Removes the bytes that prevent start codes (7.4.1).
fn without_emulation(bytes: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(bytes.len());
    let mut zeros = 0;
    for byte in bytes {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        payload.push(*byte);
    }
    payload
}

/// Bits from the highest to the lowest; `None` past the end.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// Up to 32 bits.
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0u32;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// An Exp-Golomb number (9.1).
    fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        let rest = self.take(zeros)?;
        u32::try_from((1u64 << zeros) - 1 + u64::from(rest)).ok()
    }

    /// A signed Exp-Golomb number.
    fn se(&mut self) -> Option<i32> {
        let number = self.ue()?;
        let half = i32::try_from(number.div_ceil(2)).ok()?;
        Some(if number % 2 == 1 { half } else { -half })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HD: FrameSize = FrameSize { width: 1920, height: 1080 };
    const SD: FrameSize = FrameSize { width: 640, height: 360 };

    /// Produced by libx264 with `-pix_fmt yuvj420p -colorspace smpte170m`, High profile.
    const FULL_RANGE_601: &str = "6764000cacd941419f9f016e04040c800000030080000019078a14cb";

    #[test]
    fn reads_what_encoders_write() {
        let sps = hex::decode(FULL_RANGE_601).unwrap();
        let space = ColourSpace { matrix: ColourMatrix::Bt601, full_range: true };
        assert_eq!(colour_space(&sps, HD), space);
        assert_eq!(StreamKind::read(&sps).unwrap().obstacle(), None);
    }

    #[test]
    fn obstacles_are_named_together() {
        let sps = hex::decode(FULL_RANGE_601).unwrap();
        let usual = StreamKind::read(&sps).unwrap();
        let obstacle = |kind: StreamKind| kind.obstacle().unwrap();
        assert_eq!(obstacle(StreamKind { interlaced: true, ..usual }), "interlaced");
        assert_eq!(obstacle(StreamKind { bits: 10, chroma: 2, ..usual }), "10-bit 4:2:2");
        assert_eq!(obstacle(StreamKind { lossless: true, chroma: 3, ..usual }), "4:4:4 lossless");
    }

    #[test]
    fn missing_colours_default_as_in_players() {
        let silent = ColourSpace { matrix: ColourMatrix::Bt709, full_range: false };
        assert_eq!(colour_space(&[0x67], HD), silent);
        let small = ColourSpace { matrix: ColourMatrix::Bt601, full_range: false };
        assert_eq!(colour_space(&[], SD), small);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            colour_space(&bytes, HD);
        }
    }
}
