//! The length of an Ogg recording: the positions on the last page of each of its links.
//!
//! RFC 3533 for pages, RFC 7845 for Opus, the Vorbis I specification for Vorbis.

use std::io::{Read, Seek, SeekFrom};

use memchr::memmem;

use crate::media::error::MediaError;

/// Bytes of a page header before its table of segments.
const HEADER: usize = 27;

/// The largest page: its header, 255 lengths, 255 segments of 255 bytes.
const PAGE_MAX: u64 = 27 + 255 + 255 * 255;

/// The most recordings in a chain.
const LINKS_MAX: usize = 10_000;

/// The length in seconds of everything that plays.
pub(super) fn ogg_seconds(file: &mut (impl Read + Seek)) -> Result<f64, MediaError> {
    let links = ogg_links(file)?;
    Ok(links.iter().map(ChainLink::seconds).sum())
}

/// The links of the chain, each with the first recording in it. Two files written one behind the other
/// are such a chain (RFC 3533, section 4).
pub(in crate::media) fn ogg_links(
    file: &mut (impl Read + Seek),
) -> Result<Vec<ChainLink>, MediaError> {
    let mut links: Vec<ChainLink> = Vec::new();
    // What begins, and is no recording that we know.
    let mut unknown: Option<MediaError> = None;
    let mut at = 0;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        file.seek(SeekFrom::Start(at))?;
        file.by_ref().take(PAGE_MAX).read_to_end(&mut bytes)?;
        let Some(page) = Page::at(&bytes) else {
            // Bytes between pages are skipped; of a page that is cut short, nothing plays.
            match memmem::find(bytes.get(1..).unwrap_or_default(), b"OggS") {
                Some(next) if at > 0 => at += 1 + next as u64,
                _ => break,
            }
            continue;
        };
        let link = links.last_mut();
        if page.begins {
            // What else begins beside a recording, such as a picture, does not play.
            let is_first = link.is_none_or(|link| link.has_data);
            match clock_of(page.body) {
                Ok((rate, skipped)) if is_first => {
                    let (start, serial) = (at, page.serial);
                    let (position, has_data) = (None, false);
                    links.push(ChainLink { start, serial, rate, skipped, position, has_data });
                    unknown = None;
                }
                Err(error) if is_first => unknown = unknown.or(Some(error)),
                Ok(_) | Err(_) => {}
            }
            if links.len() > LINKS_MAX {
                return Err(MediaError::TooLarge {
                    what: "a chain",
                    found: format!("more than {LINKS_MAX} recordings"),
                    limit: format!("{LINKS_MAX} recordings"),
                });
            }
        } else if let Some(error) = unknown {
            return Err(error);
        } else if let Some(link) = link {
            link.has_data = true;
            if page.serial == link.serial && page.position != u64::MAX {
                link.position = link.position.max(Some(page.position));
            }
        }
        at += page.length;
    }
    match links.last() {
        Some(link) if link.position.is_some() => Ok(links),
        _ => Err(cut_short()),
    }
}

/// One link of a chain: a recording from its first page to its last.
pub(in crate::media) struct ChainLink {
    /// Where its first page starts in the file.
    pub start: u64,
    serial: u32,
    /// Positions per second.
    rate: u32,
    /// How many of them are skipped at the start.
    skipped: u64,
    /// The highest position on its pages.
    position: Option<u64>,
    /// Whether a page behind those on which streams begin has been read.
    has_data: bool,
}

impl ChainLink {
    /// How long it plays, in seconds.
    pub(in crate::media) fn seconds(&self) -> f64 {
        let played = self.position.unwrap_or(0).saturating_sub(self.skipped);
        played as f64 / f64::from(self.rate)
    }
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
    let kinds: [(&[u8], &str); 5] = [
        (b"Speex   ", "Speex in an Ogg file"),
        (b"\x7fFLAC", "FLAC in an Ogg file"),
        (b"\x80theora", "a Theora video in an Ogg file"),
        (b"fishead\0", "an Ogg file with a skeleton"),
        (b"\x01video", "an OGM video"),
    ];
    let kind = kinds.iter().find(|(start, _)| packet.starts_with(start));
    let kind = kind.map_or("an Ogg file with neither Vorbis nor Opus", |(_, kind)| kind);
    Err(MediaError::OtherRecording(kind.into()))
}

fn cut_short() -> MediaError {
    MediaError::Damaged("its Ogg pages are cut short".into())
}

struct Page<'a> {
    serial: u32,
    position: u64,
    /// Whether a stream begins on it.
    begins: bool,
    body: &'a [u8],
    /// The length of the page in bytes.
    length: u64,
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
        let ends = table_end + length;
        let body = bytes.get(table_end..ends)?;
        Some(Page { serial, position, begins: header[5] & 2 != 0, body, length: ends as u64 })
    }
}
