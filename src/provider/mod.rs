//! Providers make takes: a small async trait and its implementations.

mod contract;

pub mod kie;
mod preview;

pub use contract::{Asset, FileToHost, Order, Provider, TaskResult, TaskStatus, VideoSink};
pub use preview::PreviewProvider;
