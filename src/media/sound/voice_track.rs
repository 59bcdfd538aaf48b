//! A recording: frames of sound one after another, and what a decoder must know of them.

use std::io::Cursor;
use std::num::{NonZeroU16, NonZeroU32};
use std::ops::Range;

use shiguredo_mp4::boxes::{AudioSampleEntryFields, EsdsBox, Mp4aBox, SampleEntry};
use shiguredo_mp4::descriptors::{
    DecoderConfigDescriptor, DecoderSpecificInfo, EsDescriptor, SlConfigDescriptor,
};
use shiguredo_mp4::{FixedPointNumber, Uint};

use super::{adts, m4a, mp3};
use crate::catalog::VoiceFormat;
use crate::media::error::MediaError;
use crate::media::probe::voice_format;

/// A recorded voice in MP3 or AAC, ready to be copied into an MP4.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceTrack {
    /// What a decoder must know.
    pub(super) entry: SampleEntry,
    /// Ticks per second.
    pub(super) timescale: NonZeroU32,
    /// The frames in order, each with its place in `bytes` and its length in ticks.
    pub(super) frames: Vec<(Range<usize>, u32)>,
    /// The file.
    pub(super) bytes: Vec<u8>,
}

impl VoiceTrack {
    /// Takes a file apart; `Err` within `Ok` names a format that cannot be copied into an MP4.
    ///
    /// # Errors
    /// Where it is no recording, or is damaged.
    pub fn read(bytes: Vec<u8>) -> Result<Result<VoiceTrack, VoiceFormat>, MediaError> {
        let format = voice_format(&mut Cursor::new(&bytes))?;
        let recording = match format {
            VoiceFormat::Mp3 => mp3::recording(bytes),
            VoiceFormat::Aac => adts::recording(bytes),
            VoiceFormat::Mp4 => m4a::recording(bytes),
            VoiceFormat::Wav | VoiceFormat::Ogg => return Ok(Err(format)),
        }?;
        let empty = recording.frames.is_empty();
        if empty {
            Err(MediaError::Damaged("there is no sound in it".into()))
        } else {
            Ok(Ok(recording))
        }
    }

    /// What a decoder must know.
    pub(in crate::media) fn entry(&self) -> &SampleEntry {
        &self.entry
    }

    /// Ticks per second.
    pub(in crate::media) fn timescale(&self) -> NonZeroU32 {
        self.timescale
    }

    /// The frames that end within the first `millis`: a clip's sound is never longer than its
    /// picture.
    pub(in crate::media) fn frames_within(&self, millis: u64) -> impl Iterator<Item = Frame<'_>> {
        let end = u128::from(millis) * u128::from(self.timescale.get());
        let mut at = 0u64;
        let placed = self.frames.iter().map(move |(place, ticks)| {
            let frame = Frame { at, ticks: *ticks, bytes: &self.bytes[place.clone()] };
            at = at.saturating_add(u64::from(*ticks));
            frame
        });
        placed.take_while(move |frame| {
            (u128::from(frame.at) + u128::from(frame.ticks)) * 1_000 <= end
        })
    }
}

/// One frame of a recording.
pub(in crate::media) struct Frame<'a> {
    /// The tick at which it starts.
    pub at: u64,
    /// Its length in ticks.
    pub ticks: u32,
    /// What a decoder is given.
    pub bytes: &'a [u8],
}

/// What matters of a stream of MPEG sound for an MP4's sample entry.
pub(super) struct Stream {
    /// Which MPEG: ISO/IEC 14496-1, table 5.
    pub object_type: u8,
    /// Samples per second.
    pub rate: u32,
    /// How many channels there are.
    pub channels: u16,
    /// The decoder's configuration, where the MPEG has one.
    pub config: Option<Vec<u8>>,
}

impl Stream {
    /// The sample entry (`mp4a`) of this stream.
    pub(super) fn entry(self) -> SampleEntry {
        // The field has 16 bits; a decoder of a higher rate reads it in the configuration.
        let rate = u16::try_from(self.rate).unwrap_or(0);
        SampleEntry::Mp4a(Mp4aBox {
            audio: AudioSampleEntryFields {
                data_reference_index: AudioSampleEntryFields::DEFAULT_DATA_REFERENCE_INDEX,
                channelcount: self.channels,
                samplesize: AudioSampleEntryFields::DEFAULT_SAMPLESIZE,
                samplerate: FixedPointNumber::new(rate, 0),
            },
            esds_box: EsdsBox {
                es: EsDescriptor {
                    es_id: NonZeroU16::MIN.get(),
                    stream_priority: EsDescriptor::LOWEST_STREAM_PRIORITY,
                    depends_on_es_id: None,
                    url_string: None,
                    ocr_es_id: None,
                    dec_config_descr: DecoderConfigDescriptor {
                        object_type_indication: self.object_type,
                        stream_type: DecoderConfigDescriptor::STREAM_TYPE_AUDIO,
                        up_stream: DecoderConfigDescriptor::UP_STREAM_FALSE,
                        buffer_size_db: Uint::new(0),
                        max_bitrate: 0,
                        avg_bitrate: 0,
                        dec_specific_info: self
                            .config
                            .map(|payload| DecoderSpecificInfo { payload }),
                    },
                    sl_config_descr: SlConfigDescriptor,
                },
            },
            unknown_boxes: Vec::new(),
        })
    }
}

/// Where the sound starts behind an ID3v2 tag, if there is one (ID3v2.4, section 3.1: the length
/// is written in 7 bits a byte).
pub(super) fn behind_tag(bytes: &[u8]) -> usize {
    match bytes.get(..10) {
        Some(head) if head.starts_with(b"ID3") => {
            let size = head[6..].iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f));
            (10 + size).min(bytes.len())
        }
        _ => 0,
    }
}

/// A rate as ticks per second.
pub(super) fn timescale(rate: u32) -> Result<NonZeroU32, MediaError> {
    NonZeroU32::new(rate).ok_or_else(|| MediaError::Damaged("its sample rate is missing".into()))
}
