//! File formats of images, voices and videos that providers accept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A still image format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImageFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl ImageFormat {
    /// The usual file extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            ImageFormat::Jpeg => "jpg",
            ImageFormat::Png => "png",
            ImageFormat::Webp => "webp",
        }
    }

    /// The media type for HTTP.
    pub const fn media_type(self) -> &'static str {
        match self {
            ImageFormat::Jpeg => "image/jpeg",
            ImageFormat::Png => "image/png",
            ImageFormat::Webp => "image/webp",
        }
    }
}

/// A container or codec for a recorded voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VoiceFormat {
    /// MPEG-1/2 layer III.
    Mp3,
    /// RIFF WAVE.
    Wav,
    /// AAC in ADTS.
    Aac,
    /// AAC in MP4 (also `.m4a`).
    Mp4,
    /// Vorbis or Opus in Ogg.
    Ogg,
}

impl VoiceFormat {
    /// The usual file extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            VoiceFormat::Mp3 => "mp3",
            VoiceFormat::Wav => "wav",
            VoiceFormat::Aac => "aac",
            VoiceFormat::Mp4 => "m4a",
            VoiceFormat::Ogg => "ogg",
        }
    }

    /// The media type for HTTP.
    pub const fn media_type(self) -> &'static str {
        match self {
            VoiceFormat::Mp3 => "audio/mpeg",
            VoiceFormat::Wav => "audio/wav",
            VoiceFormat::Aac => "audio/aac",
            VoiceFormat::Mp4 => "audio/mp4",
            VoiceFormat::Ogg => "audio/ogg",
        }
    }
}

/// A container of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VideoFormat {
    /// MP4.
    Mp4,
    /// QuickTime.
    Mov,
}

impl VideoFormat {
    /// The usual file extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            VideoFormat::Mp4 => "mp4",
            VideoFormat::Mov => "mov",
        }
    }

    /// The media type for HTTP.
    pub const fn media_type(self) -> &'static str {
        match self {
            VideoFormat::Mp4 => "video/mp4",
            VideoFormat::Mov => "video/quicktime",
        }
    }
}
