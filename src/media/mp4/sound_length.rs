//! How long the sound of an MP4 plays: its samples, in the index and in fragments, as its edit list
//! shows them.
//!
//! ISO/IEC 14496-12: 8.6.6 for edit lists, 8.8 for fragments. Lengths that headers state are not
//! read.

use std::io::{Read, Seek};

use shiguredo_mp4::boxes::{ElstEntry, SampleEntry, TrexBox};

use super::fragments::{each_fragment, track_runs};
use super::movie_index::MovieIndex;
use super::read::{Track, codec_of};
use crate::media::error::MediaError;

/// The most parts of an edit list.
const EDITS_MAX: usize = 10_000;

/// The length in seconds of the longest sound track; `None` if there is none.
///
/// # Errors
/// It is not an MP4, is damaged, or does not have all samples of its index.
pub(in crate::media) fn sound_seconds(
    file: &mut (impl Read + Seek),
) -> Result<Option<f64>, MediaError> {
    let index = MovieIndex::read(file)?;
    let (length, movie_rate, defaults) = (index.file_length, index.rate, index.defaults);
    let mut sounds = Vec::new();
    for part in index.tracks.into_iter().filter(|part| part.is_sound) {
        let trak = part.trak?;
        let id = trak.tkhd_box.track_id;
        let edits = trak.edts_box.as_ref().and_then(|edts| edts.elst_box.as_ref());
        let edits = edits.map_or_else(Vec::new, |list| list.entries.clone());
        sounds.push((id, edits, Track::new(trak, length)?, RunTicks::default()));
    }
    if let Some(defaults) = &defaults {
        each_fragment(file, length, |_, moof| {
            for (id, _, _, ticks) in &mut sounds {
                ticks.add(fragment_ticks(moof, *id, defaults));
            }
        })?;
    }
    let seconds = sounds.iter().map(|(_, edits, track, fragments)| {
        let rate = f64::from(track.timescale.get());
        let mut samples = RunTicks::of(track);
        samples.add(*fragments);
        let cut_off = if has_equal_frames(track) { samples.longest - samples.last } else { 0 };
        // A list in front of fragments only says where the sound starts.
        if edits.is_empty() || edits.len() > EDITS_MAX || fragments.sum > 0 {
            return (samples.sum.saturating_add(cut_off.into())) as f64 / rate;
        }
        shown_seconds(edits, track, cut_off, movie_rate)
    });
    Ok(seconds.reduce(f64::max))
}

/// Whether all frames of a track play equally long, so that a last one that is said to be shorter is
/// played whole all the same, as ffmpeg does.
fn has_equal_frames(track: &Track) -> bool {
    let Ok(entry) = track.entry() else { return false };
    match entry {
        SampleEntry::Unknown(entry) => matches!(entry.box_type.as_bytes(), b"ac-3" | b"ec-3"),
        entry => matches!(codec_of(entry).1, "aac" | "mp3" | "opus"),
    }
}

/// The ticks of samples that follow one on another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct RunTicks {
    /// All of them.
    sum: u64,
    /// Those of the longest sample.
    longest: u32,
    /// Those of the last sample.
    last: u32,
}

impl RunTicks {
    /// The samples of a track's index.
    fn of(track: &Track) -> RunTicks {
        let mut ticks = RunTicks::default();
        for sample in track.samples() {
            ticks.add(RunTicks::equal(1, sample.duration));
        }
        RunTicks { sum: track.ticks(), ..ticks }
    }

    /// So many samples of equal length.
    fn equal(samples: u32, each: u32) -> RunTicks {
        let (longest, last) = if samples == 0 { (0, 0) } else { (each, each) };
        RunTicks { sum: u64::from(samples) * u64::from(each), longest, last }
    }

    /// Adds what follows.
    fn add(&mut self, next: RunTicks) {
        self.sum = self.sum.saturating_add(next.sum);
        self.longest = self.longest.max(next.longest);
        if next.sum > 0 {
            self.last = next.last;
        }
    }
}

/// What an edit list shows of a track, in seconds. A sample that ends behind a part is played to its
/// end, as players do; so are the ticks that were cut off the last one.
fn shown_seconds(edits: &[ElstEntry], track: &Track, cut_off: u32, movie_rate: f64) -> f64 {
    let rate = f64::from(track.timescale.get());
    let mut ends: Vec<u64> = track
        .samples()
        .map(|sample| sample.decoded_at.saturating_add(u64::from(sample.duration)))
        .collect();
    ends.push(track.ticks());
    ends.sort_unstable();
    if let Some(last) = ends.last().copied() {
        let whole = last.saturating_add(cut_off.into());
        ends.iter_mut().filter(|end| **end == last).for_each(|end| *end = whole);
    }
    let shown = edits.iter().map(|edit| {
        let stated = edit.edit_duration as f64 / movie_rate;
        let Ok(start) = u64::try_from(edit.media_time) else { return stated };
        // As ffmpeg counts: to the nearest tick, and a sample that begins before it is played.
        let wanted = start.saturating_add((stated * rate).round() as u64);
        let end = match edit.edit_duration {
            0 => ends.last(),
            _ => ends.iter().find(|end| **end >= wanted).or(ends.last()),
        };
        end.map_or(0, |end| end.saturating_sub(start)) as f64 / rate
    });
    shown.sum()
}

/// The ticks of a track's samples in a fragment (`moof`). Runs of equal samples are added up and not
/// unfolded.
fn fragment_ticks(moof: &[u8], id: u32, defaults: &[TrexBox]) -> RunTicks {
    let mut ticks = RunTicks::default();
    for run in track_runs(moof, 0, id, defaults) {
        match run.equal_ticks {
            Some(each) => ticks.add(RunTicks::equal(run.count, each)),
            None => run.samples().for_each(|(each, _)| ticks.add(RunTicks::equal(1, each))),
        }
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(kind: &[u8; 4], body: &[&[u8]]) -> Vec<u8> {
        let body = body.concat();
        [&(body.len() as u32 + 8).to_be_bytes()[..], kind, &body].concat()
    }

    fn numbers(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    #[test]
    fn runs_are_added_up_with_their_own_lengths_or_the_default_ones() {
        let plain = one(b"trun", &[&numbers(&[0, 3])]);
        // An offset, then for each sample its length and its size.
        let own = one(b"trun", &[&numbers(&[0x301, 2, 99, 1_000, 7, 24, 7])]);
        let track =
            |header: &[u32]| one(b"traf", &[&one(b"tfhd", &[&numbers(header)]), &plain, &own]);
        let ticks = |moof: &[u8]| fragment_ticks(moof, 1, &[]).sum;
        // The second track has a default behind an offset and a description; the first has none.
        let moof = [track(&[0, 1]), track(&[0xb, 2, 0, 9, 1, 1_024])].concat();
        assert_eq!(ticks(&moof), 1_024);
        assert_eq!(fragment_ticks(&moof, 2, &[]).sum, 3 * 1_024 + 1_024);
        assert_eq!(fragment_ticks(&moof, 3, &[]).sum, 0);
        let many = one(b"trun", &[&numbers(&[0, u32::MAX])]);
        let header = one(b"tfhd", &[&numbers(&[8, 1, 1_024])]);
        let many = one(b"traf", &[&header, &many, &many]);
        assert_eq!(ticks(&many), 2 * 1_024 * u64::from(u32::MAX));
        for length in 0..moof.len() {
            let cut = ticks(&moof[..length]);
            assert!(cut <= 1_024, "{length} bytes: {cut}");
        }
    }
}
