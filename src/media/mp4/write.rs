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
pub(in crate::media) fn write_head(
    out: &mut impl Write,
    samples: &[NewSample],
    timescales: Timescales,
) -> Result<(), MediaError> {
    // The index contains offsets that depend on its own length, so it is built twice: first to
    // measure it, then with the final offsets. Only the offset width can differ, by 4 bytes per
    // chunk.
    let measured = index(samples, timescales, 0)?.moov_box_size();
    let room = measured + 4 * samples.len();
    let boxes = index(samples, timescales, room)?;
    debug_assert!(boxes.is_faststart_enabled());
    for (_, bytes) in boxes.offset_and_bytes_pairs() {
        out.write_all(bytes)?;
    }
    Ok(())
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
