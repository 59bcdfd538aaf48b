//! Tasks: turns requests into tasks, and reports their progress in records.

pub(super) mod record_info;
pub(super) mod submit;
