//! The dialect `kling`: a request becomes a task, and its record says how the task is doing.

pub(super) mod record_info;
pub(super) mod generate;
