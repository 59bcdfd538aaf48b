//! The engine: a build as a pure machine of events and effects.
//!
//! The runner passes it events with the current time and performs the effects it returns. It has no
//! clock, disk, network or randomness of its own, so a seed replays any build.

mod state;

mod event;
mod job;

mod budget;
mod callback_watch;
mod queue;
mod slots;

mod pacing;

mod machine;

#[cfg(test)]
mod tests;

pub use event::{Effect, Event, TaskPhase};
pub use job::{CallbackTimes, Job, Settings};
pub use machine::Engine;
pub use pacing::{BUSY_MAX, Backoff, DOUBTS_MAX, FETCH, PREPARE, of_submit};
pub use state::{End, FailureKind, Halt, State};
