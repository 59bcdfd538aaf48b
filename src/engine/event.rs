//! Events and effects: the engine's input and output.
//!
//! A take is named by its index among the build's jobs.

use crate::base::{Fault, TaskId};
use crate::plan::Action;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The build begins.
    Begin,
    /// Time has passed; see [`super::Engine::wake_at`].
    Tick,
    /// The answer to [`Effect::Resolve`]: what to do now that the bytes of its inputs exist.
    Resolved(usize, Result<Action, Fault>),
    /// The answer to [`Effect::Prepare`].
    Prepared(usize, Result<(), Fault>),
    /// The answer to [`Effect::Submit`]; the task id is in the ledger already.
    Submitted(usize, Result<TaskId, Fault>),
    /// The answer to [`Effect::Poll`].
    Polled(usize, Result<TaskPhase, Fault>),
    /// The answer to [`Effect::Fetch`]; the video is in the store already.
    Fetched(usize, Result<(), Fault>),
    /// A callback with the take's token named this task. It is a hint, never evidence.
    Called(usize, TaskId),
    /// The answer to [`Effect::Confirm`]; if it succeeded, the ledger has the task already.
    Confirmed(usize, Result<(), Fault>),
    /// The user interrupts the build.
    Interrupt,
}

/// The phase of a task, according to the provider.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskPhase {
    /// Not finished.
    Generating,
    /// Finished, with a video.
    Succeeded,
    /// Finished, without one.
    Failed(Fault),
}

/// Something for the runner to do. Each effect is answered by exactly one event, except `Changed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Work out the take's recipe and action; claim its key if it has to be generated.
    Resolve(usize),
    /// Make the take's inputs available to the provider.
    Prepare(usize),
    /// Record the intent, send the request, record the answer. This one costs money.
    Submit(usize),
    /// Poll the take's task.
    Poll(usize),
    /// Download, check and store the take's video.
    Fetch(usize),
    /// Ask the provider whether it knows the task that was named for a take in doubt. If it does
    /// and the task belongs to no other submission, settle the doubt with it.
    Confirm(usize, TaskId),
    /// The take's state has changed; notify observers.
    Changed(usize),
}
