//! Probes a recorded voice: format and length.

use std::io::{Read, Seek, SeekFrom};

use super::ogg::ogg_seconds;
use super::packets::{PacketReader, no_sound};
use crate::base::Readable;
use crate::catalog::VoiceFormat;
use crate::media::error::MediaError;
use crate::media::mp4::Movie;
use crate::media::sniff::look_at;

/// The largest voice that is read, in bytes: the maximum of all dialects.
const VOICE_MAX: u64 = 100 << 20;

/// The properties of a recorded voice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoiceFacts {
    /// The format, detected from the bytes and not from the name.
    pub format: VoiceFormat,
    /// The length in seconds.
    pub seconds: f64,
}

/// Reads the properties of a recorded voice. The length is summed from the packets, so it is right
/// for variable bit rates; nothing is decoded.
///
/// Accepts MP3, WAV, AAC in ADTS, AAC in MP4, and Vorbis or Opus in Ogg, up to 100 MB.
pub fn probe_voice(mut file: impl Readable + 'static) -> Result<VoiceFacts, MediaError> {
    let length = file.seek(SeekFrom::End(0))?;
    if length > VOICE_MAX {
        return Err(MediaError::TooLarge {
            what: "a voice",
            found: format!("{} MB", length >> 20),
            limit: format!("{} MB", VOICE_MAX >> 20),
        });
    }
    let format = voice_format(&mut file)?;
    let seconds = match format {
        VoiceFormat::Mp4 => mp4_seconds(&mut file)?,
        VoiceFormat::Ogg => ogg_seconds(&mut file)?,
        VoiceFormat::Mp3 | VoiceFormat::Wav | VoiceFormat::Aac => {
            PacketReader::open(file, length, format)?.seconds()?
        }
    };
    if seconds <= 0.0 {
        return Err(no_sound());
    }
    Ok(VoiceFacts { format, seconds })
}

/// Detects the format from the first bytes after a tag.
pub(in crate::media) fn voice_format(
    file: &mut (impl Read + Seek),
) -> Result<VoiceFormat, MediaError> {
    let mut head = [0; 12];
    let read = read_at(file, 0, &mut head)?;
    if head[..read].starts_with(b"ID3") && read >= 10 {
        let behind = read_at(file, tag_length(&head[..10]), &mut head)?;
        let adts = behind >= 2 && head[0] == 0xff && head[1] & 0xf6 == 0xf0;
        return Ok(if adts { VoiceFormat::Aac } else { VoiceFormat::Mp3 });
    }
    let head = &head[..read];
    let format = if head.starts_with(b"OggS") {
        Some(VoiceFormat::Ogg)
    } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE") {
        Some(VoiceFormat::Wav)
    } else if head.get(4..8) == Some(b"ftyp") {
        Some(VoiceFormat::Mp4)
    } else if read >= 2 && head[0] == 0xff && head[1] & 0xf6 == 0xf0 {
        Some(VoiceFormat::Aac)
    } else if read >= 2 && head[0] == 0xff && head[1] & 0xe6 == 0xe2 {
        Some(VoiceFormat::Mp3)
    } else {
        None
    };
    match format {
        Some(format) => Ok(format),
        None => Err(MediaError::WrongKind {
            expected: "a recording in MP3, WAV, AAC, MP4 or Ogg",
            found: look_at(file)?,
        }),
    }
}

fn read_at(
    file: &mut (impl Read + Seek),
    position: u64,
    into: &mut [u8],
) -> Result<usize, MediaError> {
    file.seek(SeekFrom::Start(position))?;
    let mut head = Vec::new();
    file.by_ref().take(into.len() as u64).read_to_end(&mut head)?;
    into[..head.len()].copy_from_slice(&head);
    Ok(head.len())
}

fn mp4_seconds(file: &mut (impl Read + Seek)) -> Result<f64, MediaError> {
    let Some(track) = Movie::read(file)?.audio else {
        return Err(MediaError::WrongKind {
            expected: "a recording",
            found: "it is an MP4 without sound in it".into(),
        });
    };
    let heard = track.ticks().saturating_sub(track.starts_at);
    Ok(heard as f64 / f64::from(track.timescale.get()))
}

/// The length of an ID3v2 tag with this header; it is stored as 7 bits per byte (ID3v2.4, 3.1).
fn tag_length(header: &[u8]) -> u64 {
    10 + header[6..10].iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f))
}

/// The offset of the sound: after an ID3v2 tag, if there is one.
pub(in crate::media) fn behind_tag(bytes: &[u8]) -> usize {
    match bytes.get(..10) {
        Some(header) if header.starts_with(b"ID3") => {
            usize::try_from(tag_length(header)).map_or(bytes.len(), |at| at.min(bytes.len()))
        }
        _ => 0,
    }
}
