//! Reading an MP4: its index, checked against the file, and its samples one by one.
//!
//! Only box headers and the index (`moov`) are read, whatever the file's length, so memory depends
//! on the index alone. All tables are checked against the file before they are used.

use std::io::{Read, Seek, SeekFrom};
use std::num::NonZeroU32;

use shiguredo_mp4::aux::{SampleAccessor, SampleTableAccessor};
use shiguredo_mp4::boxes::{HdlrBox, MoovBox, MvexBox, SampleEntry, StblBox, TrakBox};
use shiguredo_mp4::{Decode, TrackKind};

use crate::media::error::MediaError;
use crate::media::sniff::look_at;

/// The largest index in bytes; an hour of video needs about 3 MB.
pub(super) const MOOV_MAX: u64 = 64 << 20;

/// The most boxes at the top level of a file.
const BOXES_MAX: usize = 10_000;

/// The kinds of boxes that an MP4 or a QuickTime file begins with.
const FIRST_KINDS: [&[u8; 4]; 8] =
    [b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp"];

/// The most samples in a track; an hour of sound has about 170,000.
const SAMPLES_MAX: u32 = 1_000_000;

/// The largest sample in bytes.
const SAMPLE_MAX: u32 = 256 << 20;

/// An MP4's index: the first track of each kind.
pub(in crate::media) struct Movie {
    /// The first video track.
    pub video: Option<Track>,
    /// The first audio track.
    pub audio: Option<Track>,
    /// The length in seconds that a fragmented movie states, 0 where it states none; `None` for
    /// one whose samples are all in the index.
    fragments: Option<f64>,
}

/// A track's index.
pub(in crate::media) struct Track {
    /// Ticks per second.
    pub timescale: NonZeroU32,
    /// The tick at which its edit list starts; earlier samples are priming, not to be heard.
    pub starts_at: u64,
    table: SampleTableAccessor<Box<StblBox>>,
}

/// Where one sample is and when it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) struct SampleFacts {
    /// Its offset in the file.
    pub offset: u64,
    /// Its length in bytes.
    pub size: u32,
    /// The tick at which it is decoded.
    pub decoded_at: u64,
    /// The tick at which it is shown.
    pub shown_at: i64,
    /// How many ticks it is shown.
    pub duration: u32,
    /// Whether the container says that decoding can start here.
    pub sync: bool,
    /// The index of its sample entry in the track, from 0.
    pub entry: usize,
}

impl Movie {
    /// Reads the index and checks that the file contains everything in it.
    pub(in crate::media) fn read(file: &mut (impl Read + Seek)) -> Result<Movie, MediaError> {
        let length = file.seek(SeekFrom::End(0))?;
        let moov = find_moov(file, length)?;
        let (moov, _) = MoovBox::decode(&moov)?;
        let stated = |mvex: &MvexBox| {
            let ticks = mvex.mehd_box.as_ref().map(|mehd| mehd.fragment_duration);
            let ticks = ticks.filter(|ticks| *ticks > 0).unwrap_or(moov.mvhd_box.duration);
            ticks as f64 / f64::from(moov.mvhd_box.timescale.get())
        };
        let fragments = moov.mvex_box.as_ref().map(stated);
        let mut movie = Movie { video: None, audio: None, fragments: None };
        for trak in moov.trak_boxes {
            let slot = match trak.mdia_box.hdlr_box.handler_type {
                HdlrBox::HANDLER_TYPE_VIDE => &mut movie.video,
                HdlrBox::HANDLER_TYPE_SOUN => &mut movie.audio,
                _ => continue,
            };
            if slot.is_none() {
                *slot = Some(Track::new(trak, length)?);
            }
        }
        let empty = |track: &Option<Track>| track.as_ref().is_none_or(|t| t.sample_count() == 0);
        movie.fragments = fragments.filter(|_| empty(&movie.video) && empty(&movie.audio));
        Ok(movie)
    }

    /// The length in seconds that the movie states, if its samples are in fragments.
    pub(in crate::media) fn fragments_seconds(&self) -> Option<f64> {
        self.fragments
    }

    /// The video track, which must exist and contain at least one sample in the index.
    pub(in crate::media) fn into_video(self) -> Result<Track, MediaError> {
        if self.fragments.is_some() {
            return Err(MediaError::Unsupported("a fragmented MP4".into()));
        }
        let track = self.video.filter(|track| track.sample_count() > 0);
        track.ok_or_else(|| MediaError::WrongKind {
            expected: "a video",
            found: "it is an MP4 without a picture in it".into(),
        })
    }
}

