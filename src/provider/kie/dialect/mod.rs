//! Dialects: the variants of the API, one file each, and what they share.

mod protocol;
mod refusal_texts;
mod kling;
pub mod faults;

pub use kling::Kling;
pub use protocol::{ApiProtocol, task_id_in};
