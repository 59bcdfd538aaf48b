//! The engine: a build as a pure machine of events and effects.
//!
//! The runner hands it events with the present moment and performs the effects it answers with. It
//! has no clock, no disk, no network and no chance of its own, so a seed replays any build.

mod fault;
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

pub use event::{Effect, Event, Resolution, TaskPhase};
pub use fault::{Fault, FaultClass};
pub use job::{CallbackTimes, Job, Settings, Start};
pub use machine::Engine;
pub use pacing::{BUSY_MAX, Backoff, DOUBTS_MAX, FETCH, PREPARE, of_submit};
pub use state::{End, FailureKind, Halt, State};
