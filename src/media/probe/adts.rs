//! AAC in ADTS: a header before each frame (ISO/IEC 13818-7, 6.2).

use std::io::{Read, Seek};

use super::frames::{FrameHeader, FrameWalk, SampleCount};
use crate::media::error::MediaError;

/// Samples per second by their index in a header (ISO/IEC 14496-3, table 1.18).
pub(in crate::media) const AAC_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// Samples in a frame of AAC-LC (ISO/IEC 14496-3, 4.5.2.1.1).
pub(in crate::media) const AAC_FRAME: u32 = 1_024;

/// Reads the header of a frame.
pub(in crate::media) fn adts_header(head: &[u8]) -> Option<FrameHeader> {
    let &[sync, second, third, fourth, fifth, sixth, seventh, ..] = head else { return None };
    if sync != 0xff || second & 0xf6 != 0xf0 {
        return None;
    }
    let rate = *AAC_RATES.get(usize::from(third >> 2 & 0xf))?;
    let length = u32::from(fourth & 0b11) << 11 | u32::from(fifth) << 3 | u32::from(sixth >> 5);
    let header = if second & 1 == 0 { 9 } else { 7 };
    let blocks = u32::from(seventh & 0b11) + 1;
    let kind = u16::from_be_bytes([second & 0b1000, third & 0b1111_1100]);
    let samples = blocks * AAC_FRAME;
    (length > header).then_some(FrameHeader { length, samples, rate, kind })
}

/// The length in seconds of all frames, of which the caller checks the end.
pub(in crate::media) fn adts_seconds(
    walk: &mut FrameWalk<impl Read + Seek>,
) -> Result<f64, MediaError> {
    let mut count = SampleCount::default();
    while let Some(frame) = walk.next()? {
        count.add(frame.header.rate, frame.header.samples.into());
    }
    Ok(count.seconds())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A frame of 20 bytes at this index of a rate, with so many blocks.
    fn frame(rate: u8, blocks: u8) -> Vec<u8> {
        let mut frame = vec![0; 20];
        let head = [0xff, 0xf1, 0x40 | rate << 2, 0x80, 20 >> 3, (20 & 7) << 5 | 0x1f, 0xfc];
        frame[..7].copy_from_slice(&head);
        frame[6] |= blocks - 1;
        frame
    }

    fn seconds(bytes: &[u8]) -> f64 {
        adts_seconds(&mut FrameWalk::new(Cursor::new(bytes), adts_header).unwrap()).unwrap()
    }

    #[test]
    fn frames_of_every_rate_and_number_of_blocks_are_counted() {
        for (index, rate) in (0u8..).zip(AAC_RATES) {
            for blocks in 1..=4 {
                let one = f64::from(blocks) * 1_024.0 / f64::from(rate);
                let bytes = frame(index, blocks).repeat(7);
                assert!((seconds(&bytes) - 7.0 * one).abs() < 1e-9, "{rate} Hz, {blocks}");
            }
        }
    }

    #[test]
    fn two_rates_in_one_file_are_added_up() {
        let (fast, slow) = (frame(4, 1).repeat(10), frame(7, 1).repeat(10));
        let (fast_alone, slow_alone) = (10_240.0 / 44_100.0, 10_240.0 / 22_050.0);
        let both = seconds(&[fast.clone(), slow.clone()].concat());
        assert!((both - fast_alone - slow_alone).abs() < 1e-9);
        let junk = vec![0xff; 33];
        let bytes = [&junk[..], &slow, &junk, &fast, &fast[..13]].concat();
        assert!((seconds(&bytes) - both).abs() < 1e-9);
    }
}
