//! A build: drives the engine, performs its effects, and publishes the result.

mod build_take;
mod effects;
mod progress_events;
mod lock_updates;
mod event_loop;
mod preflight;
mod unclaimed_callbacks;
mod listen;
mod outcome;
mod build;

pub use listen::CallbackSetup;
pub use preflight::BuildLimits;
