//! A part: one video of a join, with its index read and compared with the first one's.

use std::io::{Read, Seek};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shiguredo_mp4::boxes::SampleEntry;

use crate::base::FrameRate;
use crate::media::error::MediaError;
use crate::media::mp4::{DisplayMatrix, Movie, SampleFacts, Track, check_boxes, codec_of};

/// A video to join, and how much of it is used.
#[derive(Clone, Debug)]
pub struct JoinClip {
    /// Its file.
    pub path: PathBuf,
    /// How much of it is used, in milliseconds from its start; all of it if `None`, or if it is
    /// shorter.
    pub millis: Option<u64>,
}

/// A joined video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedVideo {
    /// The rate whose frames its clips are measured in: that of most of its pictures.
    pub rate: FrameRate,
    /// Its parts, in order.
    pub clips: Vec<JoinedClip>,
}

/// When a part of a join is shown, and what it was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinedClip {
    /// When it begins, in milliseconds from the start of the joined video.
    pub starts_millis: u64,
    /// When the next one begins, or the video ends.
    pub ends_millis: u64,
    /// How many frames of the joined video's rate it is shown. Its start and its end are rounded,
    /// not its length, so the clips' sum is the whole video to the nearest frame.
    pub frames: u64,
    /// How many such frames the whole of its own video has; at least `frames`.
    pub source_frames: u64,
    /// The rate of its pictures, if they say one.
    pub rate: Option<FrameRate>,
    /// Its own sound, if it has any.
    pub sound: Option<SoundShape>,
}

/// The shape of a sound track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SoundShape {
    /// Samples per second.
    pub rate: u32,
    /// The number of channels.
    pub channels: u16,
}

impl From<PathBuf> for JoinClip {
    /// The whole video.
    fn from(path: PathBuf) -> JoinClip {
        JoinClip { path, millis: None }
    }
}

/// One video of a join.
pub(super) struct JoinPart {
    pub path: PathBuf,
    /// How its pictures are turned.
    pub matrix: DisplayMatrix,
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
    /// The same before the end was left out.
    pub whole_ticks: u64,
}

impl JoinPart {
    pub(super) fn read(
        clip: &JoinClip,
        file: &mut (impl Read + Seek),
    ) -> Result<JoinPart, MediaError> {
        let path: &Path = &clip.path;
        let mut read = || {
            check_boxes(file)?;
            let mut movie = Movie::read(file)?;
            let audio = std::mem::replace(&mut movie.audio, Ok(None))?;
            let audio = audio.filter(|track| track.sample_count() > 0);
            let track = movie.into_video()?;
            let matrix = track.matrix;
            let mut video = TrackIndex::of(&track);
            video
                .entries
                .first()
                .ok_or_else(|| MediaError::Damaged("it does not say how it is encoded".into()))?;
            video.start_at_zero();
            if let Some(millis) = clip.millis {
                video.end_after(millis);
            }
            Ok(JoinPart {
                path: path.to_path_buf(),
                matrix,
                video,
                audio: audio.map(|t| TrackIndex::of(&t)),
            })
        };
        read().map_err(|error: MediaError| error.of(path))
    }

    /// The shape of its own sound, if it has any.
    pub(super) fn sound(&self) -> Option<SoundShape> {
        let entry = self.audio.as_ref()?.entries.first()?;
        let (rate, channels) = (entry.audio_sample_rate()?, entry.audio_channel_count()?);
        Some(SoundShape { rate: rate.into(), channels: channels.into() })
    }

    /// Fails if this part's pictures cannot follow those of `first`.
    pub(super) fn check_like(&self, first: &JoinPart) -> Result<(), MediaError> {
        let codec = |part: &JoinPart| codec_of(&part.video.entries[0]).1.to_string();
        let size = |part: &JoinPart| {
            let (width, height) = part.video.entries[0].video_resolution().unwrap_or((0, 0));
            format!("{width}x{height}")
        };
        self.compare(first, "their codecs are", codec)?;
        self.compare(first, "their sizes are", size)?;
        self.compare(first, "their rotations are", |part| part.matrix.to_string())
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
            whole_ticks: track.ticks(),
        }
    }

    /// Leaves out the end of the video: it stops at the first moment, from this one on, at which all
    /// pictures shown so far can be decoded without any that follow. With B-frames that may be some
    /// pictures later.
    fn end_after(&mut self, millis: u64) {
        let moment = u128::from(millis) * u128::from(self.timescale.get());
        let is_before = |shown_at: i64| (i128::from(shown_at) * 1_000) < moment as i128;
        let mut shown: Vec<i64> = self.samples.iter().map(|sample| sample.shown_at).collect();
        shown.sort_unstable();
        let wanted = shown.iter().filter(|at| is_before(**at)).count().max(1);
        let mut latest = i64::MIN;
        for number in 1..self.samples.len() {
            latest = latest.max(self.samples[number - 1].shown_at);
            // These are the first ones shown, so none of them is missing or left over.
            if number >= wanted && latest == shown[number - 1] {
                self.samples.truncate(number);
                self.ticks = self.samples.iter().map(|sample| u64::from(sample.duration)).sum();
                return;
            }
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
