//! Events and effects: what the engine hears and what it wants done.
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
    /// The answer to [`Effect::Resolve`]: what to do now that the bytes that feed it exist.
    Resolved(usize, Result<Action, Fault>),
    /// The answer to [`Effect::Prepare`].
    Prepared(usize, Result<(), Fault>),
    /// The answer to [`Effect::Submit`]; the task id is in the ledger already.
    Submitted(usize, Result<TaskId, Fault>),
    /// The answer to [`Effect::Poll`].
    Polled(usize, Result<TaskPhase, Fault>),
    /// The answer to [`Effect::Fetch`]; the video is in the store already.
    Fetched(usize, Result<(), Fault>),
    /// A callback with the take's token named this task. It proves nothing.
    Called(usize, TaskId),
    /// The answer to [`Effect::Confirm`]; if it is good, the ledger has the task already.
    Confirmed(usize, Result<(), Fault>),
    /// The user wants to stop.
    Interrupt,
}

/// What the provider says of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskPhase {
    /// Not finished.
    Generating,
    /// Finished, with a video.
    Succeeded,
    /// Finished, without one.
    Failed(Fault),
}

/// Something the engine wants done. Each asks for exactly one event in return, but `Changed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Work out the take's recipe and what to do about it; claim its key if it has to be made.
    Resolve(usize),
    /// Bring the take's inputs to where the provider can get them.
    Prepare(usize),
    /// Record the intent, send the request, record the answer. This one costs money.
    Submit(usize),
    /// Ask how the take's task is doing.
    Poll(usize),
    /// Download, check and store the take's video.
    Fetch(usize),
    /// Ask the provider whether it knows the task that was named for a take in doubt; if it does,
    /// and the task is no other submission's, settle the doubt with it.
    Confirm(usize, TaskId),
    /// The take's state is another now; tell whoever watches.
    Changed(usize),
}
