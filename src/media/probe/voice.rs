//! Probes a recorded voice: format and length.

use std::io::{Read, Seek, SeekFrom};

use super::adts::{adts_header, adts_seconds};
use super::flac::flac_fault;
use super::frames::{FrameWalk, tag_length};
use super::mpeg::{FramesIn, is_free_format, mpeg_header, mpeg_seconds};
use super::ogg::ogg_seconds;
use super::wav::{WavSound, is_wav};
use super::window::ByteWindow;
use crate::base::Readable;
use crate::catalog::VoiceFormat;
use crate::media::error::MediaError;
use crate::media::mp4::sound_seconds;
use crate::media::sniff::{look_at, sound_in};

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

/// Reads the properties of a recorded voice. The length decides the price, so it is counted frame by
/// frame and never taken from a header that states it; nothing is decoded.
///
/// Accepts MPEG audio, WAV, AAC in ADTS, MP4, and Vorbis or Opus in Ogg, up to 100 MB.
///
/// # Errors
/// `OtherRecording` names a recording that has to be converted; `Incomplete` and `Truncated` say how
/// much of it is there.
pub fn probe_voice(mut file: impl Readable) -> Result<VoiceFacts, MediaError> {
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
        VoiceFormat::Mp3 => {
            mpeg_seconds(&mut FrameWalk::new(file, mpeg_header)?, FramesIn::OwnFile)?
        }
        VoiceFormat::Aac => {
            let mut walk = FrameWalk::new(file, adts_header)?;
            let seconds = adts_seconds(&mut walk)?;
            walk.check_end()?;
            seconds
        }
        VoiceFormat::Wav => WavSound::read(&mut file)?.seconds(&mut file)?,
    };
    if seconds <= 0.0 {
        return Err(no_sound());
    }
    Ok(VoiceFacts { format, seconds })
}

/// The error for a recording without sound.
pub(in crate::media) fn no_sound() -> MediaError {
    MediaError::Damaged("there is no sound in it".into())
}

/// The most tags in front of the sound, and the most zeros between them.
const TAGS_MAX: usize = 16;
const ZEROS_MAX: u64 = 1 << 20;

/// Detects the format from the first bytes after tags and zeros.
pub(in crate::media) fn voice_format(
    file: &mut (impl Read + Seek),
) -> Result<VoiceFormat, MediaError> {
    let mut window = ByteWindow::new(&mut *file)?;
    let head = window.at(0, 12)?.to_vec();
    if head.starts_with(b"OggS") {
        return Ok(VoiceFormat::Ogg);
    }
    if is_wav(&head) {
        return Ok(VoiceFormat::Wav);
    }
    if head.get(4..8) == Some(b"ftyp") {
        return match sound_in(file)? {
            Some("a QuickTime movie") | None => Err(other_kind(file)?),
            Some(_) => Ok(VoiceFormat::Mp4),
        };
    }
    let start = sound_start(&mut window)?;
    let start = window.at(start, 32)?.to_vec();
    if adts_header(&start).is_some() {
        return Ok(VoiceFormat::Aac);
    }
    if mpeg_header(&start).is_some() {
        return Ok(VoiceFormat::Mp3);
    }
    if is_free_format(&start) {
        return Err(MediaError::OtherRecording("MP3 with a free bit rate".into()));
    }
    match head.starts_with(b"ID3") {
        true if start.starts_with(b"fLaC") => {
            Err(MediaError::OtherRecording("a FLAC file with an ID3 tag".into()))
        }
        true => Ok(VoiceFormat::Mp3),
        false => Err(other_kind(file)?),
    }
}

/// Where tags and zeros in front of the sound end.
fn sound_start(window: &mut ByteWindow<impl Read + Seek>) -> Result<u64, MediaError> {
    let mut at = 0;
    for _ in 0..TAGS_MAX {
        match tag_length(window.at(at, 32)?) {
            Some(length) => at = length.saturating_add(at),
            None => {
                let zeros = zeros_at(window, at)?;
                if zeros == 0 {
                    break;
                }
                at += zeros;
            }
        }
    }
    Ok(at)
}

/// The number of zeros from a position on.
fn zeros_at(window: &mut ByteWindow<impl Read + Seek>, from: u64) -> Result<u64, MediaError> {
    let mut zeros = 0;
    while zeros < ZEROS_MAX {
        let rest = window.rest(from + zeros, 1)?;
        let here = rest.iter().take_while(|byte| **byte == 0).count();
        zeros += here as u64;
        if here < rest.len() || here == 0 {
            break;
        }
    }
    Ok(zeros)
}

/// The error for a file of none of the formats.
fn other_kind(file: &mut (impl Read + Seek)) -> Result<MediaError, MediaError> {
    if let Some(fault) = flac_fault(file)? {
        return Ok(fault);
    }
    Ok(match sound_in(file)? {
        Some(kind) => MediaError::OtherRecording(kind.into()),
        None => MediaError::WrongKind {
            expected: "a recording in MP3, WAV, AAC, MP4 or Ogg",
            found: look_at(file)?,
        },
    })
}

fn mp4_seconds(file: &mut (impl Read + Seek)) -> Result<f64, MediaError> {
    sound_seconds(file)?.ok_or_else(|| MediaError::WrongKind {
        expected: "a recording",
        found: "it is an MP4 without sound in it".into(),
    })
}
