//! Decoding: one picture of an H.264 track.
//!
//! Decoding starts at the last real IDR picture before the wanted one: the "sync" sample of an open
//! group is not one, and the decoder cannot start there. Pictures that no other picture refers to
//! are skipped. The decoder returns pictures in display order, so the wanted one is found by
//! counting.

use std::io::{Read, Seek, SeekFrom};

use openh264::OpenH264API;
use openh264::decoder::{DecodeOptions, DecodedYUV, Decoder, DecoderConfig, Flush};
use openh264::formats::YUVSource;
use shiguredo_mp4::boxes::{Avc1Box, SampleEntry};

use super::colour::{ColourSpace, Yuv420};
use super::sps::{StreamKind, colour_space};
use super::turned::turned;
use crate::catalog::FrameSize;
use crate::media::error::MediaError;
use crate::media::mp4::{SampleFacts, Track, Turn, codec_of};

/// The longest side that is decoded; the maximum of H.264 level 5.2.
const SIDE_MAX: u32 = 4_096;

/// The most pictures that a decoder may hold back (H.264, A.3.1).
const HELD_BACK_MAX: usize = 16;

/// A decoded picture and its colour space.
#[derive(Clone, Debug)]
pub(in crate::media) struct Decoded {
    /// The planes.
    pub picture: Yuv420,
    /// The colour space.
    pub space: ColourSpace,
}

/// Decodes the sample with this index (in decoding order, from 0), and turns its picture as it is shown.
pub(in crate::media) fn decode_sample(
    file: &mut (impl Read + Seek),
    track: &Track,
    samples: &[SampleFacts],
    wanted: usize,
) -> Result<Decoded, MediaError> {
    let goal = samples.get(wanted).copied().ok_or_else(|| damaged("it has no such picture"))?;
    let entry = h264_entry(track, goal.entry)?;
    let size = size_of(entry)?;
    refuse_obstacle(entry)?;
    let mut reader = SampleReader { file, length_size: length_size(entry)?, buffer: Vec::new() };
    let start = reader.last_idr(samples, wanted)?;

    let mut pictures = Pictures { size, wanted: 0, seen: 0, latest: None };
    let mut decoder = Decoder::with_api_config(OpenH264API::from_source(), DecoderConfig::new())
        .map_err(|_| damaged("its pictures cannot be decoded: the decoder does not start"))?;
    let mut stream = parameter_sets(entry);
    let mut fed = 0;
    for (number, sample) in samples.iter().enumerate().take(wanted + 1).skip(start) {
        let units = reader.read(sample)?;
        if number != wanted && units.disposable() {
            continue;
        }
        pictures.wanted += usize::from(sample.shown_at < goal.shown_at);
        units.write_annex_b(&mut stream);
        let options = DecodeOptions::new().flush_after_decode(Flush::NoFlush);
        let decoded =
            decoder.decode_with_options(&stream, options).map_err(|_| undecodable(number))?;
        fed += 1;
        if let Some(decoded) = decoded {
            pictures.take(&decoded);
        }
        stream.clear();
    }
    for decoded in decoder.flush_remaining().map_err(|_| undecodable(wanted))? {
        pictures.take(&decoded);
    }
    if pictures.seen != fed {
        return Err(damaged(&format!("{fed} pictures were decoded into {}", pictures.seen)));
    }
    let picture = pictures.latest.ok_or_else(|| damaged("it decodes into no picture"))?;
    let space = colour_space(sps_of(entry), size);
    let picture = turned(picture, track.matrix.turn().unwrap_or(Turn::None));
    Ok(Decoded { picture, space })
}

/// Whether a sample is of a kind that can be decoded here.
pub(in crate::media) fn check_sample(
    track: &Track,
    sample: &SampleFacts,
) -> Result<(), MediaError> {
    let entry = h264_entry(track, sample.entry)?;
    size_of(entry)?;
    refuse_obstacle(entry)?;
    if track.matrix.turn().is_none() {
        return Err(no_frame_of("mirrored or skewed"));
    }
    length_size(entry).map(drop)
}

fn damaged(reason: &str) -> MediaError {
    MediaError::Damaged(reason.to_string())
}

/// The decoder gave up at the sample with this index. Its own error is a number.
fn undecodable(sample: usize) -> MediaError {
    MediaError::Damaged(format!("its picture {} cannot be decoded", sample + 1))
}

/// Refuses a kind of H.264 that the decoder cannot read: it would not say why.
fn refuse_obstacle(entry: &Avc1Box) -> Result<(), MediaError> {
    let obstacle = StreamKind::read(sps_of(entry)).and_then(|kind| kind.obstacle());
    match obstacle {
        Some(obstacle) => Err(no_frame_of(&format!("{obstacle} H.264"))),
        None => Ok(()),
    }
}

fn no_frame_of(kind: &str) -> MediaError {
    MediaError::Unsupported(format!("taking a frame out of {kind} video"))
}

/// The usual name of a codec that is not decoded here.
fn codec_name(entry: &SampleEntry) -> String {
    let SampleEntry::Unknown(entry) = entry else { return codec_of(entry).1.to_uppercase() };
    let name = match entry.box_type.as_bytes() {
        b"mp4v" => "MPEG-4",
        b"avc3" => "H.264 (`avc3`)",
        b"dvh1" | b"dvhe" => "Dolby Vision",
        b"apch" | b"apcn" | b"apcs" | b"apco" | b"ap4h" | b"ap4x" => "ProRes",
        b"jpeg" | b"mjpa" | b"mjpb" => "Motion JPEG",
        b"encv" => "encrypted",
        other => return format!("`{}`", other.escape_ascii()),
    };
    name.to_string()
}

