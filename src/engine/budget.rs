//! The purse: what this build has committed, against what it may.

use crate::base::Credits;

/// Credits committed by this build.
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

    /// Commits an amount before it is sent, unless that would go over the budget.
    pub fn commit(&mut self, amount: Credits) -> bool {
        let after = self.committed + amount;
        let within = self.budget.is_none_or(|budget| after <= budget);
        if within {
            self.committed = after;
        }
        within
    }

    /// Takes back an amount that was provably not spent.
    pub fn release(&mut self, amount: Credits) {
        self.committed = self.committed.saturating_sub(amount);
    }

    /// What is committed: spent, or possibly spent.
    pub fn committed(&self) -> Credits {
        self.committed
    }
}
