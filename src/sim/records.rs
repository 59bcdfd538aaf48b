//! Records: what the simulator saw, for tests and for the summary at its end.

use std::time::Duration;

use serde_json::Value;

use crate::base::{Credits, TaskId};

/// Everything that the simulator saw.
#[derive(Clone, Debug, Default)]
pub struct SimRecords {
    /// The tasks made, in order.
    pub tasks: Vec<TaskRecord>,
    /// How many requests for takes arrived, including refused ones.
    pub submits: u64,
    /// The submits that created no task, in order.
    pub refused: Vec<RefusedSubmit>,
    /// The callbacks posted, forged ones excepted, in order.
    pub callbacks: Vec<CallbackRecord>,
    /// The most tasks that ran at once.
    pub running_max: usize,
    /// How many files were uploaded.
    pub uploads: u64,
    /// What all tasks cost.
    pub spent: Credits,
    /// Things that a correct client does not do: send a key to a video's address, request a path
    /// that does not exist, call without a key, or break the page's rules in a submit.
    pub violations: Vec<String>,
}

/// A task and what was done with it.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "only tests use it"))]
pub struct TaskRecord {
    /// Its id.
    pub id: TaskId,
    /// The body that requested it.
    pub request: Value,
    /// What it cost.
    pub credits: Credits,
    /// When it was created, since the simulator's start.
    pub created: Duration,
    /// When it was polled, since the simulator's start.
    pub polls: Vec<Duration>,
    /// How often its video was requested.
    pub downloads: u64,
}

/// A callback and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackRecord {
    /// The task whose end it announced.
    pub task: TaskId,
    /// The HTTP status of the answer; `None` if there was no answer.
    pub answer: Option<u16>,
}

/// A submit that created no task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedSubmit {
    /// The code of the answer; 0 if the connection was reset instead.
    pub code: i64,
    /// The words of the answer.
    pub message: String,
}
