//! FLAC: whether a file is whole. No API accepts FLAC as a voice, but half a recording that is
//! converted is half a voice.
//!
//! RFC 9639: section 8.2 for the length that is stated, 9 for frames.

use std::io::{Read, Seek};

use super::window::ByteWindow;
use crate::media::error::MediaError;

/// Bytes at the end of a file in which its last frame is looked for: the most that the window holds.
const TAIL: u64 = 64 << 10;

/// The length of an ID3v1 tag, which players put behind the last frame.
const ID3V1: usize = 128;

/// The error for a FLAC file that ends before the samples that it states; `None` if it does not, or
/// states none, or is no FLAC file.
pub(super) fn flac_fault(file: &mut (impl Read + Seek)) -> Result<Option<MediaError>, MediaError> {
    let mut window = ByteWindow::new(file)?;
    let head = window.at(0, 42)?;
    if !head.starts_with(b"fLaC") {
        return Ok(None);
    }
    let Some(stream) = StreamInfo::of(head) else {
        return Ok(Some(MediaError::Incomplete("it ends within its header".into())));
    };
    let length = window.length();
    let tail = window.rest(length.saturating_sub(TAIL), TAIL as usize)?;
    if stream.samples == 0 {
        return Ok(None);
    }
    let starts = (0..tail.len()).rev();
    let last =
        starts.filter_map(|at| FrameEnd::of(&tail[at..], &stream).map(|end| (at, end))).next();
    let Some((at, end)) = last else {
        // Frames are shorter than the tail, save those of many channels.
        return Ok((length < TAIL).then(|| incomplete(0, &stream)));
    };
    if end.samples < stream.samples {
        return Ok(Some(incomplete(end.samples - end.block, &stream)));
    }
    let frame = &tail[at..];
    let without_tag = frame.len().checked_sub(ID3V1).map(|end| frame.split_at(end));
    let without_tag =
        without_tag.filter(|(_, tag)| tag.starts_with(b"TAG")).map(|(frame, _)| frame);
    let is_whole = crc16(frame) == 0 || without_tag.is_some_and(|frame| crc16(frame) == 0);
    Ok((!is_whole).then(|| incomplete(end.samples - end.block, &stream)))
}

fn incomplete(samples: u64, stream: &StreamInfo) -> MediaError {
    let seconds = |samples: u64| samples as f64 / f64::from(stream.rate);
    let (here, all) = (seconds(samples), seconds(stream.samples));
    MediaError::Incomplete(format!("it holds {here:.1} of {all:.1} s"))
}

/// What the first block of a file says.
struct StreamInfo {
    rate: u32,
    /// The samples of a frame, if all have as many.
    block: u64,
    /// All samples of a channel; 0 if that is not known.
    samples: u64,
}

impl StreamInfo {
    fn of(head: &[u8]) -> Option<StreamInfo> {
        let info = head.get(8..8 + 34)?;
        let rate = u32::from_be_bytes([0, info[10], info[11], info[12]]) >> 4;
        let low = u32::from_be_bytes([info[14], info[15], info[16], info[17]]);
        let samples = u64::from(info[13] & 0xf) << 32 | u64::from(low);
        let block = u16::from_be_bytes([info[2], info[3]]).into();
        Some(StreamInfo { rate: rate.max(1), block, samples })
    }
}

/// Where a frame ends.
struct FrameEnd {
    /// Samples before it and in it.
    samples: u64,
    /// Samples in it.
    block: u64,
}

