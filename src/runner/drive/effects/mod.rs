//! The engine's effects, performed: one file each.

mod performer;
mod resolve;
mod prepare;
mod submit;
mod fetch;
mod confirm;

pub use performer::EffectPerformer;
