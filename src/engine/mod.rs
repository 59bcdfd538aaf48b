//! The engine: a build as a pure machine of events and effects.
//!
//! The runner hands it events with the present moment and performs the effects it answers with. It
//! has no clock, no disk, no network and no chance of its own, so a seed replays any build.

mod breaker;
mod bucket;
mod event;
mod fault;
mod job;
mod lane;
mod machine;
mod pace;
#[cfg(test)]
mod pace_tests;
mod purse;
mod retry;
mod slots;
mod state;
#[cfg(test)]
mod tests;
mod wakes;

pub use breaker::DOUBTS_MAX;
pub use event::{Effect, Event, Resolution, Seen};
pub use fault::{Fault, FaultClass};
pub use job::{Callbacks, Job, Settings, Start};
pub use machine::Engine;
pub use retry::{BUSY_MAX, Backoff, FETCH, PREPARE, of_submit};
pub use state::{End, Failing, Halt, State};
