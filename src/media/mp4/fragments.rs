//! Fragments of a movie (`moof`): the runs of samples in them.
//!
//! ISO/IEC 14496-12, 8.8. Tables are read run by run and unfolded only on request: 20 bytes may stand
//! for millions of samples.

use std::io::{Read, Seek, SeekFrom};

use shiguredo_mp4::boxes::TrexBox;

use super::top_level::{MOOV_MAX, box_at, boxes, number};
use crate::media::error::MediaError;

/// The most boxes at the top level: an hour of sound in fragments of one sample has 340,000.
const BOXES_MAX: usize = 1_000_000;

/// Samples of a track that follow one on another.
pub(super) struct FragmentRun<'a> {
    /// Where the first one is in the file.
    pub offset: u64,
    /// How many there are.
    pub count: u32,
    /// The ticks of each, if all have the same.
    pub equal_ticks: Option<u32>,
    /// The bytes of each, if the table does not say.
    default_size: u32,
    /// What the table says of each sample, and what it says.
    table: &'a [u8],
    flags: u32,
}

impl FragmentRun<'_> {
    /// The ticks and the bytes of each sample.
    pub(super) fn samples(&self) -> impl Iterator<Item = (u32, u32)> {
        let fields = FIELDS.into_iter().filter(|flag| self.flags & flag != 0).count();
        let size_at = if self.flags & FIELDS[0] != 0 { 4 } else { 0 };
        (0..self.count as usize).map_while(move |at| {
            let entry = match fields {
                0 => &[],
                _ => self.table.get(at * fields * 4..(at + 1) * fields * 4)?,
            };
            let ticks = self.equal_ticks.or_else(|| number(entry, 0))?;
            let size = match self.flags & FIELDS[1] {
                0 => self.default_size,
                _ => number(entry, size_at)?,
            };
            Some((ticks, size))
        })
    }
}

/// What a table may say of each sample: its duration, its size, and two things that do not matter here.
const FIELDS: [u32; 4] = [0x100, 0x200, 0x400, 0x800];

/// The runs of a track in a fragment that begins at `start` in the file.
pub(super) fn track_runs<'a>(
    moof: &'a [u8],
    start: u64,
    id: u32,
    defaults: &[TrexBox],
) -> Vec<FragmentRun<'a>> {
    let default = defaults.iter().find(|trex| trex.track_id == id);
    let (ticks, size) =
        default.map_or((0, 0), |trex| (trex.default_sample_duration, trex.default_sample_size));
    let mut runs: Vec<FragmentRun<'a>> = Vec::new();
    // Where data continues that is not said to be anywhere else.
    let mut next = start;
    for (_, part) in boxes(moof).filter(|(kind, _)| kind == b"traf") {
        let Some((_, header)) = boxes(part).find(|(kind, _)| kind == b"tfhd") else { continue };
        let (Some(flags), Some(track)) = (number(header, 0), number(header, 4)) else { continue };
        let (mut at, mut fields) = (8, [0u64; 4]);
        for (field, (flag, length)) in [(1, 8), (2, 4), (8, 4), (0x10, 4)].into_iter().enumerate() {
            if flags & flag == 0 {
                continue;
            }
            let high = number(header, at).unwrap_or(0).into();
            fields[field] = match length {
                8 => high << 32 | u64::from(number(header, at + 4).unwrap_or(0)),
                _ => high,
            };
            at += length;
        }
        let [base, _, own_ticks, own_size] = fields;
        let base = if flags & 1 == 0 { start } else { base };
        let ticks = if flags & 8 == 0 { ticks } else { own_ticks as u32 };
        let size = if flags & 0x10 == 0 { size } else { own_size as u32 };
        for (_, run) in boxes(part).filter(|(kind, _)| kind == b"trun") {
            let (Some(flags), Some(count)) = (number(run, 0), number(run, 4)) else { continue };
            let offset = match (flags & 1, number(run, 8)) {
                (1, Some(offset)) => base.saturating_add_signed(i64::from(offset as i32)),
                _ => next,
            };
            let table = 8 + if flags & 1 == 0 { 0 } else { 4 } + if flags & 4 == 0 { 0 } else { 4 };
            let found = FragmentRun {
                offset,
                count,
                equal_ticks: (flags & FIELDS[0] == 0).then_some(ticks),
                default_size: size,
                table: run.get(table..).unwrap_or_default(),
                flags,
            };
            if track == id {
                runs.push(found);
            }
            next = offset;
        }
    }
    runs
}

/// Reads the index of each fragment, without the box around it, and where that begins.
///
/// # Errors
/// `Incomplete` if the file ends within a fragment.
pub(super) fn each_fragment(
    file: &mut (impl Read + Seek),
    length: u64,
    mut then: impl FnMut(u64, &[u8]),
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
            then(at, &bytes);
        }
        at = at.saturating_add(size);
    }
    match is_waiting || at < length {
        true => Err(MediaError::incomplete_at_least(length, length.max(at) + 8)),
        false => Ok(()),
    }
}
