//! Reading an MP4: its index, checked against the file, and its samples one by one.
//!
//! Only box headers and the index (`moov`) are read, whatever the file's length, so memory depends
//! on the index alone. All tables are checked against the file before they are used.

use std::io::{Read, Seek};
use std::num::NonZeroU32;

use shiguredo_mp4::TrackKind;
use shiguredo_mp4::aux::{SampleAccessor, SampleTableAccessor};
use shiguredo_mp4::boxes::{SampleEntry, StblBox, TrakBox};

use super::display_matrix::DisplayMatrix;
use super::movie_index::MovieIndex;
use crate::media::error::MediaError;

/// The most samples in a track; an hour of sound has about 170,000.
const SAMPLES_MAX: u32 = 1_000_000;

/// The largest sample in bytes.
const SAMPLE_MAX: u32 = 256 << 20;

/// An MP4's index: the first track of each kind.
pub(in crate::media) struct Movie {
    /// The first video track.
    pub video: Option<Track>,
    /// The first audio track, or why it cannot be read: a picture can be taken out all the same.
    pub audio: Result<Option<Track>, MediaError>,
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
    /// How its pictures are turned.
    pub matrix: DisplayMatrix,
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
        let index = MovieIndex::read(file)?;
        let fragments = index.fragments_seconds();
        let mut movie = Movie { video: None, audio: Ok(None), fragments: None };
        for part in index.tracks {
            match part.is_sound {
                false if movie.video.is_none() => {
                    movie.video = Some(Track::new(part.trak?, index.file_length)?);
                }
                true if matches!(movie.audio, Ok(None)) => {
                    let track = part.trak.and_then(|trak| Track::new(trak, index.file_length));
                    movie.audio = match track {
                        Err(cut @ MediaError::Truncated { .. }) => return Err(cut),
                        track => track.map(Some),
                    };
                }
                _ => {}
            }
        }
        let has_samples = |track: &Track| track.sample_count() > 0;
        let has_sound = movie.audio.as_ref().is_ok_and(|it| it.as_ref().is_some_and(has_samples));
        let has_none = !has_sound && !movie.video.as_ref().is_some_and(has_samples);
        movie.fragments = fragments.filter(|_| has_none);
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
        let matrix = DisplayMatrix(trak.tkhd_box.matrix);
        let timescale = trak.mdia_box.mdhd_box.timescale;
        let stbl = Box::new(trak.mdia_box.minf_box.stbl_box);
        let table = SampleTableAccessor::new(stbl)
            .map_err(|_| MediaError::Damaged("its sample table contradicts itself".into()))?;
        if table.sample_count() > SAMPLES_MAX {
            return Err(MediaError::TooLarge {
                what: "a track",
                found: format!("{} samples", table.sample_count()),
                limit: format!("{SAMPLES_MAX} samples"),
            });
        }
        let track = Track { timescale, starts_at, matrix, table };
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
