//! The simulator by the API page: what it answers, what it refuses, what it sees.
//!
//! The client here is plain reqwest, so that nothing of the provider hides what the simulator does.

mod answers;
mod client;
mod knobs;
mod videos;
