//! A part: one video of a join, with its index read and compared with the first one's.

use std::io::{Read, Seek};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use shiguredo_mp4::boxes::SampleEntry;

use crate::media::error::MediaError;
use crate::media::mp4::{Movie, SampleFacts, Track, check_boxes, codec_of};

/// One video of a join.
pub(super) struct JoinPart {
    pub path: PathBuf,
    pub video: TrackIndex,
    pub audio: Option<TrackIndex>,
}

/// A track's index, with times counted from the first thing shown.
pub(super) struct TrackIndex {
    pub timescale: NonZeroU32,
    pub entries: Vec<SampleEntry>,
    pub samples: Vec<SampleFacts>,
    /// The tick at which its edit list starts.
    pub starts_at: u64,
    /// The sum of all durations, in ticks.
    pub ticks: u64,
}

impl JoinPart {
    pub(super) fn read(path: &Path, file: &mut (impl Read + Seek)) -> Result<JoinPart, MediaError> {
        let mut read = || {
            check_boxes(file)?;
            let mut movie = Movie::read(file)?;
            let audio = movie.audio.take().filter(|track| track.sample_count() > 0);
            let mut video = TrackIndex::of(&movie.into_video()?);
            video
                .entries
                .first()
                .ok_or_else(|| MediaError::Damaged("it does not say how it is encoded".into()))?;
            video.start_at_zero();
            Ok(JoinPart {
                path: path.to_path_buf(),
                video,
                audio: audio.map(|t| TrackIndex::of(&t)),
            })
        };
        read().map_err(|error: MediaError| error.of(path))
    }

    /// Fails if this part's pictures cannot follow those of `first`.
    pub(super) fn check_like(&self, first: &JoinPart) -> Result<(), MediaError> {
        let codec = |part: &JoinPart| codec_of(&part.video.entries[0]).1.to_string();
        let size = |part: &JoinPart| {
            let (width, height) = part.video.entries[0].video_resolution().unwrap_or((0, 0));
            format!("{width}x{height}")
        };
        self.compare(first, "their codecs are", codec)?;
        self.compare(first, "their sizes are", size)
    }

    /// Fails if any property of this part differs from `first`.
    pub(super) fn compare(
        &self,
        first: &JoinPart,
        what: &'static str,
        value: impl Fn(&JoinPart) -> String,
    ) -> Result<(), MediaError> {
        let values = (value(first), value(self));
        if values.0 == values.1 {
            return Ok(());
        }
        Err(MediaError::Unlike {
            first: first.path.clone(),
            second: self.path.clone(),
            what,
            values,
        })
    }
}

impl TrackIndex {
    fn of(track: &Track) -> TrackIndex {
        TrackIndex {
            timescale: track.timescale,
            entries: track.entries().to_vec(),
            samples: track.samples().collect(),
            starts_at: track.starts_at,
            ticks: track.ticks(),
        }
    }

    /// Shifts the display times so that the first picture is shown at once. B-frames delay it by a
    /// frame or two otherwise, which would leave a gap at each joint.
    fn start_at_zero(&mut self) {
        let first = self.samples.iter().map(|sample| sample.shown_at).min().unwrap_or(0);
        for sample in &mut self.samples {
            sample.shown_at -= first;
        }
    }
}
