//! Callback watch: what is known about callbacks, and how that affects when the provider is asked.
//!
//! A callback is a hint, never evidence. It can bring a question forward and name a task to ask
//! about; the answer comes from the provider. Memory is bounded by the number of takes.
//! task to ask about; the answer comes from the provider. Memory is bounded by the number of takes.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Moment, TaskId};

/// What is known about the callbacks of a build.
#[derive(Clone, Debug, Default)]
pub struct CallbackWatch {
    /// Whether any callback has arrived; until then there is no sign that callbacks work.
    arrive: bool,
    /// The takes whose submits requested a callback that has not arrived.
    due: BTreeSet<usize>,
    /// When the provider was last asked about each take, or last answered.
    asked: BTreeMap<usize, Moment>,
    /// The tasks that callbacks named for takes without one.
    names: BTreeMap<usize, NamedTask>,
}

/// A task that a callback named.
#[derive(Clone, Debug)]
pub struct NamedTask {
    /// The task.
    pub task: TaskId,
    /// How often the provider failed to confirm it.
    pub tries: u32,
    /// Whether it is confirmed.
    pub belief: Confirmation,
}

/// Whether a task that a callback named is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Not asked yet.
    None,
    /// The provider is being asked.
    Asking,
    /// The provider knows the task, and the ledger has it.
    Confirmed,
}

impl CallbackWatch {
    /// Records that a callback for this take has arrived.
    pub fn came(&mut self, take: usize) {
        self.arrive = true;
        self.due.remove(&take);
    }

    /// Records that the provider accepted the take's submit, which requested a callback; a callback
    /// that arrived before the answer counts.
    pub fn submitted(&mut self, take: usize) {
        if self.names.remove(&take).is_none() {
            self.due.insert(take);
        }
    }

    /// Whether a callback is expected at the end of the take's task.
    pub fn is_due(&self, take: usize) -> bool {
        self.arrive && self.due.contains(&take)
    }

    /// Records that the provider is asked about the take, or answers, now. Because answers count,
    /// the provider never sees two questions too close together, regardless of network delays.
    pub fn asked(&mut self, take: usize, now: Moment) {
        self.asked.insert(take, now);
    }

    /// When the provider was last asked about the take, or last answered.
    pub fn last_asked(&self, take: usize) -> Option<Moment> {
        self.asked.get(&take).copied()
    }

    /// Records a named task. It replaces one that the provider did not confirm, but not one that is
    /// being checked. Returns whether there is something new to check.
    pub fn name(&mut self, take: usize, task: TaskId) -> bool {
        let replaceable = self.names.get(&take).is_none_or(|name| {
            name.belief == Confirmation::None && name.tries > 0 && name.task != task
        });
        if replaceable {
            self.names.insert(take, NamedTask { task, tries: 0, belief: Confirmation::None });
        }
        replaceable
    }

    /// The task that was named for a take.
    pub fn named(&mut self, take: usize) -> Option<&mut NamedTask> {
        self.names.get_mut(&take)
    }

    /// Whether the task that was named for a take is confirmed.
    pub fn belief(&self, take: usize) -> Confirmation {
        self.names.get(&take).map_or(Confirmation::None, |name| name.belief)
    }

    /// Removes and returns the task that was named for a take.
    pub fn forget(&mut self, take: usize) -> Option<TaskId> {
        self.names.remove(&take).map(|name| name.task)
    }
}