/// The first sequence parameter set.
fn sps_of(entry: &Avc1Box) -> &[u8] {
    entry.avcc_box.sps_list.first().map_or(&[][..], Vec::as_slice)
}

fn h264_entry(track: &Track, number: usize) -> Result<&Avc1Box, MediaError> {
    match track.entries().get(number) {
        Some(SampleEntry::Avc1(entry)) => Ok(entry),
        Some(other) => Err(no_frame_of(&codec_name(other))),
        None => Err(damaged("it does not say how it is encoded")),
    }
}

fn size_of(entry: &Avc1Box) -> Result<FrameSize, MediaError> {
    let (width, height) = (u32::from(entry.visual.width), u32::from(entry.visual.height));
    if width.max(height) > SIDE_MAX {
        return Err(MediaError::TooLarge {
            what: "a picture",
            found: format!("{width}x{height}"),
            limit: format!("{SIDE_MAX}x{SIDE_MAX}"),
        });
    }
    if width < 2 || height < 2 || width % 2 != 0 || height % 2 != 0 {
        return Err(MediaError::Unsupported(format!("a video of {width}x{height} pixels")));
    }
    Ok(FrameSize { width, height })
}

fn length_size(entry: &Avc1Box) -> Result<usize, MediaError> {
    match entry.avcc_box.length_size_minus_one.get() {
        size @ (0 | 1 | 3) => Ok(usize::from(size) + 1),
        _ => Err(damaged("its units have lengths of 3 bytes")),
    }
}

/// The parameter sets, preceded by start codes.
fn parameter_sets(entry: &Avc1Box) -> Vec<u8> {
    let sets = entry.avcc_box.sps_list.iter().chain(&entry.avcc_box.pps_list);
    sets.flat_map(|set| [0, 0, 0, 1].iter().chain(set)).copied().collect()
}

/// Reads samples into one buffer.
struct SampleReader<'f, F> {
    file: &'f mut F,
    length_size: usize,
    buffer: Vec<u8>,
}

/// The NAL units of one sample.
struct Units<'a>(Vec<&'a [u8]>);

impl<F: Read + Seek> SampleReader<'_, F> {
    fn read(&mut self, sample: &SampleFacts) -> Result<Units<'_>, MediaError> {
        self.file.seek(SeekFrom::Start(sample.offset))?;
        self.buffer.clear();
        self.file.by_ref().take(sample.size.into()).read_to_end(&mut self.buffer)?;
        let mut units = Vec::new();
        let mut rest = self.buffer.as_slice();
        while !rest.is_empty() {
            let (length, behind) = rest
                .split_at_checked(self.length_size)
                .ok_or_else(|| damaged("a unit in it is cut short"))?;
            let length = length.iter().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
            let (unit, behind) = behind
                .split_at_checked(length)
                .ok_or_else(|| damaged("a unit in it is longer than its sample"))?;
            if !unit.is_empty() {
                units.push(unit);
            }
            rest = behind;
        }
        Ok(Units(units))
    }

    /// The last sample at or before `wanted` that holds an IDR picture, or else the first.
    fn last_idr(&mut self, samples: &[SampleFacts], wanted: usize) -> Result<usize, MediaError> {
        for number in (0..=wanted).rev() {
            if samples[number].sync && self.read(&samples[number])?.idr() {
                return Ok(number);
            }
        }
        Ok(0)
    }
}

/// The NAL unit types of slices, and of a whole IDR picture's (table 7-1).
const SLICES: std::ops::RangeInclusive<u8> = 1..=5;
const IDR: u8 = 5;

impl Units<'_> {
    /// Whether decoding can start at this picture.
    fn idr(&self) -> bool {
        self.0.iter().any(|unit| unit[0] & 0x1f == IDR)
    }

    /// Whether no other picture refers to this one (`nal_ref_idc` is 0 in all its slices).
    fn disposable(&self) -> bool {
        let mut slices = self.0.iter().filter(|unit| SLICES.contains(&(unit[0] & 0x1f)));
        slices.all(|unit| unit[0] & 0x60 == 0)
    }

    /// Appends the units with start codes.
    fn write_annex_b(&self, stream: &mut Vec<u8>) {
        for unit in &self.0 {
            stream.extend([0, 0, 0, 1]);
            stream.extend_from_slice(unit);
        }
    }
}

/// Counts the decoded pictures and keeps the wanted one.
struct Pictures {
    size: FrameSize,
    /// How many of the pictures fed so far are shown before the wanted one.
    wanted: usize,
    seen: usize,
    latest: Option<Yuv420>,
}

impl Pictures {
    fn take(&mut self, decoded: &DecodedYUV<'_>) {
        // The count of earlier pictures may still grow until all are fed, so a picture is kept if
        // it may be the wanted one, and replaced if it was not.
        let maybe = self.seen <= self.wanted && self.seen + HELD_BACK_MAX >= self.wanted;
        if maybe && decoded.dimensions() == (self.size.width as usize, self.size.height as usize) {
            self.latest = Some(copied(decoded, self.size));
        }
        self.seen += 1;
    }
}

fn copied(decoded: &DecodedYUV<'_>, size: FrameSize) -> Yuv420 {
    let (width, height) = (size.width as usize, size.height as usize);
    let strides = decoded.strides();
    Yuv420 {
        size,
        y: packed(decoded.y(), strides.0, width, height),
        u: packed(decoded.u(), strides.1, width / 2, height / 2),
        v: packed(decoded.v(), strides.2, width / 2, height / 2),
    }
}

/// A plane without the padding at the end of its rows.
fn packed(plane: &[u8], stride: usize, width: usize, height: usize) -> Vec<u8> {
    let rows = plane.chunks(stride).take(height);
    rows.flat_map(|row| &row[..width.min(row.len())]).copied().collect()
}
