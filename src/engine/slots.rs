//! Slots: how many takes may be at the provider at once.
//!
//! The number goes down and up as TCP's window does (RFC 5681 section 3.1). A busy provider halves
//! what it has; up to half of what was allowed then, each accepted submit brings one back, and
//! beyond that only a full round of them. A burst of busy answers is one event: submits belong to
//! the epoch of slots that they were sent in, and only the first busy answer of an epoch
//! counts.

/// The slots of a build.
#[derive(Clone, Copy, Debug)]
pub struct Slots {
    limit: usize,
    allowed: usize,
    held: usize,
    epoch: SlotEpoch,
    /// Below this, the number grows fast.
    threshold: usize,
    /// Submits accepted since the number last changed.
    accepted: usize,
}

/// What the slots were like when a submit was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotEpoch(u64);

impl Slots {
    /// All free, `limit` of them, at least one.
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

    /// Whether there is one to take.
    pub fn is_free(&self) -> bool {
        self.held < self.allowed
    }

    /// Takes one if there is one.
    pub fn take(&mut self) -> bool {
        let free = self.is_free();
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

    /// The epoch that a submit is sent in now.
    pub fn epoch(&self) -> SlotEpoch {
        self.epoch
    }

    /// The provider was busy when a submit of that epoch came.
    pub fn shrink(&mut self, sent_in: SlotEpoch) {
        if sent_in != self.epoch {
            return;
        }
        self.threshold = self.allowed / 2;
        self.allowed = (self.allowed.min(self.held) / 2).max(1);
        self.epoch = SlotEpoch(self.epoch.0 + 1);
        self.accepted = 0;
    }

    /// The provider took a submit of that epoch.
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
    fn growth_is_fast_to_the_half_and_then_a_round_for_each_slot() {
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
