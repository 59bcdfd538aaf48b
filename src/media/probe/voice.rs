//! What a recorded voice is: format and length.

use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use super::ogg::ogg_seconds;
use crate::base::Readable;
use crate::catalog::VoiceFormat;
use crate::media::error::MediaError;
use crate::media::mp4::Movie;
use crate::media::sniff::look_at;

/// The largest voice in bytes that is looked at: the most that any dialect takes.
const VOICE_MAX: u64 = 100 << 20;

/// What a recorded voice is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoiceFacts {
    /// The format, from the bytes and not from the name.
    pub format: VoiceFormat,
    /// The length in seconds.
    pub seconds: f64,
}

/// Reads what a recorded voice is. The length is counted from the packets, so that it is right for
/// variable bit rates; nothing is decoded.
///
/// Takes MP3, WAV, AAC in ADTS, AAC in MP4, and Vorbis or Opus in Ogg, up to 100 MB.
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
            file.rewind()?;
            counted_seconds(ProbeSource { file, length }, format)?
        }
    };
    if seconds <= 0.0 {
        return Err(MediaError::Damaged("there is no sound in it".into()));
    }
    Ok(VoiceFacts { format, seconds })
}

/// Tells the format by the first bytes behind a tag.
pub(in crate::media) fn voice_format(
    file: &mut (impl Read + Seek),
) -> Result<VoiceFormat, MediaError> {
    let mut head = [0; 12];
    let read = read_at(file, 0, &mut head)?;
    if head[..read].starts_with(b"ID3") && read >= 10 {
        // The tag's length is written in 7 bits a byte (ID3v2.4, section 3.1).
        let size = head[6..10].iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
        let behind = read_at(file, 10 + size, &mut head)?;
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

/// A recording as the demuxers want it.
struct ProbeSource<F> {
    file: F,
    length: u64,
}

impl<F: Read> Read for ProbeSource<F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.file.read(into)
    }
}

impl<F: Seek> Seek for ProbeSource<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl<F: Readable> MediaSource for ProbeSource<F> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}

/// Adds up the packets.
fn counted_seconds(
    recording: ProbeSource<impl Readable + 'static>,
    format: VoiceFormat,
) -> Result<f64, MediaError> {
    let stream = MediaSourceStream::new(Box::new(recording), MediaSourceStreamOptions::default());
    let mut hint = Hint::new();
    hint.with_extension(format.extension()).mime_type(format.media_type());
    let probe = symphonia::default::get_probe();
    let options = (FormatOptions::default(), MetadataOptions::default());
    let mut reader = probe.probe(&hint, stream, options.0, options.1).map_err(unreadable)?;
    let track = reader
        .default_track(TrackType::Audio)
        .ok_or_else(|| MediaError::Damaged("there is no sound in it".into()))?;
    let (id, base) = (track.id, track.time_base);
    let base = base.ok_or_else(|| MediaError::Damaged("its sample rate is missing".into()))?;
    let mut ticks = 0u64;
    loop {
        match reader.next_packet() {
            Ok(Some(packet)) if packet.track_id == id => {
                ticks = ticks.saturating_add(packet.dur.get());
            }
            Ok(Some(_)) => {}
            Ok(None) => break,
            // A recording that ends within a packet plays up to there.
            Err(SymphoniaError::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                break;
            }
            Err(error) => return Err(unreadable(error)),
        }
    }
    Ok(ticks as f64 * f64::from(base.numer.get()) / f64::from(base.denom.get()))
}

fn unreadable(error: SymphoniaError) -> MediaError {
    match error {
        SymphoniaError::IoError(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            MediaError::Io(error)
        }
        other => MediaError::Damaged(other.to_string()),
    }
}
