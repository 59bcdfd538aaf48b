//! MPEG audio: layers I, II and III, of MPEG-1, MPEG-2 and MPEG-2.5.
//!
//! ISO/IEC 11172-3, 2.4.1.3 and 2.4.2.3 for headers, ISO/IEC 13818-3 for the lower rates; Xing's and
//! LAME's note, which encoders put into the first frame, as LAME documents it ("mp3 info tag").

use std::io::{Read, Seek};

use super::frames::{FrameHeader, FrameWalk, SampleCount, SoundFrame};
use crate::media::error::MediaError;

/// Kilobits per second by their index in a header: MPEG-1 layers I, II, III, then layer I and layers
/// II and III of the lower rates.
const BIT_RATES: [[u32; 14]; 5] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// The layer of a frame, from its header: 1, 2 or 3.
pub(in crate::media) fn layer_of(head: &[u8]) -> u8 {
    4 - (head.get(1).map_or(0, |byte| byte >> 1) & 0b11)
}

/// Whether these bytes start with a header whose bit rate is free, so that it does not say where the
/// frame ends.
pub(in crate::media) fn is_free_format(head: &[u8]) -> bool {
    let filled = |head: &[u8]| [head[0], head[1], head[2] | 0x10, head[3]];
    let is_free = |head: &&[u8]| head[2] >> 4 == 0;
    head.get(..4).filter(is_free).is_some_and(|head| mpeg_header(&filled(head)).is_some())
}

/// Reads the header of a frame of MPEG audio.
pub(in crate::media) fn mpeg_header(head: &[u8]) -> Option<FrameHeader> {
    let &[sync, second, third, _, ..] = head else { return None };
    let (version, layer) = (second >> 3 & 0b11, 4 - (second >> 1 & 0b11));
    let (bit_rate, rate, padding) = (third >> 4, third >> 2 & 0b11, third >> 1 & 1);
    let is_header = sync == 0xff && second & 0xe0 == 0xe0 && version != 1 && layer < 4;
    if !is_header || matches!(bit_rate, 0 | 15) || rate == 3 {
        return None;
    }
    // MPEG-2 has half the rates of MPEG-1, MPEG-2.5 a quarter.
    let (is_first, slowing) = (version == 3, [4, 1, 2, 1][usize::from(version)]);
    let rate = [44_100, 48_000, 32_000][usize::from(rate)] / slowing;
    let table = match (is_first, layer) {
        (true, layer) => usize::from(layer) - 1,
        (false, 1) => 3,
        (false, _) => 4,
    };
    let bit_rate = BIT_RATES[table][usize::from(bit_rate) - 1] * 1_000;
    let (samples, length) = match (layer, is_first) {
        (1, _) => (384, (12 * bit_rate / rate + u32::from(padding)) * 4),
        (3, false) => (576, 72 * bit_rate / rate + u32::from(padding)),
        _ => (1_152, 144 * bit_rate / rate + u32::from(padding)),
    };
    let kind = u16::from_be_bytes([second & 0b1_1110, third & 0b1100]);
    Some(FrameHeader { length, samples, rate, kind })
}

/// What the encoder noted in a first frame that plays nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::media) struct EncoderNote {
    /// How many frames follow, if it says so.
    frames: Option<u32>,
    /// How many bytes the recording has from this frame on, if it says so.
    bytes: Option<u32>,
    /// Samples of padding around the sound, at the start and at the end.
    padding: (u32, u32),
}

/// Samples by which the decoder of layer III is late (LAME's `tech.html`, "decoder delay").
const DECODER_DELAY: u32 = 529;

impl EncoderNote {
    /// How many samples of what is decoded to skip at the start, and how many follow that are heard, of a
    /// recording of so many frames and samples; `None` if the note does not say.
    pub(in crate::media) fn heard(&self, frames: u32, samples: u64) -> Option<(u64, u64)> {
        let (start, end) = self.padding;
        if self.frames != Some(frames) || start == 0 {
            return None;
        }
        let heard = samples.checked_sub(u64::from(start) + u64::from(end))?;
        Some((u64::from(start + DECODER_DELAY), heard))
    }
}

