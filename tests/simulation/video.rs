//! Videos generated in microseconds, with the right size, length and index.
//!
//! The picture is either garbage, which costs no time to decode, or one grey picture from which
//! frames can be extracted. Only short square videos have one, and they are as small as a model may
//! deliver: decoding them, drawing posters and sending frames took most of the simulation's time.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::LazyLock;

use kling_build::catalog::FrameSize;
use openh264::OpenH264API;
use openh264::encoder::{Encoder, EncoderConfig};
use openh264::formats::YUVSlices;
use shiguredo_mp4::TrackKind;
use shiguredo_mp4::bitstream::h264::{
    H264NalUnitType, H264SampleEntryConfig, LengthSize, build_avc1_box_from_annexb,
    parse_annexb_nal_units,
};
use shiguredo_mp4::boxes::SampleEntry;
use shiguredo_mp4::mux::{Mp4FileMuxer, Mp4FileMuxerOptions, Sample};

/// The sizes that the simulated films request.
pub const SIZES: [(u32, u32); 6] =
    [(1280, 720), (720, 1280), SQUARE_ASKED, (1920, 1080), (1080, 1920), LARGE_SQUARE_ASKED];
const SQUARE_ASKED: (u32, u32) = (720, 720);
const LARGE_SQUARE_ASKED: (u32, u32) = (1080, 1080);
/// What is delivered for a square: half the area, which still passes as what was requested.
const SQUARE: (u32, u32) = (512, 512);
const LARGE_SQUARE: (u32, u32) = (768, 768);
/// What may be delivered instead, which does not pass.
const OTHER_SQUARE: (u32, u32) = (128, 128);
/// The lengths in seconds.
pub const SECONDS: [u32; 3] = [4, 5, 10];

/// A video up to its pictures' bytes.
struct Template {
    head: Vec<u8>,
    picture: Vec<u8>,
}

static TEMPLATES: LazyLock<HashMap<(u32, u32, u32), Template>> = LazyLock::new(|| {
    let mut templates = HashMap::new();
    for (width, height) in SIZES.into_iter().chain([OTHER_SQUARE]) {
        let (entry, picture) = match (width, height) {
            SQUARE_ASKED => grey(SQUARE.0, SQUARE.1),
            LARGE_SQUARE_ASKED => grey(LARGE_SQUARE.0, LARGE_SQUARE.1),
            (width, height) => grey(width, height),
        };
        for seconds in SECONDS {
            let head = head(&entry, picture.len(), seconds);
            let template = Template { head, picture: picture.clone() };
            templates.insert((width, height, seconds), template);
        }
    }
    templates
});

/// What a model makes of a request: mostly what was asked for, sometimes another shape or length,
/// which is paid for all the same.
pub fn made(asked: FrameSize, seconds: u32, task: &str, decodable: bool) -> Vec<u8> {
    let decodable = decodable && asked.width == asked.height && seconds == 5;
    let other = task.bytes().map(usize::from).sum::<usize>();
    let (size, seconds) = match other % 8 {
        0 if decodable => (OTHER_SQUARE, seconds),
        0 => (SIZES[other / 8 % SIZES.len()], seconds),
        1 => ((asked.width, asked.height), SECONDS[other / 8 % SECONDS.len()]),
        _ => ((asked.width, asked.height), seconds),
    };
    video(FrameSize { width: size.0, height: size.1 }, seconds, task, decodable)
}

/// The video of a task; every task's video has different bytes.
fn video(size: FrameSize, seconds: u32, task: &str, decodable: bool) -> Vec<u8> {
    let template = &TEMPLATES[&(size.width, size.height, seconds)];
    let mut bytes = template.head.clone();
    let mut picture = template.picture.clone();
    if !decodable {
        picture.fill(0);
    }
    bytes.extend(&picture);
    // A box that players skip.
    bytes.extend((8 + task.len() as u32).to_be_bytes());
    bytes.extend(b"free");
    bytes.extend(task.as_bytes());
    bytes
}

fn grey(width: u32, height: u32) -> (SampleEntry, Vec<u8>) {
    let (width, height) = (width as usize, height as usize);
    let plane = vec![128; width * height];
    let quarter = &plane[..plane.len() / 4];
    let slices =
        YUVSlices::new((&plane, quarter, quarter), (width, height), (width, width / 2, width / 2));
    let config = EncoderConfig::new();
    let mut encoder = Encoder::with_api_config(OpenH264API::from_source(), config).unwrap();
    let annex_b = encoder.encode(&slices).unwrap().to_vec();
    let config = H264SampleEntryConfig { length_size: LengthSize::FourBytes };
    let entry = SampleEntry::Avc1(build_avc1_box_from_annexb(&annex_b, &config).unwrap());
    let mut picture = Vec::new();
    for unit in parse_annexb_nal_units(&annex_b).unwrap() {
        if !matches!(unit.nal_unit_type, H264NalUnitType::Sps | H264NalUnitType::Pps) {
            picture.extend((unit.data.len() as u32).to_be_bytes());
            picture.extend(unit.data);
        }
    }
    (entry, picture)
}

fn head(entry: &SampleEntry, picture_bytes: usize, seconds: u32) -> Vec<u8> {
    let measure = |room| {
        let options = Mp4FileMuxerOptions { reserved_moov_box_size: room, ..Default::default() };
        let mut muxer = Mp4FileMuxer::with_options(options).unwrap();
        let data_offset = muxer.initial_boxes_bytes().len() as u64;
        muxer
            .append_sample(&Sample {
                track_kind: TrackKind::Video,
                sample_entry: Some(entry.clone()),
                keyframe: true,
                timescale: NonZeroU32::new(1_000).unwrap(),
                duration: seconds * 1_000,
                composition_time_offset: None,
                data_offset,
                data_size: picture_bytes,
            })
            .unwrap();
        muxer.finalize().unwrap().clone()
    };
    let boxes = measure(measure(0).moov_box_size() + 4);
    boxes.offset_and_bytes_pairs().flat_map(|(_, bytes)| bytes.to_vec()).collect()
}
