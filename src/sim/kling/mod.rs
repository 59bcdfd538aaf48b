//! The dialect `kling`: turns a request into a task, and reports its progress in a record.

pub(super) mod record_info;
pub(super) mod generate;
