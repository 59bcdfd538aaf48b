//! AAC in ADTS: frames with a header each, which an MP4 says once instead (ISO/IEC 13818-7, 6.2).

use std::ops::Range;

use super::voice_track::{Stream, VoiceTrack, behind_tag, timescale};
use crate::media::error::MediaError;
use crate::media::sound::aac::{FRAME_SAMPLES, MPEG4_AUDIO, RATES};

/// What a frame's header says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Header {
    /// The audio object type less one.
    profile: u8,
    /// The sample rate by its place in [`RATES`].
    rate: u8,
    channels: u8,
    /// The header's own length in bytes.
    length: usize,
    /// The whole frame's length in bytes.
    size: usize,
}

impl Header {
    /// The header that starts here, if one does, with one block of sound behind it.
    fn at(bytes: &[u8]) -> Option<Header> {
        let head = bytes.get(..7)?;
        if head[0] != 0xff || head[1] & 0xf6 != 0xf0 || head[6] & 0b11 != 0 {
            return None;
        }
        let length = if head[1] & 1 == 1 { 7 } else { 9 };
        let size = usize::from(head[3] & 0b11) << 11
            | usize::from(head[4]) << 3
            | usize::from(head[5] >> 5);
        let rate = head[2] >> 2 & 0xf;
        let known = usize::from(rate) < RATES.len() && size > length;
        let channels = (head[2] & 1) << 2 | head[3] >> 6;
        known.then_some(Header { profile: head[2] >> 6, rate, channels, length, size })
    }

    fn alike(&self, other: &Header) -> bool {
        (self.profile, self.rate, self.channels) == (other.profile, other.rate, other.channels)
    }

    /// The configuration (AudioSpecificConfig): 5 bits type, 4 bits rate, 4 bits channels.
    fn config(&self) -> Vec<u8> {
        let bits = (u16::from(self.profile) + 1) << 11
            | u16::from(self.rate) << 7
            | u16::from(self.channels) << 3;
        bits.to_be_bytes().to_vec()
    }
}

/// Takes ADTS apart, up to the first byte that is not a frame like the first one.
pub(super) fn recording(bytes: Vec<u8>) -> Result<VoiceTrack, MediaError> {
    let mut frames: Vec<(Range<usize>, u32)> = Vec::new();
    let mut at = behind_tag(&bytes);
    let first = Header::at(&bytes[at..]);
    let first = first.ok_or_else(|| MediaError::Damaged("there is no sound in it".into()))?;
    while let Some(header) = Header::at(&bytes[at..]) {
        if !header.alike(&first) || at + header.size > bytes.len() {
            break;
        }
        frames.push((at + header.length..at + header.size, FRAME_SAMPLES));
        at += header.size;
    }
    let rate = RATES[usize::from(first.rate)];
    let stream = Stream {
        object_type: MPEG4_AUDIO,
        rate,
        // 7 stands for eight channels (ISO/IEC 14496-3, table 1.19).
        channels: if first.channels == 7 { 8 } else { u16::from(first.channels) },
        config: Some(first.config()),
    };
    Ok(VoiceTrack { entry: stream.entry(), timescale: timescale(rate)?, frames, bytes })
}

#[cfg(test)]
mod tests {
    use shiguredo_mp4::boxes::SampleEntry;

    use super::*;

    /// AAC-LC at 44.1 kHz in stereo, 3 bytes of sound behind the header.
    const FRAME: [u8; 10] = [0xff, 0xf1, 0x50, 0x80, 0x01, 0x5f, 0xfc, 1, 2, 3];

    #[test]
    fn headers_are_taken_off_and_said_once() {
        let bytes = [&b"ID3\x04\0\0\0\0\0\x02xx"[..], &FRAME, &FRAME, &FRAME[..9]].concat();
        let recording = recording(bytes).unwrap();
        assert_eq!(recording.frames, [(19..22, 1_024), (29..32, 1_024)]);
        let SampleEntry::Mp4a(entry) = &recording.entry else { panic!("AAC is MPEG-4 audio") };
        let config = entry.esds_box.es.dec_config_descr.dec_specific_info.as_ref().unwrap();
        // AAC-LC (2), 44.1 kHz (4), 2 channels.
        assert_eq!(config.payload, [0b0001_0010, 0b0001_0000]);
        assert_eq!(recording.timescale.get(), 44_100);
    }

    #[test]
    fn what_is_no_frame_ends_it() {
        assert!(recording(vec![0xff, 0xf1, 0x50]).is_err());
        let other_rate = [0xff, 0xf1, 0x4c, 0x80, 0x01, 0x5f, 0xfc, 1, 2, 3];
        let bytes = [FRAME, other_rate, FRAME].concat();
        assert_eq!(recording(bytes).unwrap().frames.len(), 1);
    }
}
