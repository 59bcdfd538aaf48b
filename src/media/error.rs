//! What can be wrong with a media file, in words that go to the user as they are.
//!
//! The path is added by the caller, who knows it; only [`MediaError::Unlike`] names files itself,
//! for it speaks of two.

use std::io;
use std::path::PathBuf;

use crate::catalog::ImageFormat;

/// A media file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The bytes are of another kind than was asked for.
    #[error("not {expected}: {found}")]
    WrongKind {
        /// What was asked for, with its article, such as `an MP4 video`.
        expected: &'static str,
        /// What the bytes look like.
        found: String,
    },
    /// The file promises more than it holds.
    #[error("cut short: its tables speak of {promised} bytes, the file ends after {present}")]
    Truncated {
        /// Where the last sample ends according to the tables.
        promised: u64,
        /// How long the file is.
        present: u64,
    },
    /// The file contradicts itself or its format.
    #[error("damaged: {0}")]
    Damaged(String),
    /// A sound file in a way that this program cannot read.
    #[error("{0} is not supported here")]
    Unsupported(String),
    /// More than a hard limit allows.
    #[error("{what} of {found} is over the limit of {limit}")]
    TooLarge {
        /// What is too large, such as `a picture`.
        what: &'static str,
        /// How large it is, with its unit.
        found: String,
        /// The most that is allowed, with its unit.
        limit: String,
    },
    /// There is no such frame.
    #[error("there is no frame at {at} s, the video is {length} s long")]
    NoSuchFrame {
        /// The moment asked for, in seconds.
        at: f64,
        /// The length in seconds.
        length: f64,
    },
    /// A still image that cannot be read.
    #[error("the {format:?} image is damaged: {reason}")]
    DamagedImage {
        /// What it claims to be.
        format: ImageFormat,
        /// The decoder's words.
        reason: String,
    },
    /// Two videos cannot follow one another without being encoded again.
    #[error(
        "`{}` and `{}` cannot be joined without encoding them again: {what} {} and {}",
        first.display(), second.display(), values.0, values.1
    )]
    Unlike {
        /// The video that sets the measure.
        first: PathBuf,
        /// The one that differs.
        second: PathBuf,
        /// In what they differ.
        what: &'static str,
        /// What the first has and what the second has.
        values: (String, String),
    },
    /// Something is wrong with one of several videos.
    #[error("`{}`: {source}", path.display())]
    Part {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<MediaError>,
    },
}

impl MediaError {
    /// Says which of several files it is about.
    pub(super) fn of(self, path: &std::path::Path) -> Self {
        MediaError::Part { path: path.to_path_buf(), source: Box::new(self) }
    }
}

impl From<shiguredo_mp4::Error> for MediaError {
    fn from(error: shiguredo_mp4::Error) -> Self {
        MediaError::Damaged(error.reason)
    }
}
