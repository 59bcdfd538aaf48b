//! MP3: layer III of MPEG-1, MPEG-2 and MPEG-2.5, told apart into frames by their headers.

use std::ops::Range;

use super::voice_track::{Stream, VoiceTrack, behind_tag, timescale};
use crate::media::error::MediaError;

/// Object types of ISO/IEC 14496-1, table 5: sound of ISO/IEC 13818-3 and of ISO/IEC 11172-3.
const MPEG_2_AUDIO: u8 = 0x69;
const MPEG_1_AUDIO: u8 = 0x6b;

/// Bits per second in thousands by their index, for layer III of MPEG-1 and of the others
/// (ISO/IEC 11172-3, 2.4.2.3; ISO/IEC 13818-3, 2.4.2.3). 0 is free format, which nobody writes.
const KBITS_1: [u32; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBITS_2: [u32; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/// What a frame's header says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Header {
    mpeg_1: bool,
    rate: u32,
    mono: bool,
    /// The frame's length in bytes, this header included.
    size: usize,
}

impl Header {
    /// The header that starts here, if one does.
    fn at(bytes: &[u8]) -> Option<Header> {
        let head: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
        if head[0] != 0xff || head[1] & 0xe6 != 0xe2 {
            return None;
        }
        let slowing = match head[1] >> 3 & 0b11 {
            0b11 => 1,
            0b10 => 2,
            0b00 => 4,
            _ => return None,
        };
        let mpeg_1 = slowing == 1;
        let rate = [44_100, 48_000, 32_000].get(usize::from(head[2] >> 2 & 0b11))? / slowing;
        let kbits = if mpeg_1 { KBITS_1 } else { KBITS_2 };
        let kbits = *kbits.get(usize::from(head[2] >> 4)).filter(|kbits| **kbits > 0)?;
        let padding = u32::from(head[2] >> 1 & 1);
        let size = (if mpeg_1 { 144_000 } else { 72_000 }) * kbits / rate + padding;
        Some(Header { mpeg_1, rate, mono: head[3] >> 6 == 0b11, size: size as usize })
    }

    fn alike(&self, other: &Header) -> bool {
        (self.mpeg_1, self.rate, self.mono) == (other.mpeg_1, other.rate, other.mono)
    }

    fn samples(&self) -> u32 {
        if self.mpeg_1 { 1_152 } else { 576 }
    }

    /// Whether this frame holds an encoder's notes (Xing, Info or VBRI) instead of sound.
    fn is_note(&self, frame: &[u8]) -> bool {
        let side_info = match (self.mpeg_1, self.mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        };
        let at = |place: usize| frame.get(place..place + 4).unwrap_or_default();
        at(4 + side_info) == b"Xing" || at(4 + side_info) == b"Info" || at(36) == b"VBRI"
    }
}

/// Takes an MP3 apart. Bytes between frames are skipped; a frame that the end cuts off is left
/// out.
pub(super) fn recording(bytes: Vec<u8>) -> Result<VoiceTrack, MediaError> {
    let mut first: Option<Header> = None;
    let mut frames: Vec<(Range<usize>, u32)> = Vec::new();
    let mut at = behind_tag(&bytes);
    let mut in_step = false;
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() > 4) {
        let header = Header::at(rest).filter(|header| {
            let fits = first.is_none_or(|first| first.alike(header)) && header.size <= rest.len();
            // Out of step, four bytes may look like a header by chance; two headers do not.
            fits && (in_step || follows(rest, header))
        });
        let Some(header) = header else {
            in_step = false;
            at += 1;
            continue;
        };
        in_step = true;
        let note = first.is_none() && header.is_note(&rest[..header.size]);
        first = first.or(Some(header));
        if !note {
            frames.push((at..at + header.size, header.samples()));
        }
        at += header.size;
    }
    let first = first.ok_or_else(|| MediaError::Damaged("there is no sound in it".into()))?;
    let stream = Stream {
        object_type: if first.mpeg_1 { MPEG_1_AUDIO } else { MPEG_2_AUDIO },
        rate: first.rate,
        channels: if first.mono { 1 } else { 2 },
        config: None,
    };
    Ok(VoiceTrack { entry: stream.entry(), timescale: timescale(first.rate)?, frames, bytes })
}

/// Whether a like header follows this frame, or the end does.
fn follows(rest: &[u8], header: &Header) -> bool {
    let next = &rest[header.size..];
    next.is_empty() || Header::at(next).is_some_and(|next| next.alike(header))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of 64 kbit/s at 44.1 kHz in mono: 208 bytes.
    fn frame(fill: u8) -> Vec<u8> {
        let mut frame = vec![fill; 208];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x50, 0xc0]);
        frame
    }

    fn places(bytes: Vec<u8>) -> Vec<Range<usize>> {
        recording(bytes).unwrap().frames.into_iter().map(|frame| frame.0).collect()
    }

    #[test]
    fn headers_say_how_long_their_frames_are() {
        for (head, rate, mono, size) in [
            ([0xff, 0xfb, 0x90, 0x00], 44_100, false, 417),
            ([0xff, 0xfb, 0x92, 0x00], 44_100, false, 418),
            ([0xff, 0xfb, 0x54, 0xc0], 48_000, true, 192),
            ([0xff, 0xf3, 0x40, 0xc0], 22_050, true, 104),
            ([0xff, 0xe3, 0x18, 0xc0], 8_000, true, 72),
        ] {
            let header = Header::at(&head).unwrap();
            assert_eq!((header.rate, header.mono, header.size), (rate, mono, size), "{head:x?}");
        }
        for head in [
            [0xff, 0xfb, 0x00, 0x00],
            [0xff, 0xfb, 0xf0, 0x00],
            [0xff, 0xfb, 0x9c, 0x00],
            [0xff, 0xeb, 0x90, 0x00],
            [0xff, 0xfd, 0x90, 0x00],
            [0xfe, 0xfb, 0x90, 0x00],
        ] {
            assert_eq!(Header::at(&head), None, "{head:x?}");
        }
    }

    #[test]
    fn tags_notes_rubbish_and_a_cut_end_are_left_out() {
        let tag = [&b"ID3\x04\0\0\0\0\x01\x02"[..], &[0xff; 130]].concat();
        let mut note = frame(0);
        note[21..25].copy_from_slice(b"Info");
        let bytes =
            [tag, note, frame(1), frame(2), b"rubbish".to_vec(), frame(3), frame(4)].concat();
        let whole = places(bytes.clone());
        assert_eq!(whole, [348..556, 556..764, 771..979, 979..1_187]);
        assert_eq!(places(bytes[..1_186].to_vec()), whole[..3]);
        let with_tag = [bytes, [&b"TAG"[..], &[0; 125]].concat()].concat();
        assert_eq!(places(with_tag), whole);
    }

    #[test]
    fn without_a_frame_there_is_no_sound() {
        for bytes in [vec![], vec![0xff; 999], b"ID3\x04\0\0\x7f\x7f\x7f\x7f".to_vec()] {
            let error = recording(bytes).unwrap_err();
            assert_eq!(error.to_string(), "damaged: there is no sound in it");
        }
    }
}
