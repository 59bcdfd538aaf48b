//! Encoding: pictures to H.264 samples, the same bytes on every run.
//!
//! One thread, a fixed quantiser and no rate control: the output depends only on the pictures.

use anyhow::{Context, Result};
use openh264::OpenH264API;
use openh264::encoder::{
    Complexity, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, QpRange,
    RateControlMode, VuiConfig,
};
use openh264::formats::YUVSlices;
use shiguredo_mp4::bitstream::h264::{
    H264NalUnitType, H264SampleEntryConfig, LengthSize, build_avc1_box_from_annexb,
    parse_annexb_nal_units,
};
use shiguredo_mp4::boxes::SampleEntry;

use super::colour::Yuv420;

/// The quantiser: text stays crisp, and a still photograph keeps its grain.
const QUANTISER: u8 = 24;

/// Encodes the pictures of an H.264 track.
pub(in crate::media) struct VideoEncoder {
    encoder: Encoder,
    entry: Option<SampleEntry>,
}

/// An encoded picture in MP4 form: NAL units, each preceded by its length.
pub(in crate::media) struct EncodedPicture {
    /// The bytes.
    pub data: Vec<u8>,
    /// Whether decoding can start here.
    pub keyframe: bool,
}

impl VideoEncoder {
    /// Starts a track with `rate` pictures per second and a keyframe every `keyframe_every`
    /// pictures.
    pub(in crate::media) fn new(rate: f32, keyframe_every: u32) -> Result<Self> {
        let config = EncoderConfig::new()
            .num_threads(1)
            .rate_control_mode(RateControlMode::Off)
            .qp(QpRange::new(QUANTISER, QUANTISER))
            .skip_frames(false)
            .max_frame_rate(FrameRate::from_hz(rate))
            .intra_frame_period(IntraFramePeriod::from_num_frames(keyframe_every))
            .complexity(Complexity::Low)
            .scene_change_detect(false)
            .adaptive_quantization(false)
            .background_detection(false)
            .vui(VuiConfig::bt709());
        let encoder = Encoder::with_api_config(OpenH264API::from_source(), config)
            .context("the H.264 encoder did not start")?;
        Ok(VideoEncoder { encoder, entry: None })
    }

    /// Encodes the next picture; all pictures of a track have the same size.
    pub(in crate::media) fn encode(&mut self, picture: &Yuv420) -> Result<EncodedPicture> {
        let (width, height) = (picture.size.width as usize, picture.size.height as usize);
        let slices = YUVSlices::new(
            (&picture.y, &picture.u, &picture.v),
            (width, height),
            (width, width / 2, width / 2),
        );
        let stream = self.encoder.encode(&slices).context("the H.264 encoder failed")?;
        let keyframe = stream.frame_type() == FrameType::IDR;
        let annex_b = stream.to_vec();
        if self.entry.is_none() {
            let config = H264SampleEntryConfig { length_size: LengthSize::FourBytes };
            self.entry = Some(SampleEntry::Avc1(build_avc1_box_from_annexb(&annex_b, &config)?));
        }
        let mut data = Vec::with_capacity(annex_b.len() + 16);
        for unit in parse_annexb_nal_units(&annex_b)? {
            // Parameter sets go into the sample entry, as `avc1` requires.
            if !matches!(unit.nal_unit_type, H264NalUnitType::Sps | H264NalUnitType::Pps) {
                data.extend((unit.data.len() as u32).to_be_bytes());
                data.extend(unit.data);
            }
        }
        Ok(EncodedPicture { data, keyframe })
    }

    /// The decoder configuration; `None` before the first picture.
    pub(in crate::media) fn sample_entry(&self) -> Option<&SampleEntry> {
        self.entry.as_ref()
    }
}
