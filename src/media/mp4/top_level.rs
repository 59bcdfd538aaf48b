//! The boxes of an MP4 or QuickTime file: those at its top level, and those within another in memory.

use std::io::{Read, Seek, SeekFrom};

use crate::media::error::MediaError;
use crate::media::sniff::{look_at, moving_picture_in};

/// The largest index in bytes; an hour of video needs about 3 MB.
pub(super) const MOOV_MAX: u64 = 64 << 20;

/// The most boxes at the top level of a file.
const BOXES_MAX: usize = 10_000;

/// The kinds of boxes that an MP4 or a QuickTime file begins with.
const FIRST_KINDS: [&[u8; 4]; 8] =
    [b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp"];

/// Checks that a file consists of whole boxes to its last byte, an index among them. Nothing inside
/// of them is read.
///
/// # Errors
/// It is cut short, has no index, is another kind of file, or has bytes behind its last box.
pub(in crate::media) fn check_boxes(file: &mut (impl Read + Seek)) -> Result<(), MediaError> {
    let length = file.seek(SeekFrom::End(0))?;
    let (mut position, mut boxes, mut has_index) = (0, 0, false);
    while position < length {
        let next = box_at(file, position, length)?;
        let is_known = |kind: &[u8; 4]| match boxes {
            0 => FIRST_KINDS.contains(&kind),
            _ => kind.iter().all(|byte| (0x20..0x7f).contains(byte)),
        };
        let known = next.filter(|(kind, ..)| is_known(kind));
        let Some((kind, _, size)) = known.filter(|_| boxes < BOXES_MAX) else {
            if !has_index {
                break;
            }
            let behind = length - position;
            return Err(MediaError::Damaged(format!("{behind} bytes follow its last box")));
        };
        let end = position.saturating_add(size);
        if end > length {
            return Err(MediaError::Truncated { promised: end, present: length });
        }
        has_index |= kind == *b"moov";
        (position, boxes) = (end, boxes + 1);
    }
    match has_index {
        true => Ok(()),
        // It says what the file is instead.
        false => find_moov(file, length).map(|_| ()),
    }
}

/// Finds and reads the `moov` box, skipping the others.
pub(super) fn find_moov(file: &mut (impl Read + Seek), length: u64) -> Result<Vec<u8>, MediaError> {
    let mut position = 0;
    for number in 0..BOXES_MAX {
        let Some((kind, header, size)) = box_at(file, position, length)? else { break };
        if number == 0 && !FIRST_KINDS.contains(&&kind) {
            return Err(other_kind(file)?);
        }
        let end = position.saturating_add(size);
        if end > length {
            return Err(MediaError::Truncated { promised: end, present: length });
        }
        if kind == *b"moov" {
            if size > MOOV_MAX {
                return Err(MediaError::TooLarge {
                    what: "an index",
                    found: format!("{size} bytes"),
                    limit: format!("{MOOV_MAX} bytes"),
                });
            }
            file.seek(SeekFrom::Start(position))?;
            let mut moov = Vec::new();
            file.by_ref().take(size).read_to_end(&mut moov)?;
            return Ok(moov);
        }
        position += size.max(header);
    }
    if position == 0 {
        return Err(other_kind(file)?);
    }
    Err(MediaError::Damaged("it has no index (`moov`), so it was not written to its end".into()))
}

/// The kind, header length and total length of the box at an offset; `None` at the end of the file.
pub(super) fn box_at(
    file: &mut (impl Read + Seek),
    position: u64,
    length: u64,
) -> Result<Option<([u8; 4], u64, u64)>, MediaError> {
    let left = length.saturating_sub(position);
    if left < 8 {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(position))?;
    let mut head = [0; 16];
    file.read_exact(&mut head[..8])?;
    let kind = [head[4], head[5], head[6], head[7]];
    let size = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
    let (header, size) = match size {
        0 => (8, left),
        1 if left >= 16 => {
            file.read_exact(&mut head[8..])?;
            let large: [u8; 8] = head[8..].try_into().expect("8 of 16 bytes");
            (16, u64::from_be_bytes(large))
        }
        other => (8, other),
    };
    if size < header {
        return Err(MediaError::Damaged(format!(
            "a box at byte {position} has no room for itself"
        )));
    }
    Ok(Some((kind, header, size)))
}

/// The error for a file that is no MP4.
fn other_kind(file: &mut (impl Read + Seek)) -> Result<MediaError, MediaError> {
    Ok(match moving_picture_in(file)? {
        Some(kind) => MediaError::OtherVideo(kind),
        None => MediaError::WrongKind { expected: "an MP4 video", found: look_at(file)? },
    })
}

/// The boxes within a box, each with its kind and its contents.
pub(super) fn boxes(mut rest: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let size = number(rest, 0)? as usize;
        let (kind, body) = (rest.get(4..8)?, rest.get(8..size)?);
        rest = &rest[size..];
        Some((kind, body))
    })
}

/// The number in these 4 bytes.
pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().expect("4 bytes")))
}

/// Where the box of this kind is within the box at a position.
pub(super) fn child(bytes: &[u8], parent: usize, kind: &[u8; 4]) -> Option<usize> {
    let end = parent.checked_add(number(bytes, parent)? as usize)?;
    let mut at = parent + 8;
    for (found, body) in boxes(bytes.get(at..end)?) {
        if found == kind {
            return Some(at);
        }
        at += 8 + body.len();
    }
    None
}
