//! Slots: how many takes may be at the provider at once.
//!
//! The number shrinks and grows like TCP's window (RFC 5681 section 3.1). A busy provider halves
//! the number. Up to half of what was allowed then, each accepted submit adds a slot; beyond that,
//! only a full round of them does. A burst of busy answers is one event: submits belong to the
//! epoch of slots in which they were sent, and only the first busy answer of an epoch counts.

/// The slots of a build.
#[derive(Clone, Copy, Debug)]
pub struct Slots {
    limit: usize,
    allowed: usize,
    held: usize,
    epoch: SlotEpoch,
    /// Below this number, it grows by one per accepted submit.
    threshold: usize,
    /// Submits accepted since the number last changed.
    accepted: usize,
}

/// Identifies the state of the slots when a submit was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotEpoch(u64);

impl Slots {
    /// `limit` free slots, at least one.
    pub fn new(limit: usize) -> Self {
        let limit = limit.max(1);
        Slots {
            limit,
            allowed: limit,
            held: 0,
            epoch: SlotEpoch::default(),
            threshold: limit,
            accepted: 0,
        }
    }

    /// Whether a slot is free.
    pub fn is_free(&self) -> bool {
        self.held < self.allowed
    }

    /// Takes a slot if one is free.
    pub fn take(&mut self) -> bool {
        let free = self.is_free();
        self.held += usize::from(free);
        free
    }

    /// Takes a slot even if none is free: for a task that is already at the provider.
    pub fn take_anyway(&mut self) {
        self.held += 1;
    }

    /// Gives a slot back.
    pub fn give_back(&mut self) {
        debug_assert!(self.held > 0, "a slot was given back twice");
        self.held = self.held.saturating_sub(1);
    }

    /// Whether `number` takes fill all slots that are currently allowed.
    pub fn are_filled_by(&self, number: usize) -> bool {
        number >= self.allowed && number >= self.held
    }

    /// The current epoch.
    pub fn epoch(&self) -> SlotEpoch {
        self.epoch
    }

    /// Records that the provider was busy for a submit of that epoch.
    pub fn shrink(&mut self, sent_in: SlotEpoch) {
        if sent_in != self.epoch {
            return;
        }
        self.threshold = self.allowed / 2;
        self.allowed = (self.allowed.min(self.held) / 2).max(1);
        self.epoch = SlotEpoch(self.epoch.0 + 1);
        self.accepted = 0;
    }

    /// Records that the provider accepted a submit of that epoch.
    pub fn grow(&mut self, sent_in: SlotEpoch) {
        if sent_in != self.epoch || self.allowed >= self.limit {
            return;
        }
        self.accepted += 1;
        if self.allowed < self.threshold || self.accepted >= self.allowed {
            self.allowed += 1;
            self.accepted = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(slots: &Slots) -> usize {
        let mut slots = *slots;
        std::iter::repeat_with(|| slots.take()).take_while(|taken| *taken).count()
    }

    #[test]
    fn a_burst_of_busy_answers_shrinks_once() {
        let mut slots = Slots::new(10);
        while slots.take() {}
        let sent_in = slots.epoch();
        for _ in 0..10 {
            slots.give_back();
            slots.shrink(sent_in);
        }
        assert_eq!(free(&slots), 4, "half of the nine that were held when the first answer came");
        slots.shrink(slots.epoch());
        assert_eq!(free(&slots), 1, "none are held, and one is always left");
    }

    #[test]
    fn growth_is_fast_up_to_half_then_one_slot_per_round() {
        let mut slots = Slots::new(7);
        let before = slots.epoch();
        slots.shrink(before);
        slots.grow(before);
        assert_eq!(free(&slots), 1, "what was sent before says nothing of now");
        let mut sizes = Vec::new();
        for _ in 0..20 {
            slots.grow(slots.epoch());
            sizes.push(free(&slots));
        }
        assert_eq!(sizes, [2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 7]);
    }
}
