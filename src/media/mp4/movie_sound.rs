//! The sound of an MP4: its samples, in the index or in fragments, and what its edit list plays of them.
//!
//! ISO/IEC 14496-12: 8.6.6 for edit lists, 8.8 for fragments.

use std::io::{Read, Seek};
use std::num::NonZeroU32;

use shiguredo_mp4::boxes::{ElstEntry, SampleEntry, TrexBox};

use super::fragments::{each_fragment, track_runs};
use super::movie_index::MovieIndex;
use super::read::{SampleFacts, Track};
use crate::media::error::MediaError;

/// The most samples in fragments: an hour of sound has about 340,000 at the most.
const SAMPLES_MAX: usize = 1_000_000;

/// The most parts of an edit list; of one with more, nothing is obeyed.
const EDITS_MAX: usize = 10_000;

/// A sound track with its samples.
pub(in crate::media) struct MovieSound {
    /// How its samples are encoded.
    pub entry: SampleEntry,
    /// Ticks per second.
    pub timescale: NonZeroU32,
    /// Its samples in order.
    pub samples: Vec<SoundPiece>,
    /// What is played, in order; empty if that is everything.
    pub edits: Vec<SoundEdit>,
}

/// A sample of sound in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) struct SoundPiece {
    /// Its offset in the file.
    pub offset: u64,
    /// Its length in bytes.
    pub size: u32,
    /// Its length in ticks.
    pub ticks: u32,
}

/// A part of what is played, in ticks of the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) enum SoundEdit {
    /// Nothing for so long.
    Silence(u64),
    /// The sound from one tick to another; `u64::MAX` for its end.
    Part(u64, u64),
}

impl MovieSound {
    /// Reads the first sound track of a file; `None` if it has none.
    ///
    /// # Errors
    /// The track is damaged, or there are more samples than any recording has.
    pub(in crate::media) fn read(
        file: &mut (impl Read + Seek),
    ) -> Result<Option<MovieSound>, MediaError> {
        let mut index = MovieIndex::read(file)?;
        let Some(at) = index.tracks.iter().position(|part| part.is_sound) else { return Ok(None) };
        let trak = index.tracks.swap_remove(at).trak?;
        let id = trak.tkhd_box.track_id;
        let list = trak.edts_box.as_ref().and_then(|edts| edts.elst_box.as_ref());
        let list = list.map_or_else(Vec::new, |list| list.entries.clone());
        let track = Track::new(trak, index.file_length)?;
        let piece = |sample: SampleFacts| SoundPiece {
            offset: sample.offset,
            size: sample.size,
            ticks: sample.duration,
        };
        // Samples of another description cannot be decoded with the first.
        let mut samples: Vec<SoundPiece> =
            track.samples().filter(|sample| sample.entry == 0).map(piece).collect();
        if let (true, Some(defaults)) = (samples.is_empty(), &index.defaults) {
            samples = fragmented(file, index.file_length, id, defaults)?;
        }
        let entry = track.entry()?.clone();
        let mut edits = edits_of(&list, track.timescale, index.rate);
        if track.sample_count() == 0 {
            // A list in front of fragments only says where the sound starts.
            edits.iter_mut().for_each(|edit| {
                if let SoundEdit::Part(_, end) = edit {
                    *end = u64::MAX;
                }
            });
        }
        Ok(Some(MovieSound { entry, timescale: track.timescale, samples, edits }))
    }
}

/// The samples of a track in fragments.
fn fragmented(
    file: &mut (impl Read + Seek),
    file_length: u64,
    id: u32,
    defaults: &[TrexBox],
) -> Result<Vec<SoundPiece>, MediaError> {
    let mut samples: Vec<SoundPiece> = Vec::new();
    each_fragment(file, file_length, |start, moof| {
        for run in track_runs(moof, start, id, defaults) {
            let mut offset = run.offset;
            for (ticks, size) in run.samples() {
                let end = offset.saturating_add(size.into());
                if samples.len() >= SAMPLES_MAX || end > file_length {
                    break;
                }
                samples.push(SoundPiece { offset, size, ticks });
                offset = end;
            }
        }
    })?;
    Ok(samples)
}

/// An edit list in ticks of its track.
fn edits_of(list: &[ElstEntry], timescale: NonZeroU32, movie_rate: f64) -> Vec<SoundEdit> {
    if list.len() > EDITS_MAX {
        return Vec::new();
    }
    let rate = f64::from(timescale.get());
    let edit = |entry: &ElstEntry| {
        let ticks = (entry.edit_duration as f64 / movie_rate * rate).round() as u64;
        match u64::try_from(entry.media_time) {
            Err(_) => SoundEdit::Silence(ticks),
            Ok(start) if entry.edit_duration == 0 => SoundEdit::Part(start, u64::MAX),
            Ok(start) => SoundEdit::Part(start, start.saturating_add(ticks)),
        }
    };
    list.iter().map(edit).collect()
}
