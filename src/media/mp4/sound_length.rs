//! How long the sound of an MP4 plays: its samples, in the index and in fragments, as its edit list
//! shows them.
//!
//! ISO/IEC 14496-12: 8.6.6 for edit lists, 8.8 for fragments. Lengths that headers state are not
//! read.

use std::io::{Read, Seek, SeekFrom};

use shiguredo_mp4::Decode;
use shiguredo_mp4::boxes::{ElstEntry, HdlrBox, MoovBox, SampleEntry, TrakBox, TrexBox};

use super::read::{MOOV_MAX, Track, box_at, codec_of, find_moov};
use crate::media::error::MediaError;

/// The most boxes at the top level: an hour of sound in fragments of one sample has 340,000.
const BOXES_MAX: usize = 1_000_000;

/// The most parts of an edit list.
const EDITS_MAX: usize = 10_000;

/// The length in seconds of the longest sound track; `None` if there is none.
///
/// # Errors
/// It is not an MP4, is damaged, or does not have all samples of its index.
pub(in crate::media) fn sound_seconds(
    file: &mut (impl Read + Seek),
) -> Result<Option<f64>, MediaError> {
    let length = file.seek(SeekFrom::End(0))?;
    let (moov, _) = MoovBox::decode(&find_moov(file, length)?)?;
    let movie_rate = f64::from(moov.mvhd_box.timescale.get());
    let defaults = moov.mvex_box.map(|mvex| mvex.trex_boxes);
    let is_sound =
        |trak: &TrakBox| trak.mdia_box.hdlr_box.handler_type == HdlrBox::HANDLER_TYPE_SOUN;
    let mut sounds = Vec::new();
    for trak in moov.trak_boxes.into_iter().filter(is_sound) {
        let id = trak.tkhd_box.track_id;
        let edits = trak.edts_box.as_ref().and_then(|edts| edts.elst_box.as_ref());
        let edits = edits.map_or_else(Vec::new, |list| list.entries.clone());
        sounds.push((id, edits, Track::new(trak, length)?, RunTicks::default()));
    }
    if let Some(defaults) = &defaults {
        each_fragment(file, length, |moof| {
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

/// The ticks of a track's samples in a fragment (`moof`). Its tables are added up and never unfolded: 20
/// bytes may stand for millions of samples.
fn fragment_ticks(moof: &[u8], id: u32, defaults: &[TrexBox]) -> RunTicks {
    let default = defaults.iter().find(|trex| trex.track_id == id);
    let default = default.map_or(0, |trex| trex.default_sample_duration);
    let parts = boxes(moof).filter(|(kind, _)| kind == b"traf");
    let parts = parts.filter_map(|(_, part)| {
        let header = boxes(part).find(|(kind, _)| kind == b"tfhd")?.1;
        let flags = number(header, 0)?;
        // Before the default come 8 bytes of an offset and 4 of a description, if they are there.
        let at = 8 + if flags & 1 == 0 { 0 } else { 8 } + if flags & 2 == 0 { 0 } else { 4 };
        let own = if flags & 8 == 0 { None } else { number(header, at) };
        (number(header, 4)? == id).then(|| (part, own.unwrap_or(default)))
    });
    let mut ticks = RunTicks::default();
    for (part, default) in parts {
        let runs = boxes(part).filter(|(kind, _)| kind == b"trun");
        runs.for_each(|(_, run)| ticks.add(run_ticks(run, default)));
    }
    ticks
}

/// The ticks of a run of samples (`trun`).
fn run_ticks(run: &[u8], default: u32) -> RunTicks {
    let (Some(flags), Some(samples)) = (number(run, 0), number(run, 4)) else {
        return RunTicks::default();
    };
    let has = |flag: u32| flags & flag != 0;
    if !has(0x100) {
        return RunTicks::equal(samples, default);
    }
    let start = 8 + if has(1) { 4 } else { 0 } + if has(4) { 4 } else { 0 };
    let fields = [0x100, 0x200, 0x400, 0x800].into_iter().filter(|flag| has(*flag)).count();
    let table = run.get(start..).unwrap_or_default().chunks_exact(4 * fields);
    let mut ticks = RunTicks::default();
    for each in table.take(samples as usize).filter_map(|sample| number(sample, 0)) {
        ticks.add(RunTicks::equal(1, each));
    }
    ticks
}

/// The boxes within a box, each with its kind and its contents.
fn boxes(mut rest: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let size = number(rest, 0)? as usize;
        let (kind, body) = (rest.get(4..8)?, rest.get(8..size)?);
        rest = &rest[size..];
        Some((kind, body))
    })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().expect("4 bytes")))
}

/// Reads the index of each fragment, without the box around it.
///
/// # Errors
/// `Incomplete` if the file ends within a fragment.
fn each_fragment(
    file: &mut (impl Read + Seek),
    length: u64,
    mut then: impl FnMut(&[u8]),
) -> Result<(), MediaError> {
    let (mut at, mut is_waiting) = (0, false);
    for _ in 0..BOXES_MAX {
        let Some((kind, header, size)) = box_at(file, at, length)? else { break };
        is_waiting = kind == *b"moof" || is_waiting && kind != *b"mdat";
        if matches!(&kind, b"moof" | b"mdat") && size > length - at {
            return Err(MediaError::incomplete_at_least(length, at.saturating_add(size)));
        }
        if kind == *b"moof" {
            if size > MOOV_MAX {
                return Err(MediaError::TooLarge {
                    what: "the index of a fragment",
                    found: format!("{size} bytes"),
                    limit: format!("{MOOV_MAX} bytes"),
                });
            }
            file.seek(SeekFrom::Start(at + header))?;
            let mut bytes = Vec::new();
            file.by_ref().take(size - header).read_to_end(&mut bytes)?;
            then(&bytes);
        }
        at = at.saturating_add(size);
    }
    match is_waiting || at < length {
        true => Err(MediaError::incomplete_at_least(length, length.max(at) + 8)),
        false => Ok(()),
    }
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
