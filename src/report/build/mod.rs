//! A build: its events as they happen, its summary at the end, and the manifest it writes.

pub mod event;
pub mod balance;
pub mod ending;
pub mod take_event;
pub mod reporter;
mod progress;
pub mod live_display;
pub mod summary;
#[cfg(test)]
mod summary_tests;
pub mod manifest;
pub mod captions;
