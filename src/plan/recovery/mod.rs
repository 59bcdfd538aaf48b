//! Recovery: the evidence about a key, and what to do about it.

mod action;
mod evidence;

mod table;

#[cfg(test)]
mod tests;

pub use action::{Action, ActionWord, GenerateReason};
pub use evidence::{Evidence, Submission, SubmissionOutcome};
pub use table::RecoveryRules;
