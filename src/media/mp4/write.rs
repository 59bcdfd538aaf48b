//! Writing an MP4: samples in a row, the index in front of them (faststart).
//!
//! All samples are known before the first byte is written, so the index is made first and the
//! whole file goes out in one pass, to a writer that need not be able to seek. The creation time is
//! left at zero: equal samples make equal files.

use std::io::Write;
use std::num::NonZeroU32;

use shiguredo_mp4::TrackKind;
use shiguredo_mp4::boxes::SampleEntry;
use shiguredo_mp4::mux::{FinalizedBoxes, Mp4FileMuxer, Mp4FileMuxerOptions, MuxError, Sample};

use crate::media::error::MediaError;

/// One sample to be written: all but its bytes.
#[derive(Clone, Debug)]
pub(in crate::media) struct NewSample {
    /// Video or audio.
    pub kind: TrackKind,
    /// What the decoder must know; given for a track's first sample and wherever it changes.
    pub entry: Option<SampleEntry>,
    /// Whether decoding can start here.
    pub keyframe: bool,
    /// How long it is shown, in ticks of its track.
    pub duration: u32,
    /// How much later than decoded it is shown, in ticks.
    pub shown_later: i64,
    /// Its length in bytes.
    pub size: usize,
}

/// Ticks per second of the two kinds of track.
#[derive(Clone, Copy, Debug)]
pub(in crate::media) struct Timescales {
    pub video: NonZeroU32,
    pub audio: NonZeroU32,
}

/// Writes everything that comes before the samples' bytes; the caller writes those in the same
/// order right behind.
pub(in crate::media) fn write_head(
    out: &mut impl Write,
    samples: &[NewSample],
    timescales: Timescales,
) -> Result<(), MediaError> {
    // The index holds offsets that depend on its own length, so it is made twice: once to
    // measure it, once in its place. Only the offsets' width can differ, by 4 bytes a chunk.
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
    // An index of offsets is only written when one of them is not zero.
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
