//! The remote provider against a lying server, and against the simulator.

mod contract;
mod downloads;
mod faults;
mod fixtures;
mod hosting;
mod once;
mod requests;
mod secrets;
#[path = "../strict_server/mod.rs"]
mod strict_server;
