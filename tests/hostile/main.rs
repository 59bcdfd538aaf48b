//! Hostile surroundings: what somebody else put into a project, what a server says, and who may
//! read along. The real program against the simulator and against a server that lies.
#![cfg(unix)]

mod links;
#[path = "../stand/mod.rs"]
mod stand;
