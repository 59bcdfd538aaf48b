//! The simulator: a local server that speaks both dialects of the API, for rehearsals and tests.
//!
//! It is strict where the real service may be lenient (every field is checked against the pages),
//! makes real videos (animatics of the request), keeps its account in memory only, and can be
//! configured to fail as the real one does. Its records can be queried, violations included. One
//! seed decides all of its chances and ids.

mod fault_rules;
mod options;
mod records;
mod refusal;
mod request_inputs;
mod request_values;
mod take_request;
mod videos;
mod account;
mod connection;
mod hosted_files;
mod state;
mod files;
mod uploads;
mod callback;
mod tasks;
mod server;

pub use fault_rules::{FaultKind, FaultPoint, FaultRule, ParseFaultRuleError, When};
pub use options::SimOptions;
pub use records::{CallbackRecord, RefusedSubmit, SimRecords, TaskRecord};
pub use server::Sim;