impl Track {
    pub(super) fn new(trak: TrakBox, file_length: u64) -> Result<Track, MediaError> {
        let starts_at = edit_start(&trak);
        let timescale = trak.mdia_box.mdhd_box.timescale;
        let stbl = Box::new(trak.mdia_box.minf_box.stbl_box);
        let table = SampleTableAccessor::new(stbl)
            .map_err(|error| MediaError::Damaged(format!("its sample table is wrong: {error}")))?;
        if table.sample_count() > SAMPLES_MAX {
            return Err(MediaError::TooLarge {
                what: "a track",
                found: format!("{} samples", table.sample_count()),
                limit: format!("{SAMPLES_MAX} samples"),
            });
        }
        let track = Track { timescale, starts_at, table };
        track.check(file_length)?;
        Ok(track)
    }

    /// Checks the table against the file.
    fn check(&self, file_length: u64) -> Result<(), MediaError> {
        let mut promised = 0;
        for sample in self.samples() {
            if sample.size > SAMPLE_MAX {
                return Err(MediaError::TooLarge {
                    what: "a sample",
                    found: format!("{} bytes", sample.size),
                    limit: format!("{SAMPLE_MAX} bytes"),
                });
            }
            promised = promised.max(sample.offset.saturating_add(u64::from(sample.size)));
        }
        if promised > file_length {
            return Err(MediaError::Truncated { promised, present: file_length });
        }
        Ok(())
    }

    /// The number of samples.
    pub(in crate::media) fn sample_count(&self) -> u32 {
        self.table.sample_count()
    }

    /// The samples in decoding order.
    pub(in crate::media) fn samples(&self) -> impl Iterator<Item = SampleFacts> {
        let mut decoded_at = 0u64;
        self.table.samples().map(move |sample| {
            let facts = facts_of(&sample, decoded_at);
            decoded_at = decoded_at.saturating_add(u64::from(facts.duration));
            facts
        })
    }

    /// The length in ticks: the sum of all durations.
    pub(in crate::media) fn ticks(&self) -> u64 {
        let entries = &self.table.stbl_box().stts_box.entries;
        entries.iter().fold(0u64, |sum, entry| {
            let ticks = u64::from(entry.sample_count) * u64::from(entry.sample_delta);
            sum.saturating_add(ticks)
        })
    }

    /// The decoder configurations, one for each run of similar samples.
    pub(in crate::media) fn entries(&self) -> &[SampleEntry] {
        &self.table.stbl_box().stsd_box.entries
    }

    /// The first sample entry; a track with samples has one.
    pub(in crate::media) fn entry(&self) -> Result<&SampleEntry, MediaError> {
        let entry = self.entries().first();
        entry.ok_or_else(|| MediaError::Damaged("it does not say how it is encoded".into()))
    }

    /// The length in seconds.
    pub(in crate::media) fn seconds(&self) -> f64 {
        self.ticks() as f64 / f64::from(self.timescale.get())
    }
}

fn facts_of(sample: &SampleAccessor<'_, Box<StblBox>>, decoded_at: u64) -> SampleFacts {
    let later = sample.composition_time_offset().unwrap_or(0);
    SampleFacts {
        offset: sample.data_offset(),
        size: sample.data_size(),
        decoded_at,
        shown_at: (decoded_at.min(i64::MAX as u64) as i64).saturating_add(later),
        duration: sample.duration(),
        sync: sample.is_sync_sample(),
        entry: sample.chunk().sample_entry_index(),
    }
}

/// Where the edit list starts the track, if it is a simple one.
fn edit_start(trak: &TrakBox) -> u64 {
    let list = trak.edts_box.as_ref().and_then(|edts| edts.elst_box.as_ref());
    let first = list.and_then(|list| list.entries.iter().find(|entry| entry.media_time >= 0));
    first.map_or(0, |entry| entry.media_time.unsigned_abs())
}

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
            let found = look_at(file)?;
            return Err(MediaError::WrongKind { expected: "an MP4 video", found });
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
        let found = look_at(file)?;
        return Err(MediaError::WrongKind { expected: "an MP4 video", found });
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

/// The track kind of a sample entry, and the usual name of its codec.
pub(in crate::media) fn codec_of(entry: &SampleEntry) -> (TrackKind, &'static str) {
    match entry {
        SampleEntry::Avc1(_) => (TrackKind::Video, "h264"),
        SampleEntry::Hev1(_) | SampleEntry::Hvc1(_) => (TrackKind::Video, "hevc"),
        SampleEntry::Vp08(_) => (TrackKind::Video, "vp8"),
        SampleEntry::Vp09(_) => (TrackKind::Video, "vp9"),
        SampleEntry::Av01(_) => (TrackKind::Video, "av1"),
        // MPEG-1 and MPEG-2 layer III have object types of their own (ISO/IEC 14496-1, table 5).
        SampleEntry::Mp4a(entry) => match entry.esds_box.es.dec_config_descr.object_type_indication
        {
            0x69 | 0x6b => (TrackKind::Audio, "mp3"),
            _ => (TrackKind::Audio, "aac"),
        },
        SampleEntry::Opus(_) => (TrackKind::Audio, "opus"),
        SampleEntry::Flac(_) => (TrackKind::Audio, "flac"),
        _ => (TrackKind::Subtitle, "unknown"),
    }
}
