//! Probes a video: codec, size, length.

use std::io::{self, Read, Seek, SeekFrom};

use crate::catalog::{FrameSize, VideoFormat};
use crate::media::error::MediaError;
use crate::media::mp4::{Movie, check_boxes, codec_of};

/// The properties of a video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoFacts {
    /// The codec as ffprobe names it: `h264`, `hevc`, `av1`, …
    pub codec: String,
    /// The size of a picture as it is shown.
    pub size: FrameSize,
    /// The picture's length in milliseconds, rounded; 0 for a fragmented file that does not state
    /// it.
    pub millis: u64,
    /// The number of pictures; an animatic shows each for longer than one frame. 0 for a fragmented
    /// file, whose index does not say.
    pub frames: u64,
    /// Whether there is a sound track with at least one sample.
    pub has_audio: bool,
}

/// The container of a video: QuickTime if its first box says so, or if it is of before MP4 existed.
///
/// # Errors
/// The file cannot be read.
pub fn container_of(file: &mut (impl Read + Seek)) -> io::Result<VideoFormat> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.by_ref().take(12).read_to_end(&mut head)?;
    Ok(match head.get(4..8) == Some(b"ftyp") && head.get(8..12) != Some(b"qt  ") {
        true => VideoFormat::Mp4,
        false => VideoFormat::Mov,
    })
}

/// Reads the properties of a video from its index, and checks that the file contains everything in
/// the index; an incomplete download is an error.
///
/// Memory depends on the index (64 MiB at most), not on the video.
///
/// # Errors
/// It is not a whole MP4 with a picture. `Unsupported` and `TooLarge` say that it may well be one,
/// but that this program cannot tell.
pub fn probe_video(file: &mut (impl Read + Seek)) -> Result<VideoFacts, MediaError> {
    check_boxes(file)?;
    let movie = Movie::read(file)?;
    let has_audio = match &movie.audio {
        Ok(track) => track.as_ref().is_some_and(|track| track.sample_count() > 0),
        Err(_) => true,
    };
    let fragments = movie.fragments_seconds();
    let has_audio = has_audio || (fragments.is_some() && matches!(movie.audio, Ok(Some(_))));
    let track = match movie.video {
        Some(track) if fragments.is_some() => track,
        _ => movie.into_video()?,
    };
    let entry = track.entry()?;
    let Some((width, height)) = entry.video_resolution() else {
        return Err(MediaError::Unsupported("its video codec".into()));
    };
    if width == 0 || height == 0 {
        return Err(MediaError::Damaged("its pictures have no size".into()));
    }
    let Some(turn) = track.matrix.turn() else {
        return Err(MediaError::Unsupported("a video that is mirrored or skewed".into()));
    };
    let (width, height) = if turn.is_on_its_side() { (height, width) } else { (width, height) };
    Ok(VideoFacts {
        codec: codec_of(entry).1.to_string(),
        size: FrameSize { width: width.into(), height: height.into() },
        millis: (fragments.unwrap_or(track.seconds()) * 1_000.0).round() as u64,
        frames: track.sample_count().into(),
        has_audio,
    })
}
