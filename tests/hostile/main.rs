//! Hostile surroundings: files that somebody else put into a project, lying servers, and leaks. The
//! real program against the simulator and against a lying server.
#![cfg(unix)]

mod links;
#[path = "../harness/mod.rs"]
mod harness;
