//! MP4 files: the container of all videos, read and written.

mod read;
mod sound_length;
mod write;

pub(super) use read::{Movie, SampleFacts, Track, check_boxes, codec_of};
pub(super) use sound_length::sound_seconds;
pub(super) use write::{NewSample, Timescales, write_head};
