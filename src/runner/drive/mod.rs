//! A build: the engine is driven, its effects are performed, and what is made is published.

mod build_take;
mod effects;
mod progress_events;
mod event_loop;
mod preflight;
mod unclaimed_callbacks;
mod listen;
mod outcome;
mod build;

pub use listen::CallbackSetup;
pub use preflight::BuildLimits;
