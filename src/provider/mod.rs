//! Providers make takes: a small async trait and its implementations.

mod contract;

pub mod kie;
mod bucket;
mod scratch_voice;

mod preview;

pub use bucket::{BucketAccess, BucketError, FilmBucket};
pub use contract::{Asset, FileToHost, Order, Provider, TaskResult, TaskStatus, VideoSink};
pub use preview::{Narration, PreviewProvider};
pub use scratch_voice::{PROGRAM as SCRATCH_VOICE_PROGRAM, ScratchReader};
