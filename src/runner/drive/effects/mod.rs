//! Performing the engine's effects, one file each.

mod hosted_inputs;
mod performer;
mod resolve;
mod prepare;
mod submit;
mod fetch;
mod confirm;

pub use hosted_inputs::HostedInputs;
pub use performer::EffectPerformer;
