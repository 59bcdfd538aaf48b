//! The engine: a build as a pure machine of events and effects.

mod fault;

pub use fault::{Fault, FaultClass};
