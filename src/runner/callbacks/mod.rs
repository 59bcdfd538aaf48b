//! Callbacks: the provider's word that a task has ended, listened for while a build runs.
//!
//! Promise: nothing that comes in is believed. A callback with a token of this build makes the
//! engine ask the provider; one with a token of another submission in doubt is looked into once;
//! everything else is forgotten. A build without callbacks ends the same, only later.

mod connection_limit;
mod inbox;
mod listener;
mod channel;

pub use channel::{CallbackChannel, TokenBytes, system_token_bytes};
pub use inbox::{CallbackInbox, ReceivedCallback};
pub use listener::CallbackListener;
