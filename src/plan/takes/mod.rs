//! Takes: which further takes a scene gets, and what people decide about takes.

mod rolls;
mod decision;
mod follows;

pub use decision::{Decided, Decision, DecisionError};
pub use follows::{Stale, what_goes_stale};
pub use rolls::{Roll, RollReason, begun_rolls, rolls};
