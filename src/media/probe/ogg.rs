//! The length of an Ogg recording: the positions on the pages of each of its links, and the packets
//! between them.
//!
//! RFC 3533 for pages, RFC 7845 for Opus, the Vorbis I specification for Vorbis. Positions need not
//! begin with 0, and pages of a recording that was cut without encoding may hold more than their
//! positions say: players play all of it.

use std::io::{Read, Seek, SeekFrom};

use memchr::memmem;

use super::ogg_clock::PacketClock;
use super::ogg_page::{AtPage, PAGE_MAX, Page};
use crate::media::error::MediaError;

/// The most recordings in a chain.
const LINKS_MAX: usize = 10_000;

/// The length in seconds of everything that plays.
///
/// # Errors
/// `Incomplete` if the file ends within a page or within a packet, `Damaged` if a page in it is missing
/// or is not as it was written.
pub(super) fn ogg_seconds(file: &mut (impl Read + Seek)) -> Result<f64, MediaError> {
    let (links, fault) = links(file)?;
    match fault {
        Some(fault) => Err(fault),
        None => Ok(links.iter().map(ChainLink::seconds).sum()),
    }
}

/// The links of the chain, each with the first recording in it. Two files written one behind the other
/// are such a chain (RFC 3533, section 4).
pub(in crate::media) fn ogg_links(
    file: &mut (impl Read + Seek),
) -> Result<Vec<ChainLink>, MediaError> {
    links(file).map(|(links, _)| links)
}

/// The links, and what is wrong with the first page that is missing or damaged, or with the end of the
/// file.
fn links(
    file: &mut (impl Read + Seek),
) -> Result<(Vec<ChainLink>, Option<MediaError>), MediaError> {
    let mut links: Vec<ChainLink> = Vec::new();
    // What begins, and is no recording that we know.
    let mut unknown: Option<MediaError> = None;
    let (mut at, mut torn, mut damage) = (0, None, None);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        file.seek(SeekFrom::Start(at))?;
        file.by_ref().take(PAGE_MAX).read_to_end(&mut bytes)?;
        let page = match AtPage::of(&bytes) {
            AtPage::Whole(page) => page,
            // Bytes between pages are skipped; of a page that is cut short, nothing plays.
            other => {
                if let AtPage::Torn(least) = other {
                    torn = torn.or(Some((at + bytes.len() as u64, at + least)));
                }
                match memmem::find(bytes.get(1..).unwrap_or_default(), b"OggS") {
                    Some(next) if at > 0 => at += 1 + next as u64,
                    _ => break,
                }
                continue;
            }
        };
        // Pages follow on it, so it was not the end of the file.
        torn = None;
        let link = links.last_mut();
        if page.begins {
            // What else begins beside a recording, such as a picture, does not play.
            let is_first = link.is_none_or(|link| link.has_data);
            match ChainLink::beginning(at, &page) {
                Ok(link) if is_first => {
                    links.push(link);
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
            if link.lacks_pages_before(&page) {
                damage = damage.or(Some(format!("pages are missing before byte {at}")));
            }
            link.go_on(&page);
        }
        if !page.is_intact() {
            damage = damage.or(Some(format!("the page at byte {at} is not as it was written")));
        }
        at += page.length();
    }
    let torn = torn.map(|(holds, least)| MediaError::incomplete_at_least(holds, least));
    let torn = torn.or_else(|| {
        let is_open = links.last().is_some_and(|link| link.is_within_packet);
        is_open.then(|| MediaError::Incomplete("it ends within a packet of sound".into()))
    });
    let torn = torn.or_else(|| damage.map(MediaError::Damaged));
    match (links.last(), torn) {
        (Some(link), torn) if link.position.is_some() => Ok((links, torn)),
        (_, Some(torn)) => Err(torn),
        (_, None) => Err(MediaError::Damaged("its Ogg pages are cut short".into())),
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
    skipped: i64,
    clock: PacketClock,
    /// The highest position on its pages.
    position: Option<i64>,
    /// What its pages hold more than their positions say.
    more: i64,
    /// Whether a page behind those on which streams begin has been read.
    has_data: bool,
    /// The number of its last page.
    number: u32,
    /// Whether its last page ends within a packet.
    is_within_packet: bool,
}

impl ChainLink {
    fn beginning(start: u64, page: &Page<'_>) -> Result<ChainLink, MediaError> {
        let (rate, skipped) = clock_of(page.body)?;
        Ok(ChainLink {
            start,
            serial: page.serial,
            rate,
            skipped,
            clock: PacketClock::of(page.body),
            position: None,
            more: 0,
            has_data: false,
            number: page.number,
            is_within_packet: false,
        })
    }

    /// Whether pages of sound are missing in front of one. A stream that was recorded midway lacks
    /// some behind those with its setup.
    fn lacks_pages_before(&self, page: &Page<'_>) -> bool {
        let has_sound = self.position.is_some_and(|position| position > 0);
        page.serial == self.serial && has_sound && page.number > self.number.saturating_add(1)
    }

    fn go_on(&mut self, page: &Page<'_>) {
        self.has_data = true;
        if page.serial != self.serial {
            return;
        }
        self.number = page.number;
        let held = self.clock.samples(page);
        self.is_within_packet = page.table.last() == Some(&255);
        let Some(position) = page.position.filter(|position| *position >= 0) else { return };
        let before = self.position.unwrap_or(0);
        // The last page may hold more than is played.
        if !page.ends {
            self.more = self.more.saturating_add((held - (position - before).max(0)).max(0));
        }
        self.position = Some(before.max(position));
    }

    /// How long it plays, in seconds.
    pub(in crate::media) fn seconds(&self) -> f64 {
        let played = self.position.unwrap_or(0).saturating_add(self.more) - self.skipped;
        played.max(0) as f64 / f64::from(self.rate)
    }
}

/// Positions per second, and how many of them are skipped at the start.
fn clock_of(packet: &[u8]) -> Result<(u32, i64), MediaError> {
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
