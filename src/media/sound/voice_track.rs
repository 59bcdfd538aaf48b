//! A recorded voice: MP3 or AAC frames, and the decoder configuration.
//!
//! Frames are copied, never decoded. symphonia finds the frames of MP3 and ADTS; our own reader
//! finds those of MP4, because it preserves the file's sample entry.

use std::io::Cursor;
use std::num::{NonZeroU16, NonZeroU32};

use shiguredo_mp4::boxes::{AudioSampleEntryFields, EsdsBox, Mp4aBox, SampleEntry};
use shiguredo_mp4::descriptors::{
    DecoderConfigDescriptor, DecoderSpecificInfo, EsDescriptor, SlConfigDescriptor,
};
use shiguredo_mp4::{FixedPointNumber, Uint};
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_MP3};

use crate::catalog::VoiceFormat;
use crate::media::error::MediaError;
use crate::media::mp4::{Movie, SampleFacts, codec_of};
use crate::media::probe::{PacketReader, behind_tag, no_sound, voice_format};

/// MPEG-4 audio as an object type indication (ISO/IEC 14496-1, table 5).
pub(in crate::media) const MPEG4_AUDIO: u8 = 0x40;

/// Object types of the same table: sound of ISO/IEC 13818-3 and of ISO/IEC 11172-3.
const MPEG_2_AUDIO: u8 = 0x69;
const MPEG_1_AUDIO: u8 = 0x6b;

/// The lowest sample rate of MPEG-1; MPEG-2 and MPEG-2.5 are below it (ISO/IEC 13818-3, 2.4.2.3).
const MPEG_1_RATE_MIN: u32 = 32_000;

/// A recorded voice in MP3 or AAC, ready to be copied into an MP4.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceTrack {
    /// The decoder configuration.
    entry: SampleEntry,
    /// Ticks per second.
    timescale: NonZeroU32,
    /// The frames in order, each with its length in ticks.
    frames: Vec<(Box<[u8]>, u32)>,
}

impl VoiceTrack {
    /// Splits a file into frames; `Err` within `Ok` names a format that cannot be copied into an
    /// MP4 that everybody can play.
    ///
    /// # Errors
    /// The file is not a recording, or is damaged.
    pub fn read(bytes: Vec<u8>) -> Result<Result<VoiceTrack, String>, MediaError> {
        let format = voice_format(&mut Cursor::new(&bytes))?;
        let track = match format {
            VoiceFormat::Mp3 | VoiceFormat::Aac => from_packets(bytes, format)?,
            VoiceFormat::Mp4 => match from_mp4(&bytes)? {
                Ok(track) => track,
                Err(codec) => return Ok(Err(format!("{codec} in MP4"))),
            },
            VoiceFormat::Wav | VoiceFormat::Ogg => {
                return Ok(Err(format.extension().to_uppercase()));
            }
        };
        if track.frames.is_empty() { Err(no_sound()) } else { Ok(Ok(track)) }
    }

    /// The decoder configuration.
    pub(in crate::media) fn entry(&self) -> &SampleEntry {
        &self.entry
    }

    /// Ticks per second.
    pub(in crate::media) fn timescale(&self) -> NonZeroU32 {
        self.timescale
    }

    /// The frames that end within the first `millis`: a clip's sound is never longer than its
    /// picture.
    pub(in crate::media) fn frames_within(
        &self,
        millis: u64,
    ) -> impl Iterator<Item = VoiceFrame<'_>> {
        let end = u128::from(millis) * u128::from(self.timescale.get());
        let mut at = 0u64;
        let placed = self.frames.iter().map(move |(bytes, ticks)| {
            let frame = VoiceFrame { at, ticks: *ticks, bytes };
            at = at.saturating_add(u64::from(*ticks));
            frame
        });
        placed.take_while(move |frame| {
            (u128::from(frame.at) + u128::from(frame.ticks)) * 1_000 <= end
        })
    }
}

/// One frame of a recording.
pub(in crate::media) struct VoiceFrame<'a> {
    /// The tick at which it starts.
    pub at: u64,
    /// Its length in ticks.
    pub ticks: u32,
    /// The bytes for the decoder.
    pub bytes: &'a [u8],
}

/// The properties of an MPEG sound stream that an MP4's sample entry needs.
struct MpegStream {
    /// The MPEG version: ISO/IEC 14496-1, table 5.
    object_type: u8,
    /// Samples per second.
    rate: u32,
    /// The number of channels.
    channels: u16,
    /// The decoder configuration, if this MPEG version has one.
    config: Option<Vec<u8>>,
}

