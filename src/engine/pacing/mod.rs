//! Pacing: when the next submit may be sent, and how long to wait after a failed call.

mod breaker;
mod rate_limit;
mod retry;

mod pace;

pub use breaker::DOUBTS_MAX;
pub use pace::SubmitPace;
#[cfg(test)]
pub use retry::UNREACHED_MAX;
pub use retry::{BUSY_MAX, Backoff, FETCH, POLL, PREPARE, of_poll, of_submit, share};
