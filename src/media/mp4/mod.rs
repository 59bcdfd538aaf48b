//! MP4 files: the container that every video comes in and goes out in.

mod read;
mod write;

pub(super) use read::{Movie, SampleFacts, Track, codec_of};
pub(super) use write::{NewSample, Timescales, write_head};
