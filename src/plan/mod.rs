//! The plan: what a build would do and why, as a value, before anything costs money.

mod evidence;
mod graph;
mod inputs;
mod likeness;
mod listing;
mod lock;
mod picture_shape;
#[expect(clippy::module_inception, reason = "the folder's noun has a file of its own")]
mod plan;
mod project;
mod reason;
mod recipe;
mod recovery;
#[cfg(test)]
mod recovery_tests;
mod renames;
mod selection;
mod selector;

pub use evidence::{Evidence, Failure, Outcome, Submission};
pub use graph::{Graph, Link};
pub use inputs::{FileFacts, Inputs};
pub use lock::{LOCK_VERSION, Lock, LockError, LockedTake};
pub use picture_shape::check_picture_shapes;
pub use plan::{Action, Plan, PlannedTake};
pub use project::{Knowledge, Maker, Project, Wishes};
pub use reason::Reason;
pub use recipe::{Family, Input, Listing, Recipe, Slate};
pub use recovery::{GenerateWhy, RecoveryRules, Verdict};
pub use renames::{Sent, UnclearRename};
pub use selection::{Selection, named, with_needed};
