//! MP4 files: the container of all videos, read and written.

mod top_level;
mod sample_description;
mod movie_index;
mod display_matrix;
mod read;
mod fragments;
mod movie_sound;
mod sound_length;
mod write;

pub(super) use display_matrix::{DisplayMatrix, Turn};
pub(super) use movie_sound::{MovieSound, SoundEdit};
pub(super) use read::{Movie, SampleFacts, Track, codec_of};
pub(super) use sound_length::sound_seconds;
pub(super) use top_level::check_boxes;
pub(super) use write::{NewSample, Timescales, write_head};
