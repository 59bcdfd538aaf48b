//! Breaker: how far the provider's answers to submits are trusted.
//!
//! A wrong address answers every submit with a page that says nothing, and each of them is a doubt
//! that a person has to settle. So nothing is sent beside a submit before one was accepted, nor
//! after one ended in doubt, and a few doubts in a row end the sending. That costs one round trip
//! at the start of a build. A submit that is not answered at all keeps the next one back only for
//! a moment, and never are there more submits in doubt or under way than would end the sending.

use std::time::Duration;

use crate::base::Moment;

/// How many submits in doubt, with none accepted between them, end the sending.
pub const DOUBTS_MAX: u32 = 3;
/// How long a submit without an answer keeps the next one back while nothing is trusted.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the answers so far say.
#[derive(Clone, Debug, Default)]
pub struct SubmitBreaker {
    /// Whether the latest submit that was accepted or ended in doubt was accepted.
    trusted: bool,
    /// Doubts since a submit was accepted.
    doubts: u32,
    under_way: u32,
    sent_at: Moment,
}

impl SubmitBreaker {
    /// The moment from which a submit may leave; `None` if an answer has to come first, or if
    /// there will be no more submits.
    pub fn opens_at(&self) -> Option<Moment> {
        match (self.trusted, self.under_way) {
            _ if self.is_broken() => None,
            (true, _) | (false, 0) => Some(Moment::default()),
            (false, under_way) if under_way + self.doubts < DOUBTS_MAX => {
                Some(self.sent_at + PATIENCE)
            }
            (false, _) => None,
        }
    }

    /// Whether too many submits in a row ended in doubt.
    pub fn is_broken(&self) -> bool {
        self.doubts >= DOUBTS_MAX
    }

    /// A submit leaves.
    pub fn sent(&mut self, now: Moment) {
        self.under_way += 1;
        self.sent_at = now;
    }

    /// A submit was accepted.
    pub fn accepted(&mut self) {
        self.answered();
        (self.trusted, self.doubts) = (true, 0);
    }

    /// A submit was provably not accepted: that says nothing of how an acceptance is answered.
    pub fn answered(&mut self) {
        debug_assert!(self.under_way > 0, "a submit was answered twice");
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// A doubt turned out to be a task: it counts no longer.
    pub fn settled(&mut self) {
        self.doubts = self.doubts.saturating_sub(1);
    }

    /// A submit ended in doubt.
    pub fn doubted(&mut self) {
        self.answered();
        (self.trusted, self.doubts) = (false, self.doubts + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::default() + Duration::from_secs(seconds)
    }

    #[test]
    fn one_goes_ahead_and_the_others_follow() {
        let mut breaker = SubmitBreaker::default();
        assert_eq!(breaker.opens_at(), Some(at(0)));
        breaker.sent(at(5));
        assert_eq!(breaker.opens_at(), Some(at(15)), "silence is waited for, but not for ever");
        breaker.accepted();
        for _ in 0..9 {
            assert_eq!(breaker.opens_at(), Some(at(0)));
            breaker.sent(at(6));
        }
        breaker.doubted();
        assert_eq!(breaker.opens_at(), None, "eight others may be in doubt as well");
        breaker.accepted();
        assert_eq!(breaker.opens_at(), Some(at(0)));
    }

    #[test]
    fn three_doubts_in_a_row_are_enough() {
        let mut breaker = SubmitBreaker::default();
        for silence in [15, 25] {
            breaker.sent(at(silence - 10));
            assert_eq!(breaker.opens_at(), Some(at(silence)));
        }
        breaker.sent(at(25));
        assert_eq!(breaker.opens_at(), None, "three without an answer are all there may be");
        breaker.doubted();
        breaker.doubted();
        breaker.answered();
        assert!(!breaker.is_broken(), "the third was refused");
        breaker.sent(at(30));
        breaker.doubted();
        assert!(breaker.is_broken());
        assert_eq!(breaker.opens_at(), None);
    }
}