/// Reads the note in a frame; `None` if it is a frame of sound.
pub(in crate::media) fn encoder_note(frame: &[u8]) -> Option<EncoderNote> {
    let head = frame.get(..4)?;
    let (is_first, is_mono) = (head[1] & 0b1000 != 0, head[3] >> 6 == 0b11);
    let side_info = match (is_first, is_mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    let checksum = if head[1] & 1 == 0 { 2 } else { 0 };
    if frame.get(36..).is_some_and(|rest| rest.starts_with(b"VBRI")) {
        let number = |at: usize| {
            let bytes = frame.get(36 + at..36 + at + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.map(u32::from_be_bytes)
        };
        return Some(EncoderNote { frames: number(14), bytes: number(10), padding: (0, 0) });
    }
    // Some encoders leave the place of the checksum out.
    let note = [4 + side_info, 4 + side_info + checksum]
        .into_iter()
        .filter_map(|at| frame.get(at..))
        .find(|rest| rest.starts_with(b"Xing") || rest.starts_with(b"Info"))?;
    let number = |at: usize| {
        let bytes = note.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_be_bytes)
    };
    let flags = number(4);
    let has = |flag: u32| flags & flag != 0;
    let frames = has(1).then(|| number(8));
    let bytes = Some(number(if has(1) { 12 } else { 8 })).filter(|bytes| has(2) && *bytes > 0);
    let extension = 8 + [(1, 4), (2, 4), (4, 100), (8, 4)]
        .into_iter()
        .filter(|(flag, _)| has(*flag))
        .map(|(_, length)| length)
        .sum::<usize>();
    // Behind 9 bytes of the encoder's name and 12 of its settings: 12 bits each.
    let padding = note.get(extension + 21..extension + 24).map_or((0, 0), |bytes| {
        let both = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
        (both >> 12, both & 0xfff)
    });
    Some(EncoderNote { frames, bytes, padding })
}

/// Frames that may be fewer than the encoder noted: encoders count differently, and the last frame is
/// often cut. 0.1 s at 44.1 kHz.
const FRAMES_MISSING_MAX: u32 = 4;

/// What the frames are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) enum FramesIn {
    /// A file of nothing else but tags.
    OwnFile,
    /// Another container, where players take an encoder's note for sound.
    Container,
}

/// The length in seconds of all frames, also of one that is cut short. What the encoder noted as
/// padding is left out, unless the note is wrong about the number of frames, as it is where files were
/// written one behind the other, or stands where players do not look for it.
///
/// # Errors
/// `Incomplete` if the file ends within a frame, or has fewer frames than the encoder noted.
pub(in crate::media) fn mpeg_seconds(
    walk: &mut FrameWalk<impl Read + Seek>,
    within: FramesIn,
) -> Result<f64, MediaError> {
    let start = walk.behind_id3()?;
    let mut found = MpegFrames::default();
    while let Some(frame) = walk.next()? {
        if found.first.is_none() {
            found.first = Some(frame);
            if within == FramesIn::OwnFile {
                found.note = encoder_note(walk.bytes(frame.at, frame.header.length as usize)?);
            }
            if found.note.is_some() {
                continue;
            }
        }
        found.frames += 1;
        found.count.add(frame.header.rate, frame.header.samples.into());
    }
    let first = found.first.map_or(start, |first| first.at);
    // A stream that was joined midway begins within a frame, and so it may end.
    let has_start = first <= start || walk.is_empty(start, first)?;
    if found.note.is_none_or(|note| note.frames.is_some_and(|noted| noted < found.frames))
        && has_start
    {
        walk.check_end()?;
    }
    if let Some(cut) = walk.cut_frame() {
        found.count.add(cut.header.rate, cut.header.samples.into());
    }
    found.check_note(walk.end())?;
    Ok((found.count.seconds() - found.padding(start, walk.end())).max(0.0))
}

/// The frames of a recording.
#[derive(Default)]
struct MpegFrames {
    /// The first one, which may contain a note.
    first: Option<SoundFrame>,
    note: Option<EncoderNote>,
    /// How many frames of sound there are.
    frames: u32,
    /// Their samples.
    count: SampleCount,
}

