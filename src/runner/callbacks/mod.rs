//! Callbacks: the provider announces that a task has ended, and a build listens while it runs.
//!
//! Promise: no callback is trusted. One with a token of this build makes the engine ask the
//! provider; one with a token of another submission in doubt is looked into once; all others are
//! dropped. A build without callbacks ends the same way, only later.

mod connection_limit;
mod inbox;
mod listener;
mod channel;

pub use channel::{CallbackChannel, TokenBytes, system_token_bytes};
pub use inbox::{CallbackInbox, ReceivedCallback};
pub use listener::CallbackListener;
