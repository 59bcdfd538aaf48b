//! The sample entry of MPEG sound: how an MP4 says what its frames are.

use std::num::NonZeroU16;

use shiguredo_mp4::boxes::{AudioSampleEntryFields, EsdsBox, Mp4aBox, SampleEntry};
use shiguredo_mp4::descriptors::{
    DecoderConfigDescriptor, DecoderSpecificInfo, EsDescriptor, SlConfigDescriptor,
};
use shiguredo_mp4::{FixedPointNumber, Uint};

/// MPEG-4 audio as an object type indication (ISO/IEC 14496-1, table 5).
pub(in crate::media) const MPEG4_AUDIO: u8 = 0x40;

/// Object types of the same table: sound of ISO/IEC 13818-3 and of ISO/IEC 11172-3.
pub(super) const MPEG_2_AUDIO: u8 = 0x69;
pub(super) const MPEG_1_AUDIO: u8 = 0x6b;

/// The properties of an MPEG sound stream that an MP4's sample entry needs.
pub(super) struct MpegStream {
    /// The MPEG version: ISO/IEC 14496-1, table 5.
    pub object_type: u8,
    /// Samples per second.
    pub rate: u32,
    /// The number of channels.
    pub channels: u16,
    /// The decoder configuration, if this MPEG version has one.
    pub config: Option<Vec<u8>>,
}

impl MpegStream {
    /// The sample entry (`mp4a`) of this stream.
    pub(super) fn entry(self) -> SampleEntry {
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
