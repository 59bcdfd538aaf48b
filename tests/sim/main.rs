//! The simulator follows the API page: its answers, its refusals, its records.
//!
//! The client here is plain reqwest, so that nothing in the provider hides what the simulator does.

mod answers;
mod client;
mod knobs;
mod videos;
