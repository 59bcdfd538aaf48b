//! Dialects: the variants of the API, one file each, and what they share.

mod request_body;
mod protocol;
mod refusal_texts;
mod kling;
mod jobs;
pub mod faults;

use crate::catalog::Dialect;
use jobs::Jobs;
use kling::Kling;
pub use protocol::{ApiProtocol, task_id_in};

/// What speaks a dialect.
pub fn protocol(dialect: Dialect) -> &'static dyn ApiProtocol {
    match dialect {
        Dialect::Kling => &Kling,
        Dialect::Jobs => &Jobs,
    }
}
