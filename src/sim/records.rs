//! Records: what the simulator saw, for tests and for the summary at its end.

use std::time::Duration;

use serde_json::Value;

use crate::base::{Credits, TaskId};

/// All that the simulator saw.
#[derive(Clone, Debug, Default)]
pub struct SimRecords {
    /// The tasks made, in order.
    pub tasks: Vec<TaskRecord>,
    /// How many requests asked for a take, refused ones included.
    pub submits: u64,
    /// The submits that made no task, in order.
    pub refused: Vec<RefusedSubmit>,
    /// The callbacks posted, forged ones excepted, in order.
    pub callbacks: Vec<CallbackRecord>,
    /// The most tasks that were generating at once.
    pub running_max: usize,
    /// How many files were uploaded.
    pub uploads: u64,
    /// What all tasks cost.
    pub spent: Credits,
    /// What no correct client does: a key sent to a video's address, a path that does not exist,
    /// a call without a key, a submit that breaks the page's rules.
    pub violations: Vec<String>,
}

/// A task and what was done with it.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "only tests use it"))]
pub struct TaskRecord {
    /// Its id.
    pub id: TaskId,
    /// The body that asked for it.
    pub request: Value,
    /// What it cost.
    pub credits: Credits,
    /// When it was made, since the simulator's start.
    pub created: Duration,
    /// When it was asked about, since the simulator's start.
    pub polls: Vec<Duration>,
    /// How often its video was asked for.
    pub downloads: u64,
}

/// A callback and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackRecord {
    /// The task whose end it announced.
    pub task: TaskId,
    /// The HTTP status it was answered with; `None` where no answer came.
    pub answer: Option<u16>,
}

/// A submit that made no task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedSubmit {
    /// The code it was answered with; 0 where the connection was reset instead.
    pub code: i64,
    /// The words it was answered with.
    pub message: String,
}
