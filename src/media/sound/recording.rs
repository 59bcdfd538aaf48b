//! A recording in any format, read into a track.

use std::io::{Cursor, Read, Seek};

use super::frame_row::{adts_track, mpeg_track};
use super::mp4::{mp4_obstacle, mp4_track};
use super::ogg::{ogg_obstacle, ogg_track};
use super::voice_track::VoiceTrack;
use super::wav::{wav_obstacle, wav_track};
use crate::catalog::VoiceFormat;
use crate::media::error::MediaError;
use crate::media::probe::{no_sound, voice_format};

impl VoiceTrack {
    /// Reads a file. MP3 and AAC are copied frame by frame; other sound is decoded, mixed into one
    /// channel and encoded as AAC, the first ten minutes of it. `Err` within `Ok` names sound that
    /// cannot be decoded.
    ///
    /// # Errors
    /// The file is not a recording, or is damaged.
    pub fn read(bytes: &[u8]) -> Result<Result<VoiceTrack, String>, MediaError> {
        let whole = (0, bytes.len() as u64);
        let track = match voice_format(&mut Cursor::new(bytes))? {
            VoiceFormat::Mp3 => mpeg_track(bytes, whole)?,
            VoiceFormat::Aac => adts_track(bytes, whole)?,
            VoiceFormat::Wav => wav_track(bytes)?,
            VoiceFormat::Ogg => ogg_track(bytes)?,
            VoiceFormat::Mp4 => mp4_track(bytes)?,
        };
        match track {
            Ok(track) if track.frames.is_empty() => Err(no_sound()),
            track => Ok(track),
        }
    }
}

/// What a recording is if previews cannot play it, such as `Opus in Ogg`; nothing is decoded.
///
/// # Errors
/// The file is not a recording, or is damaged.
pub fn unheard_in_previews(file: &mut (impl Read + Seek)) -> Result<Option<String>, MediaError> {
    match voice_format(file)? {
        VoiceFormat::Mp3 | VoiceFormat::Aac => Ok(None),
        VoiceFormat::Wav => wav_obstacle(file),
        VoiceFormat::Ogg => ogg_obstacle(file),
        VoiceFormat::Mp4 => mp4_obstacle(file),
    }
}

#[cfg(test)]
mod tests {
    use shiguredo_mp4::boxes::SampleEntry;

    use super::*;

    /// An MP3 frame: 64 kbit/s at 44.1 kHz in mono, 208 bytes.
    fn mp3_frame(fill: u8) -> Vec<u8> {
        let mut frame = vec![fill; 208];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x50, 0xc0]);
        frame
    }

    /// The fill byte of each frame of an MP3.
    fn fills(bytes: Vec<u8>) -> Vec<u8> {
        let track = VoiceTrack::read(&bytes).unwrap().unwrap();
        assert!(track.frames.iter().all(|frame| (frame.0.len(), frame.1) == (208, 1_152)));
        track.frames.into_iter().map(|frame| frame.0[100]).collect()
    }

    /// AAC-LC at 44.1 kHz in stereo, 3 bytes of sound after the header.
    const ADTS_FRAME: [u8; 10] = [0xff, 0xf1, 0x50, 0x80, 0x01, 0x5f, 0xfc, 1, 2, 3];

    fn config(track: &VoiceTrack) -> Option<&[u8]> {
        let SampleEntry::Mp4a(entry) = &track.entry else { panic!("an `mp4a` sample entry") };
        let info = &entry.esds_box.es.dec_config_descr.dec_specific_info;
        info.as_ref().map(|info| &info.payload[..])
    }

    #[test]
    fn mp3_skips_tags_encoder_info_garbage_and_a_truncated_end() {
        let tag = [&b"ID3\x04\0\0\0\0\x01\x02"[..], &[0; 130]].concat();
        let mut note = mp3_frame(0);
        note[21..25].copy_from_slice(b"Info");
        let sound = [mp3_frame(1), mp3_frame(2), b"rubbish".to_vec(), mp3_frame(3), mp3_frame(4)];
        let bytes = [vec![tag, note], sound.to_vec()].concat().concat();
        assert_eq!(fills(bytes.clone()), [1, 2, 3, 4]);
        assert_eq!(fills(bytes[..bytes.len() - 1].to_vec()), [1, 2, 3]);
        let with_tag = [bytes, [&b"TAG"[..], &[0; 125]].concat()].concat();
        assert_eq!(fills(with_tag), [1, 2, 3, 4]);
    }

    #[test]
    fn mp3_frames_of_another_rate_are_skipped() {
        let mut other = mp3_frame(9);
        // 48 kHz: 192 bytes.
        other[2] = 0x54;
        other.truncate(192);
        let bytes = [mp3_frame(1), mp3_frame(2), other, mp3_frame(3), mp3_frame(4)].concat();
        assert_eq!(fills(bytes), [1, 2, 3, 4]);
    }

    #[test]
    fn adts_headers_become_one_configuration() {
        let tag = &b"ID3\x04\0\0\0\0\0\x02\0\0"[..];
        let bytes = [tag, &ADTS_FRAME, &ADTS_FRAME, &ADTS_FRAME[..9]].concat();
        let track = VoiceTrack::read(&bytes).unwrap().unwrap();
        let frame: Box<[u8]> = Box::from([1, 2, 3]);
        assert_eq!(track.frames, [(frame.clone(), 1_024), (frame, 1_024)]);
        // AAC-LC (2), 44.1 kHz (4), 2 channels.
        assert_eq!(config(&track), Some(&[0b0001_0010, 0b0001_0000][..]));
        assert_eq!(track.timescale.get(), 44_100);
    }

    #[test]
    fn a_file_without_a_frame_has_no_sound() {
        let error = |bytes: &[u8]| VoiceTrack::read(bytes).unwrap_err().to_string();
        let no_sound = "damaged: there is no sound in it";
        assert_eq!(error(b"ID3\x04\0\0\x7f\x7f\x7f\x7f"), no_sound);
        assert_eq!(error(&mp3_frame(1)[..207]), no_sound);
        assert_eq!(error(&ADTS_FRAME[..9]), no_sound);
        let unknown = "not a recording in MP3, WAV, AAC, MP4 or Ogg: \
            its first bytes are of no known kind";
        assert_eq!(error(&[0xff, 0xf1, 0x50]), unknown);
        assert_eq!(error(&[vec![0xff, 0xfb], vec![0xff; 999]].concat()), unknown);
    }
}
