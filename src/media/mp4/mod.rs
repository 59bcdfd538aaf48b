//! MP4 files: the container that every video comes in and goes out in.

mod write;

pub(super) use write::{NewSample, Timescales, write_head};
