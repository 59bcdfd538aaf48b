//! Writing an MP4: a row of samples, with the index in front (faststart).
//!
//! All samples are known before the first byte is written, so the index is computed first and the
//! whole file is written in one pass, to a writer that need not be able to seek. The creation time
//! is zero: equal samples make equal files.

use std::io::Write;
use std::num::NonZeroU32;

use shiguredo_mp4::TrackKind;
use shiguredo_mp4::boxes::SampleEntry;
use shiguredo_mp4::mux::{FinalizedBoxes, Mp4FileMuxer, Mp4FileMuxerOptions, MuxError, Sample};

use super::display_matrix::DisplayMatrix;
use super::top_level::{child, number};
use crate::media::error::MediaError;

/// A sample to be written, without its bytes.
#[derive(Clone, Debug)]
pub(in crate::media) struct NewSample {
    /// Video or audio.
    pub kind: TrackKind,
    /// The decoder configuration; given for a track's first sample and whenever it changes.
    pub entry: Option<SampleEntry>,
    /// Whether decoding can start here.
    pub keyframe: bool,
    /// How long it is shown, in ticks of its track.
    pub duration: u32,
    /// The delay between decoding and showing it, in ticks.
    pub shown_later: i64,
    /// Its length in bytes.
    pub size: usize,
}

/// Ticks per second for each kind of track.
#[derive(Clone, Copy, Debug)]
pub(in crate::media) struct Timescales {
    pub video: NonZeroU32,
    pub audio: NonZeroU32,
}

/// Writes everything before the samples' bytes; the caller then writes those in the same order.
/// Pictures are shown as the matrix says.
pub(in crate::media) fn write_head(
    out: &mut impl Write,
    samples: &[NewSample],
    timescales: Timescales,
    matrix: DisplayMatrix,
) -> Result<(), MediaError> {
    // The index contains offsets that depend on its own length, so it is built twice: first to
    // measure it, then with the final offsets. Only the offset width can differ, by 4 bytes per
    // chunk.
    let measured = index(samples, timescales, 0)?.moov_box_size();
    let room = measured + 4 * samples.len();
    let boxes = index(samples, timescales, room)?;
    debug_assert!(boxes.is_faststart_enabled());
    for (_, bytes) in boxes.offset_and_bytes_pairs() {
        match matrix {
            DisplayMatrix::PLAIN => out.write_all(bytes)?,
            matrix => out.write_all(&turned(bytes, matrix))?,
        }
    }
    Ok(())
}

/// The same boxes with this matrix in the head of each track that has pictures.
fn turned(bytes: &[u8], matrix: DisplayMatrix) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = 0;
    while let Some(size) = number(&bytes, at).filter(|size| *size >= 8) {
        if bytes.get(at + 4..at + 8) == Some(b"moov") {
            turn_tracks(&mut bytes, at, matrix);
        }
        at += size as usize;
    }
    bytes
}

fn turn_tracks(bytes: &mut [u8], moov: usize, matrix: DisplayMatrix) {
    let end = moov + number(bytes, moov).unwrap_or(0) as usize;
    let mut at = moov + 8;
    while let Some(size) = number(bytes, at).filter(|size| at < end && *size >= 8) {
        let handler = child(bytes, at, b"mdia").and_then(|media| child(bytes, media, b"hdlr"));
        let is_video =
            handler.is_some_and(|handler| bytes.get(handler + 16..handler + 20) == Some(b"vide"));
        let head = child(bytes, at, b"tkhd").filter(|_| is_video);
        // Behind times, numbers and the volume, of which times have 8 bytes in version 1.
        let place = head.map(|head| head + if bytes[head + 8] == 0 { 48 } else { 60 });
        if let Some(place) = place.and_then(|place| bytes.get_mut(place..place + 36)) {
            let numbers = matrix.0.iter().flat_map(|number| number.to_be_bytes());
            place.iter_mut().zip(numbers).for_each(|(byte, new)| *byte = new);
        }
        at += size as usize;
    }
}

fn index(
    samples: &[NewSample],
    timescales: Timescales,
    room: usize,
) -> Result<FinalizedBoxes, MediaError> {
    let options = Mp4FileMuxerOptions { reserved_moov_box_size: room, ..Default::default() };
    let mut muxer = Mp4FileMuxer::with_options(options).map_err(unwritable)?;
    let mut data_offset = muxer.initial_boxes_bytes().len() as u64;
    // A table of delays is written only if one of them is not zero.
    let reordered = samples.iter().any(|sample| sample.shown_later != 0);
    for sample in samples {
        let video = sample.kind == TrackKind::Video;
        let appended = muxer.append_sample(&Sample {
            track_kind: sample.kind,
            sample_entry: sample.entry.clone(),
            keyframe: sample.keyframe,
            timescale: if video { timescales.video } else { timescales.audio },
            duration: sample.duration,
            composition_time_offset: (video && reordered).then_some(sample.shown_later),
            data_offset,
            data_size: sample.size,
        });
        appended.map_err(unwritable)?;
        data_offset += sample.size as u64;
    }
    muxer.finalize().map_err(unwritable).cloned()
}

fn unwritable(error: MuxError) -> MediaError {
    MediaError::Damaged(format!("cannot be written as an MP4: {error}"))
}
