//! The machine: events in, effects out, one owner of all state.

mod engine;

mod answers;
mod callbacks;

pub use engine::Engine;
