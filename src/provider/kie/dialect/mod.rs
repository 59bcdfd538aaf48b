//! Dialects: the variants of the API, one file each, and what they share.

mod request_body;
mod protocol;
mod refusal_texts;
mod kling;
mod jobs;
pub mod faults;

pub use jobs::Jobs;
pub use kling::Kling;
pub use protocol::{ApiProtocol, task_id_in};
