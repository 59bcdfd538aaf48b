//! Pacing: when the next submit may leave, and how long a failed call waits.

mod breaker;
mod rate_limit;
mod retry;

mod pace;

pub use breaker::DOUBTS_MAX;
pub use pace::SubmitPace;
#[cfg(test)]
pub use retry::UNREACHED_MAX;
pub use retry::{BUSY_MAX, Backoff, FETCH, POLL, PREPARE, of_poll, of_submit, share};
