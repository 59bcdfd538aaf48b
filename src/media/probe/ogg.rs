//! The length of an Ogg recording: the position on its last page.
//!
//! RFC 3533 for pages, RFC 7845 for Opus, the Vorbis I specification for Vorbis.

use std::io::{Read, Seek, SeekFrom};

use crate::media::error::MediaError;

/// Bytes of a page header before its table of segments.
const HEADER: usize = 27;

/// The largest page: its header, 255 lengths, 255 segments of 255 bytes.
const PAGE_MAX: u64 = 27 + 255 + 255 * 255;

/// The length in seconds of the first stream.
pub(super) fn ogg_seconds(file: &mut (impl Read + Seek)) -> Result<f64, MediaError> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(PAGE_MAX).read_to_end(&mut head)?;
    let first = Page::at(&head).ok_or_else(cut_short)?;
    let (rate, skipped) = clock_of(first.body)?;
    let serial = first.serial;

    // The last page is within these bytes, whatever follows it.
    let start = length.saturating_sub(2 * PAGE_MAX);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.by_ref().take(2 * PAGE_MAX).read_to_end(&mut tail)?;
    let starts = (0..tail.len()).rev().filter(|at| tail[*at..].starts_with(b"OggS"));
    let position = starts
        .filter_map(|at| Page::at(&tail[at..]))
        .find(|page| page.serial == serial && page.position != u64::MAX)
        .map(|page| page.position)
        .ok_or_else(cut_short)?;
    Ok(position.saturating_sub(skipped) as f64 / f64::from(rate))
}

/// Positions per second, and how many of them are skipped at the start.
fn clock_of(packet: &[u8]) -> Result<(u32, u64), MediaError> {
    if packet.starts_with(b"OpusHead") && packet.len() >= 12 {
        // Opus always counts in 48 kHz, regardless of the recording's rate.
        return Ok((48_000, u16::from_le_bytes([packet[10], packet[11]]).into()));
    }
    if packet.starts_with(b"\x01vorbis") && packet.len() >= 16 {
        let rate = u32::from_le_bytes([packet[12], packet[13], packet[14], packet[15]]);
        if rate > 0 {
            return Ok((rate, 0));
        }
    }
    Err(MediaError::Unsupported("an Ogg file with neither Vorbis nor Opus".into()))
}

fn cut_short() -> MediaError {
    MediaError::Damaged("its Ogg pages are cut short".into())
}

struct Page<'a> {
    serial: u32,
    position: u64,
    body: &'a [u8],
}

impl<'a> Page<'a> {
    /// The page that starts here, if it is complete.
    fn at(bytes: &'a [u8]) -> Option<Page<'a>> {
        let header = bytes.get(..HEADER).filter(|header| header.starts_with(b"OggS"))?;
        let position = u64::from_le_bytes(header[6..14].try_into().ok()?);
        let serial = u32::from_le_bytes(header[14..18].try_into().ok()?);
        let table_end = HEADER + usize::from(header[26]);
        let table = bytes.get(HEADER..table_end)?;
        let length: usize = table.iter().map(|segment| usize::from(*segment)).sum();
        Some(Page { serial, position, body: bytes.get(table_end..table_end + length)? })
    }
}
