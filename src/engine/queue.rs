//! Work queues: bounded work of one kind, the most urgent take first.

use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Takes that wait for work of one kind, and the number being worked on.
#[derive(Clone, Debug)]
pub struct WorkQueue {
    width: usize,
    busy: usize,
    waiting: BTreeSet<(Reverse<u64>, usize)>,
}

impl WorkQueue {
    /// An empty queue that works on up to `width` takes at once.
    pub fn new(width: usize) -> Self {
        WorkQueue { width, busy: 0, waiting: BTreeSet::new() }
    }

    /// Adds a take; takes with more seconds left go first, then those earlier in the film.
    pub fn enter(&mut self, take: usize, seconds_left: u64) {
        self.waiting.insert((Reverse(seconds_left), take));
    }

    /// Removes a take that no longer needs the work.
    pub fn leave(&mut self, take: usize, seconds_left: u64) {
        self.waiting.remove(&(Reverse(seconds_left), take));
    }

    /// Starts work on the most urgent take, if there is room.
    pub fn start(&mut self) -> Option<usize> {
        if self.busy >= self.width {
            return None;
        }
        let take = self.waiting.pop_first().map(|entry| entry.1)?;
        self.busy += 1;
        Some(take)
    }

    /// Whether a take waits and there is room for it.
    pub fn can_start(&self) -> bool {
        self.busy < self.width && !self.waiting.is_empty()
    }

    /// Records that the work on a take has ended.
    pub fn finish(&mut self) {
        debug_assert!(self.busy > 0, "work was finished twice");
        self.busy = self.busy.saturating_sub(1);
    }
}
