//! The runner: what touches the outside world on behalf of the pure core.

pub mod storyboard_file;
