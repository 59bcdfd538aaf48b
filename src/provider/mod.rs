//! Providers make takes: a small async trait and its implementations.

mod contract;

pub mod kie;
mod scratch_voice;

mod preview;

pub use contract::{Asset, FileToHost, Order, Provider, TaskResult, TaskStatus, VideoSink};
pub use preview::{Narration, PreviewProvider};
pub use scratch_voice::{PROGRAM as SCRATCH_VOICE_PROGRAM, ScratchReader};
