//! The budget: what this build has committed, and its limit.

use crate::base::Credits;

/// The credits that this build has committed.
#[derive(Clone, Debug)]
pub struct Budget {
    budget: Option<Credits>,
    committed: Credits,
}

impl Budget {
    /// Nothing committed.
    pub fn new(budget: Option<Credits>) -> Self {
        Budget { budget, committed: Credits::ZERO }
    }

    /// Commits an amount before it is sent, unless that would exceed the budget.
    pub fn commit(&mut self, amount: Credits) -> bool {
        let after = self.committed + amount;
        let within = self.budget.is_none_or(|budget| after <= budget);
        if within {
            self.committed = after;
        }
        within
    }

    /// Releases an amount that was provably not spent.
    pub fn release(&mut self, amount: Credits) {
        self.committed = self.committed.saturating_sub(amount);
    }

    /// The committed amount: spent, or possibly spent.
    pub fn committed(&self) -> Credits {
        self.committed
    }
}