impl FrameEnd {
    /// Reads the header of a frame, which has a checksum of its own.
    fn of(bytes: &[u8], stream: &StreamInfo) -> Option<FrameEnd> {
        if bytes.len() < 6 || bytes[0] != 0xff || bytes[1] & 0xfe != 0xf8 || bytes[3] & 1 != 0 {
            return None;
        }
        let (number, mut at) = coded_number(&bytes[4..])?;
        at += 4;
        let byte = |at: usize| bytes.get(at).copied().map(u64::from);
        let block = match bytes[2] >> 4 {
            0 => return None,
            1 => 192,
            code @ 2..=5 => 576 << (code - 2),
            6 => {
                at += 1;
                byte(at - 1)? + 1
            }
            7 => {
                at += 2;
                (byte(at - 2)? << 8 | byte(at - 1)?) + 1
            }
            code => 256 << (code - 8),
        };
        at += match bytes[2] & 0xf {
            12 => 1,
            13 | 14 => 2,
            15 => return None,
            _ => 0,
        };
        if crc8(bytes.get(..=at)?) != 0 {
            return None;
        }
        // Frames are numbered, or their samples are.
        let start = if bytes[1] & 1 == 0 { number.checked_mul(stream.block)? } else { number };
        // What looks like a header by chance hardly fits.
        let fits = start < stream.samples && (block <= stream.block || stream.block == 0);
        fits.then_some(FrameEnd { samples: start + block, block })
    }
}

/// A number that is coded as UTF-8 codes characters, and its length.
fn coded_number(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = match first.leading_ones() {
        0 => return Some((first.into(), 1)),
        ones @ 2..=7 => ones as usize,
        _ => return None,
    };
    let start = u64::from(first) & (0x7f >> length);
    let rest = bytes.get(1..length)?.iter();
    let add = |number: u64, byte: &u8| {
        (byte >> 6 == 0b10).then_some(number << 6 | u64::from(byte & 0x3f))
    };
    Some((rest.clone().try_fold(start, add)?, length))
}

fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| if crc >> 7 == 1 { crc << 1 ^ 0x07 } else { crc << 1 })
    })
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        let start = crc ^ u16::from(*byte) << 8;
        (0..8).fold(start, |crc, _| if crc >> 15 == 1 { crc << 1 ^ 0x8005 } else { crc << 1 })
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A file of this many frames of 192 samples at 8 kHz, which states so many samples.
    fn file(frames: u8, samples: u32) -> Vec<u8> {
        let mut bytes = b"fLaC\x80\0\0\x22\0\xc0\0\xc0\0\0\0\0\0\0\x01\xf4\x00\x00".to_vec();
        bytes.extend(samples.to_be_bytes());
        bytes.resize(42, 0);
        for number in 0..frames {
            let mut frame = vec![0xff, 0xf8, 0x14, 0x08, number];
            frame.push(crc8(&frame));
            frame.extend([0; 30]);
            let crc = crc16(&frame);
            frame.extend(crc.to_be_bytes());
            bytes.extend(frame);
        }
        bytes
    }

    fn fault(bytes: &[u8]) -> Option<String> {
        flac_fault(&mut Cursor::new(bytes)).unwrap().map(|fault| fault.to_string())
    }

    #[test]
    fn the_last_frame_says_how_much_is_there() {
        let whole = file(100, 19_200);
        assert_eq!(fault(&whole), None);
        assert_eq!(fault(&file(100, 0)), None, "no length is stated");
        assert_eq!(fault(&[&whole[..], b"TAG", &[0; 125]].concat()), None);
        assert_eq!(fault(b"RIFF"), None);
        let frame = (whole.len() - 42) / 100;
        for (length, words) in [
            (whole.len() - 1, "it holds 2.4 of 2.4 s"),
            (42 + 50 * frame + 20, "it holds 1.2 of 2.4 s"),
            (42 + 2, "it holds 0.0 of 2.4 s"),
            (30, "it ends within its header"),
        ] {
            let said = fault(&whole[..length]).unwrap();
            assert!(said.ends_with(words), "{length} bytes: {said}");
        }
    }

    #[test]
    fn numbers_of_every_length_are_read() {
        assert_eq!(coded_number(&[0x7f]), Some((0x7f, 1)));
        assert_eq!(coded_number(&[0xc2, 0x80]), Some((0x80, 2)));
        assert_eq!(coded_number(&[0xe2, 0x82, 0xac]), Some((0x20ac, 3)));
        assert_eq!(coded_number(&[0xfe, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]), Some((0, 7)));
        assert_eq!(coded_number(&[0xc2, 0x00]), None);
        assert_eq!(coded_number(&[0x80]), None);
        assert_eq!(coded_number(&[0xff, 0x80]), None);
    }
}
