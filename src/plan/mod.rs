//! The plan: what a build would do and why, as a value, before anything costs money.

mod key;
mod lock;
mod recovery;

mod graph;
mod inputs;
mod input_shape;
mod reason;

mod renames;
mod project;
mod cut_shapes;
mod measures;
mod slates;
mod rename_search;

mod takes;

mod planner;
mod select;

pub use cut_shapes::check_cut_shapes;
pub use graph::{Graph, Link};
pub use input_shape::check_picture_shapes;
pub use inputs::{InputFile, Inputs};
pub use key::fields as recipe_fields;
pub use key::{
    Change, DrawingInputs, Input, Listing, Narrator, PreviewInputs, ProviderFamily, Recipe,
    SlatePlace, SourceSlate, TakeChoice, choice_of, differences, family_of,
};
pub use lock::{
    Disagreement, LOCK_VERSION, Lock, LockBlocks, LockError, LockPrinter, LockRow, LockedScene,
    LockedTake, TakeRow,
};
pub use planner::{Plan, PlannedTake};
pub use project::{Inventory, PlanOptions, Project, ProviderChoice, Reroll, VideoOf};
pub use reason::Reason;
pub use recovery::{
    Action, ActionWord, Evidence, GenerateReason, RecoveryRules, Submission, SubmissionOutcome,
};
pub use rename_search::follow_renames;
pub use renames::{Sent, UnclearRename};
pub use select::{Selection, names_scene, with_needed};
pub use takes::{Decided, Decision, DecisionError, Roll, RollReason, Stale, what_goes_stale};