impl MpegStream {
    /// The sample entry (`mp4a`) of this stream.
    fn entry(self) -> SampleEntry {
        // The field has 16 bits; decoders read higher rates from the configuration.
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

/// Splits an MP3 or an ADTS stream into frames.
fn from_packets(bytes: Vec<u8>, format: VoiceFormat) -> Result<VoiceTrack, MediaError> {
    let config = if format == VoiceFormat::Aac { Some(adts_config(&bytes)?) } else { None };
    let length = bytes.len() as u64;
    let mut reader = PacketReader::open(Cursor::new(bytes), length, format)?;
    let parameters = reader.parameters()?;
    let rate = parameters.sample_rate.ok_or_else(no_sound)?;
    let channels = parameters.channels.as_ref().map_or(0, |channels| channels.count());
    let (object_type, ticks) = match parameters.codec {
        CODEC_ID_AAC => (MPEG4_AUDIO, 1_024),
        CODEC_ID_MP3 if rate >= MPEG_1_RATE_MIN => (MPEG_1_AUDIO, 1_152),
        CODEC_ID_MP3 => (MPEG_2_AUDIO, 576),
        // MPEG layers I and II, which browsers do not play in an MP4.
        _ => return Err(no_sound()),
    };
    let mut frames: Vec<(Box<[u8]>, u32)> = Vec::new();
    while let Some(packet) = reader.next()? {
        let first = frames.first().map_or(&packet.data, |(first, _)| first);
        if format == VoiceFormat::Aac || same_sound(first, &packet.data) {
            frames.push((packet.data, ticks));
        }
    }
    let channels = u16::try_from(channels).unwrap_or(u16::MAX);
    let entry = MpegStream { object_type, rate, channels, config }.entry();
    let timescale = NonZeroU32::new(rate).ok_or_else(no_sound)?;
    Ok(VoiceTrack { entry, timescale, frames })
}

/// The configuration (AudioSpecificConfig), which an MP4 contains once and ADTS in the header of
/// every frame: 5 bits type, 4 bits rate, 4 bits channels (ISO/IEC 13818-7, 6.2; 14496-3, 1.6.2.1).
fn adts_config(bytes: &[u8]) -> Result<Vec<u8>, MediaError> {
    let header = bytes.get(behind_tag(bytes)..).and_then(|rest| rest.get(2..4));
    let header = header.ok_or_else(no_sound)?;
    let (profile, rate) = (header[0] >> 6, header[0] >> 2 & 0b1111);
    let channels = (header[0] & 1) << 2 | header[1] >> 6;
    let bits = (u16::from(profile) + 1) << 11 | u16::from(rate) << 7 | u16::from(channels) << 3;
    Ok(bits.to_be_bytes().to_vec())
}

/// Whether two MP3 frames have the same version, layer and sample rate, and are both mono or both
/// not: only then do they fit one sample entry (ISO/IEC 11172-3, 2.4.1.3).
fn same_sound(one: &[u8], other: &[u8]) -> bool {
    let of = |frame: &[u8]| {
        frame.get(..4).map(|head| (head[1] & 0b1_1110, head[2] & 0b1100, head[3] >> 6 == 0b11))
    };
    of(one) == of(other)
}

/// Extracts the sound of an MP4, without the part that its edit list skips at the start.
/// The sound of an MP4; `Err` within `Ok` is the name of its codec if that is neither AAC nor MP3.
fn from_mp4(bytes: &[u8]) -> Result<Result<VoiceTrack, &'static str>, MediaError> {
    let Some(track) = Movie::read(&mut Cursor::new(bytes))?.audio else {
        return Err(MediaError::WrongKind {
            expected: "a recording",
            found: "it is an MP4 without sound in it".into(),
        });
    };
    let entry = track.entry()?.clone();
    match codec_of(&entry).1 {
        "aac" | "mp3" => {}
        "opus" => return Ok(Err("Opus")),
        "flac" => return Ok(Err("FLAC")),
        _ => return Ok(Err(unknown_codec(&entry))),
    }
    let heard = |sample: &SampleFacts| {
        let end = sample.decoded_at.saturating_add(u64::from(sample.duration));
        sample.entry == 0 && (end > track.starts_at || sample.duration == 0)
    };
    let frames = track.samples().filter(heard).map(|sample| {
        // The index was checked against the file's length when it was read.
        let start = usize::try_from(sample.offset).unwrap_or(usize::MAX);
        let frame = bytes.get(start..start.saturating_add(sample.size as usize));
        (Box::from(frame.unwrap_or_default()), sample.duration)
    });
    Ok(Ok(VoiceTrack { entry, timescale: track.timescale, frames: frames.collect() }))
}

/// The name of a codec that the MP4 reader does not know, from the type of its box.
fn unknown_codec(entry: &SampleEntry) -> &'static str {
    let SampleEntry::Unknown(entry) = entry else { return "an unknown codec" };
    match entry.box_type.as_bytes() {
        b"alac" => "ALAC",
        b"ac-3" => "AC-3",
        b"ec-3" => "E-AC-3",
        b"lpcm" | b"sowt" | b"twos" | b"ipcm" | b"fpcm" => "PCM",
        _ => "an unknown codec",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An MP3 frame: 64 kbit/s at 44.1 kHz in mono, 208 bytes.
    fn mp3_frame(fill: u8) -> Vec<u8> {
        let mut frame = vec![fill; 208];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x50, 0xc0]);
        frame
    }

    /// The fill byte of each frame of an MP3.
    fn fills(bytes: Vec<u8>) -> Vec<u8> {
        let track = VoiceTrack::read(bytes).unwrap().unwrap();
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
        let track = VoiceTrack::read(bytes).unwrap().unwrap();
        let frame: Box<[u8]> = Box::from([1, 2, 3]);
        assert_eq!(track.frames, [(frame.clone(), 1_024), (frame, 1_024)]);
        // AAC-LC (2), 44.1 kHz (4), 2 channels.
        assert_eq!(config(&track), Some(&[0b0001_0010, 0b0001_0000][..]));
        assert_eq!(track.timescale.get(), 44_100);
    }

    #[test]
    fn a_file_without_a_frame_has_no_sound() {
        let tag_alone = b"ID3\x04\0\0\x7f\x7f\x7f\x7f".to_vec();
        for bytes in
            [vec![0xff, 0xf1, 0x50], [vec![0xff, 0xfb], vec![0xff; 999]].concat(), tag_alone]
        {
            let error = VoiceTrack::read(bytes).unwrap_err();
            assert_eq!(error.to_string(), "damaged: there is no sound in it");
        }
    }
}
