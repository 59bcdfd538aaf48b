//! The packets of a recorded voice, found by symphonia: MP3, WAV and AAC in ADTS.
//!
//! Lengths are summed from the packets. If an MP3 does not state its length, symphonia 0.6 guesses
//! it from the first frames. The track's length is then unreliable, and so are `trim_end` of the
//! later packets and `block_dur`, which includes it. `dur` is right.

use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use symphonia::core::units::TimeBase;

use crate::base::Readable;
use crate::catalog::VoiceFormat;
use crate::media::error::MediaError;

/// A recording whose packets are read one after another.
pub(in crate::media) struct PacketReader {
    reader: Box<dyn FormatReader>,
    track: u32,
    time_base: TimeBase,
}

impl PacketReader {
    /// Opens a recording of this format and length in bytes.
    pub(in crate::media) fn open(
        mut file: impl Readable + 'static,
        length: u64,
        format: VoiceFormat,
    ) -> Result<Self, MediaError> {
        file.rewind()?;
        let source = Box::new(ProbeSource { file, length });
        let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
        let mut hint = Hint::new();
        hint.with_extension(format.extension()).mime_type(format.media_type());
        let probe = symphonia::default::get_probe();
        let options = (FormatOptions::default(), MetadataOptions::default());
        let reader = probe.probe(&hint, stream, options.0, options.1);
        let reader: Box<dyn FormatReader> = reader.map_err(|error| match unreadable(error) {
            MediaError::Damaged(_) => no_sound(),
            other => other,
        })?;
        let track = reader.default_track(TrackType::Audio).ok_or_else(no_sound)?;
        let time_base = track.time_base;
        let time_base =
            time_base.ok_or_else(|| MediaError::Damaged("its sample rate is missing".into()))?;
        Ok(PacketReader { track: track.id, time_base, reader })
    }

    /// The sound parameters in the file.
    pub(in crate::media) fn parameters(&self) -> Result<&AudioCodecParameters, MediaError> {
        let track = self.reader.tracks().iter().find(|track| track.id == self.track);
        let parameters = track.and_then(|track| track.codec_params.as_ref());
        parameters.and_then(|parameters| parameters.audio()).ok_or_else(no_sound)
    }

    /// The next packet; `None` at the end. A recording cut within a packet ends before that packet.
    pub(in crate::media) fn next(&mut self) -> Result<Option<Packet>, MediaError> {
        loop {
            match self.reader.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => return Ok(Some(packet)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(SymphoniaError::IoError(error))
                    if error.kind() == io::ErrorKind::UnexpectedEof =>
                {
                    return Ok(None);
                }
                Err(error) => return Err(unreadable(error)),
            }
        }
    }

    /// The length of all packets in seconds, without the encoder's padding around the sound.
    pub(in crate::media) fn seconds(mut self) -> Result<f64, MediaError> {
        let mut ticks = 0u64;
        while let Some(packet) = self.next()? {
            ticks = ticks.saturating_add(packet.dur.get());
        }
        let TimeBase { numer, denom } = self.time_base;
        Ok(ticks as f64 * f64::from(numer.get()) / f64::from(denom.get()))
    }
}

/// The error for a recording without sound.
pub(in crate::media) fn no_sound() -> MediaError {
    MediaError::Damaged("there is no sound in it".into())
}

fn unreadable(error: SymphoniaError) -> MediaError {
    match error {
        SymphoniaError::IoError(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            MediaError::Io(error)
        }
        other => MediaError::Damaged(other.to_string()),
    }
}

/// Adapts a file for symphonia.
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
