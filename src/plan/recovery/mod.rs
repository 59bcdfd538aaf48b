//! Recovery: what is known of a key, and what to do about it.

mod evidence;
mod table;
#[cfg(test)]
mod tests;

pub use evidence::{Evidence, Failure, Outcome, Submission};
pub use table::{GenerateWhy, RecoveryRules, Verdict};
