//! Recovery: what is known of a key, and what to do about it.

mod evidence;
mod table;
#[cfg(test)]
mod tests;

pub use evidence::{Evidence, Failure, Submission, SubmissionOutcome};
pub use table::{GenerateReason, RecoveryRules, Verdict};
