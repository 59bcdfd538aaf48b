//! Wakes: what is known of callbacks, and what that means for when the provider is asked.
//!
//! A callback is a word in the ear and no fact. It can bring a question forward and it can name a
//! task to ask about; the answer comes from the provider. Memory is bounded by the number of takes.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Moment, TaskId};

/// What is known of the callbacks of a build.
#[derive(Clone, Debug, Default)]
pub struct CallbackWatch {
    /// Whether a callback has come at all: until then nothing shows that any can.
    arrive: bool,
    /// The takes whose submits asked for a callback and of which none has come.
    due: BTreeSet<usize>,
    /// When the provider was last asked about each take, or answered.
    asked: BTreeMap<usize, Moment>,
    /// The tasks that callbacks named for takes which have none.
    names: BTreeMap<usize, NamedTask>,
}

/// A task that a callback named.
#[derive(Clone, Debug)]
pub struct NamedTask {
    /// The task.
    pub task: TaskId,
    /// How often the provider did not confirm it.
    pub tries: u32,
    /// How far it is believed.
    pub belief: Confirmation,
}

/// How far a task that a callback named is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Not at all yet.
    None,
    /// The provider is being asked.
    Asking,
    /// The provider knows it, and the ledger has it.
    Confirmed,
}

impl CallbackWatch {
    /// A callback of this take has come.
    pub fn came(&mut self, take: usize) {
        self.arrive = true;
        self.due.remove(&take);
    }

    /// The provider took the take's submit, which asked for a callback; what came before the
    /// answer counts.
    pub fn submitted(&mut self, take: usize) {
        if self.names.remove(&take).is_none() {
            self.due.insert(take);
        }
    }

    /// Whether a callback is to be expected at the end of the take's task.
    pub fn is_due(&self, take: usize) -> bool {
        self.arrive && self.due.contains(&take)
    }

    /// The provider is asked about the take now, or answers. Counted from its answer no two
    /// questions come too close to each other at its end, however long each travels.
    pub fn asked(&mut self, take: usize, now: Moment) {
        self.asked.insert(take, now);
    }

    /// When the provider was last asked about the take, or answered.
    pub fn last_asked(&self, take: usize) -> Option<Moment> {
        self.asked.get(&take).copied()
    }

    /// Takes note of a named task. One that is being looked into is not replaced, one that the
    /// provider did not confirm is; says whether there is something new to look into.
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

    /// How far the task that was named for a take is believed.
    pub fn belief(&self, take: usize) -> Confirmation {
        self.names.get(&take).map_or(Confirmation::None, |name| name.belief)
    }

    /// Forgets the task that was named for a take, and says which it was.
    pub fn forget(&mut self, take: usize) -> Option<TaskId> {
        self.names.remove(&take).map(|name| name.task)
    }
}
