//! kling-build turns a YAML storyboard that lives in git into videos.
//!
//! The core is pure functions over values, the shell does the input and output. A folder imports
//! only from folders above it in this list; a test holds that order.

pub mod base;
pub mod catalog;
pub mod storyboard;
pub mod plan;
pub mod engine;
pub mod media;
pub mod store;
pub mod provider;
pub mod report;
pub mod runner;
pub mod sim;
pub mod cli;
