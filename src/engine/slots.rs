//! Slots: how many takes may be at the provider at once.
//!
//! A busy provider halves the number, each accepted submit raises it by one up to the limit, as
//! TCP does with its window.

/// The slots of a build.
#[derive(Clone, Copy, Debug)]
pub struct Slots {
    limit: usize,
    allowed: usize,
    held: usize,
}

impl Slots {
    /// All free, `limit` of them, at least one.
    pub fn new(limit: usize) -> Self {
        let limit = limit.max(1);
        Slots { limit, allowed: limit, held: 0 }
    }

    /// Takes one if there is one.
    pub fn take(&mut self) -> bool {
        let free = self.held < self.allowed;
        self.held += usize::from(free);
        free
    }

    /// Takes one although there may be none: for a task that is at the provider already.
    pub fn take_anyway(&mut self) {
        self.held += 1;
    }

    /// Gives one back.
    pub fn give_back(&mut self) {
        debug_assert!(self.held > 0, "a slot was given back twice");
        self.held = self.held.saturating_sub(1);
    }

    /// Whether this many fill all that are allowed now.
    pub fn are_filled_by(&self, number: usize) -> bool {
        number >= self.allowed && number >= self.held
    }

    /// The provider is busy.
    pub fn shrink(&mut self) {
        self.allowed = (self.allowed.min(self.held.max(1)) / 2).max(1);
    }

    /// The provider took a submit.
    pub fn grow(&mut self) {
        self.allowed = (self.allowed + 1).min(self.limit);
    }
}