impl MpegFrames {
    /// Whether there are as many frames as the encoder noted.
    fn check_note(&self, end: u64) -> Result<(), MediaError> {
        let Some((first, note)) = self.first.zip(self.note) else { return Ok(()) };
        let Some(noted) = note.frames else { return Ok(()) };
        if noted <= self.frames.saturating_add(FRAMES_MISSING_MAX) {
            return Ok(());
        }
        let promised = note.bytes.map_or(0, |bytes| first.at + u64::from(bytes));
        Err(match promised > end {
            true => MediaError::Truncated { promised, present: end },
            false => MediaError::Incomplete(format!("it holds {} of {noted} frames", self.frames)),
        })
    }

    /// The seconds of padding that players leave out of a recording whose tags end and begin here.
    fn padding(&self, start: u64, end: u64) -> f64 {
        let Some((first, note)) = self.first.zip(self.note) else { return 0.0 };
        if note.frames != Some(self.frames) || first.at != start {
            return 0.0;
        }
        // Behind much else, ffmpeg takes the file for two and plays its end whole.
        let noted = note.bytes.map_or(u64::MAX, u64::from);
        let more = (end - first.at).saturating_sub(noted);
        let at_end = if more > noted / 16 { 0 } else { note.padding.1 };
        f64::from(note.padding.0 + at_end) / f64::from(first.header.rate)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn every_valid_header_says_how_long_its_frame_is() {
        // 128 kbit/s at 44.1 kHz, with and without padding; 64 kbit/s at 24 kHz; layers II and I.
        for (head, length, samples, rate) in [
            ([0xff, 0xfb, 0x90, 0xc0], 417, 1_152, 44_100),
            ([0xff, 0xfb, 0x92, 0xc0], 418, 1_152, 44_100),
            ([0xff, 0xf3, 0x84, 0xc0], 192, 576, 24_000),
            ([0xff, 0xe3, 0x18, 0xc0], 72, 576, 8_000),
            ([0xff, 0xfd, 0x84, 0xc0], 384, 1_152, 48_000),
            ([0xff, 0xff, 0x46, 0xc0], 132, 384, 48_000),
        ] {
            let header = mpeg_header(&head).unwrap();
            assert_eq!((header.length, header.samples, header.rate), (length, samples, rate));
        }
        let mut valid = 0u32;
        for second in 0..=0xffu8 {
            for third in 0..=0xffu8 {
                let head = [0xff, second, third, 0xc0];
                let Some(header) = mpeg_header(&head) else { continue };
                valid += 1;
                assert!((24..=2_881).contains(&header.length), "{head:02x?}: {header:?}");
                assert!(!is_free_format(&head));
            }
        }
        // 3 versions, 3 layers, 14 bit rates, 3 rates, checksum, padding, private bit.
        assert_eq!(valid, 3 * 3 * 14 * 3 * 2 * 2 * 2);
        assert!(is_free_format(&[0xff, 0xfb, 0x00, 0xc0]));
    }

    /// A frame of 64 kbit/s, 44.1 kHz, mono.
    fn frame() -> Vec<u8> {
        let mut frame = vec![0; 208];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x50, 0xc0]);
        frame
    }

    /// The first frame of LAME for so many frames, with so much padding.
    fn note(frames: u32, (start, end): (u32, u32)) -> Vec<u8> {
        let mut note = frame();
        note[21..25].copy_from_slice(b"Info");
        note[28] = 0xf;
        note[29..33].copy_from_slice(&frames.to_be_bytes());
        let at = 21 + 8 + 112 + 21;
        note[at..at + 3].copy_from_slice(&(start << 12 | end).to_be_bytes()[1..]);
        note
    }

    fn measured(bytes: &[u8]) -> Result<f64, MediaError> {
        let mut walk = FrameWalk::new(Cursor::new(bytes), mpeg_header).unwrap();
        mpeg_seconds(&mut walk, FramesIn::OwnFile)
    }

    fn seconds(bytes: &[u8]) -> f64 {
        measured(bytes).unwrap()
    }

    #[test]
    fn padding_is_left_out_only_if_the_note_is_right() {
        let sound = frame().repeat(10);
        let of = |samples: u32| f64::from(samples) / 44_100.0;
        assert_eq!(seconds(&sound), of(11_520));
        let right = [note(10, (1_105, 400)), sound.clone()].concat();
        assert!((seconds(&right) - of(11_520 - 1_505)).abs() < 1e-9);
        let wrong = [note(9, (1_105, 400)), sound.clone()].concat();
        assert_eq!(seconds(&wrong), of(11_520));
        // The second note plays as silence.
        assert_eq!(seconds(&[&right[..], &right].concat()), of(21 * 1_152));
        assert_eq!(seconds(&note(0, (4_000, 4_000))), 0.0);
        let tag = &b"ID3\x04\0\0\0\0\0\x02\0\0"[..];
        assert!((seconds(&[tag, &right].concat()) - of(11_520 - 1_505)).abs() < 1e-9);
        assert_eq!(seconds(&[&[0; 99][..], &right].concat()), of(11_520));
    }

    #[test]
    fn what_is_no_sound_does_not_count() {
        let sound = frame().repeat(4);
        let expected = seconds(&sound);
        // A header within a picture in a tag, and one that nothing follows on.
        let id3 = [&b"ID3\x04\0\0\0\0\x03\x20"[..], &frame().repeat(2)[..416]].concat();
        let ape = |length: u8| {
            let mut tag = b"APETAGEX\xd0\x07\0\0".to_vec();
            tag.extend([length, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0]);
            [tag, vec![0xff; length.into()]].concat()
        };
        for junk in [vec![0; 999], id3, ape(200), vec![0xff, 0xfb, 0x50, 0xc0], vec![0xff; 50]] {
            let bytes = [&junk[..], &sound, &junk, &sound, &junk].concat();
            let more = seconds(&bytes) - 2.0 * expected;
            // What looks like a frame that is cut short at the end counts as one.
            assert!((-1e-9..0.0262).contains(&more), "{:02x?}: {more} s more", &junk[..4]);
        }
    }

    #[test]
    fn half_a_frame_at_the_end_is_half_a_download() {
        let sound = frame().repeat(5);
        for length in 208..=sound.len() {
            // The frame that is cut counts if its header is there and a whole one is before it.
            let (whole, rest) = (length / 208, length % 208);
            let frames = whole + usize::from(rest >= 4);
            let expected = frames as f64 * 1_152.0 / 44_100.0;
            match measured(&sound[..length]) {
                Ok(seconds) => {
                    assert!((seconds - expected).abs() < 1e-9, "{length} bytes");
                    assert!(rest <= 8 || rest >= 200, "{length} bytes");
                }
                Err(error) => {
                    assert!((9..200).contains(&rest), "{length} bytes: {error}");
                    let words =
                        format!("it holds {length} of at least {} bytes", (whole + 1) * 208);
                    assert!(error.to_string().ends_with(&words), "{error}");
                }
            }
        }
        assert_eq!(seconds(&sound[..207]), 0.0);
        // A stream that was joined midway begins within a frame as well.
        assert!(seconds(&[&[7; 40][..], &sound, &sound[..99]].concat()) > 0.1);
    }

    #[test]
    fn far_fewer_frames_than_the_encoder_noted_are_half_a_download() {
        let right = [note(100, (1_105, 400)), frame().repeat(100)].concat();
        let shorter = |frames: usize| measured(&right[..208 * (1 + frames) + 50]);
        for frames in [96, 98, 99] {
            let expected = (frames + 1) as f64 * 1_152.0 / 44_100.0;
            assert!((shorter(frames).unwrap() - expected).abs() < 1e-9, "{frames}");
        }
        let error = shorter(95).unwrap_err().to_string();
        assert!(error.ends_with("it holds 95 of 100 frames"), "{error}");
        let mut sized = note(100, (0, 0));
        sized[33..37].copy_from_slice(&(208u32 * 101).to_be_bytes());
        let half = [sized, frame().repeat(50)].concat();
        let error = measured(&half).unwrap_err().to_string();
        assert!(error.ends_with("it holds 10608 of 21008 bytes"), "{error}");
    }

    #[test]
    fn the_end_is_played_whole_before_much_else() {
        let mut sized = note(100, (1_105, 900));
        sized[33..37].copy_from_slice(&(208u32 * 101).to_be_bytes());
        let sound = [sized, frame().repeat(100)].concat();
        let of = |samples: u32| f64::from(samples) / 44_100.0;
        let all = 115_200 - 1_105;
        for (zeros, samples) in [(0, all - 900), (1_313, all - 900), (1_314, all)] {
            let bytes = [&sound[..], &vec![0; zeros]].concat();
            assert!((seconds(&bytes) - of(samples)).abs() < 1e-9, "{zeros} zeros");
        }
    }
}
