//! The plan: what a build would do and why, as a value, before anything costs money.

mod key;
mod lock;
mod recovery;

mod graph;
mod input_shape;
mod inputs;
mod reason;

mod families;
mod left_behind;
mod likeness;
mod project;
mod rename_search;
mod renames;

mod planner;
mod select;

pub use graph::{Graph, Link};
pub use input_shape::check_picture_shapes;
pub use inputs::{FileFacts, Inputs};
pub use key::{Family, Input, Listing, Recipe, Slate};
pub use lock::{LOCK_VERSION, Lock, LockError, LockedTake};
pub use planner::{Action, Plan, PlannedTake};
pub use project::{Knowledge, Maker, Project, Wishes};
pub use reason::Reason;
pub use recovery::{Evidence, Failure, GenerateWhy, Outcome, RecoveryRules, Submission, Verdict};
pub use renames::{FindSent, Sent};
pub use select::{Selection, named, with_needed};
