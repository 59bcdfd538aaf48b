//! Media errors, in words that are shown to the user unchanged.
//!
//! The caller adds the path, which it knows; only [`MediaError::Unlike`] names files itself,
//! because it is about two.

use std::io;
use std::path::PathBuf;

use super::picture_converter::PictureConverter;
use crate::catalog::ImageFormat;

/// What is wrong with a file whose bytes end too early.
pub(super) const CUT_SHORT: &str = "it is cut short, as after half a download";

/// A media file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The bytes are of another kind than expected.
    #[error("not {expected}: {found}")]
    WrongKind {
        /// What was expected, with its article, such as `an MP4 video`.
        expected: &'static str,
        /// What the bytes look like.
        found: String,
    },
    /// A recording that has to be converted, which ffmpeg can do.
    #[error("it is {0}, not a recording in MP3, WAV, AAC, MP4 or Ogg")]
    OtherRecording(String),
    /// A recording that has to be exported anew: what ffmpeg makes of it is a part of it.
    #[error("it is {0}, not a recording in MP3, WAV, AAC, MP4 or Ogg")]
    UnconvertibleRecording(String),
    /// A video that has to be converted, which ffmpeg can do.
    #[error("it is {0}, not a video in MP4 or QuickTime")]
    OtherVideo(&'static str),
    /// A picture that has to be converted.
    #[error("it is {kind}, not a picture in JPEG, PNG or WebP")]
    OtherPicture {
        /// What it is, with its article.
        kind: &'static str,
        /// What converts it.
        converter: PictureConverter,
    },
    /// The file ends too early; how that is known.
    #[error("incomplete, as after half a download: {0}")]
    Incomplete(String),
    /// The file is shorter than its tables say.
    #[error("incomplete, as after half a download: it holds {present} of {promised} bytes")]
    Truncated {
        /// Where the last sample ends according to the tables.
        promised: u64,
        /// The length of the file.
        present: u64,
    },
    /// The file contradicts itself or its format.
    #[error("damaged: {0}")]
    Damaged(String),
    /// A valid sound or video that this program cannot read.
    #[error("{0} is not supported here")]
    Unsupported(String),
    /// Something exceeds a hard limit.
    #[error("{what} of {found} is over the limit of {limit}")]
    TooLarge {
        /// What is too large, such as `a picture`.
        what: &'static str,
        /// Its size, with the unit.
        found: String,
        /// The limit, with the unit.
        limit: String,
    },
    /// There is no such frame.
    #[error("there is no frame at {at} s, the video is {length} s long")]
    NoSuchFrame {
        /// The requested moment, in seconds.
        at: f64,
        /// The length in seconds.
        length: f64,
    },
    /// A still image that cannot be read.
    #[error("the {} picture cannot be used: {reason}", format.extension().to_uppercase())]
    DamagedImage {
        /// Its apparent format.
        format: ImageFormat,
        /// What is wrong with it.
        reason: String,
    },
    /// A picture that moves, where one that stands still is needed.
    #[error("is a {} animation of {pictures} pictures, and one is needed", format.extension().to_uppercase())]
    AnimatedImage {
        /// Its format.
        format: ImageFormat,
        /// How many pictures it has.
        pictures: u32,
    },
    /// Two videos cannot be joined without encoding them again.
    #[error(
        "`{}` and `{}` cannot be joined without encoding them again: {what} {} and {}",
        first.display(), second.display(), values.0, values.1
    )]
    Unlike {
        /// The video to compare with.
        first: PathBuf,
        /// The one that differs.
        second: PathBuf,
        /// The property that differs.
        what: &'static str,
        /// The first and the second video's value.
        values: (String, String),
    },
    /// One of several videos has an error.
    #[error("`{}`: {source}", path.display())]
    Part {
        /// Which video.
        path: PathBuf,
        /// The error.
        source: Box<MediaError>,
    },
}

impl MediaError {
    /// The error for a file that holds so many of at least so many bytes.
    pub(super) fn incomplete_at_least(holds: u64, least: u64) -> Self {
        MediaError::Incomplete(format!("it holds {holds} of at least {least} bytes"))
    }

    /// The same with other names for the files that it names.
    pub fn renaming(self, name_of: impl Fn(&std::path::Path) -> Option<PathBuf>) -> Self {
        let named = |path: PathBuf| name_of(&path).unwrap_or(path);
        match self {
            MediaError::Unlike { first, second, what, values } => {
                MediaError::Unlike { first: named(first), second: named(second), what, values }
            }
            MediaError::Part { path, source } => MediaError::Part { path: named(path), source },
            other => other,
        }
    }

    /// Adds which of several files the error is about.
    pub(super) fn of(self, path: &std::path::Path) -> Self {
        MediaError::Part { path: path.to_path_buf(), source: Box::new(self) }
    }
}

impl From<shiguredo_mp4::Error> for MediaError {
    fn from(error: shiguredo_mp4::Error) -> Self {
        // Its own words speak of its source code, and often there are none.
        MediaError::Damaged(match error.box_type {
            Some(kind) => format!("its `{kind}` box cannot be read"),
            None => "a box of its index cannot be read".to_string(),
        })
    }
}
