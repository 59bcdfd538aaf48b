//! Breaker: stops submits when the provider's answers cannot be trusted.
//!
//! A wrong address may answer every submit with a meaningless page, and each such answer leaves a
//! doubt that the user has to settle. So only one submit is sent until one was accepted, and again
//! after one ended in doubt; a few doubts in a row stop all submits. This costs one round trip at
//! the start of a build. A submit without an answer delays the next one only briefly, and there are
//! never more submits in doubt or under way than it takes to stop all submits.
//! a moment, and never are there more submits in doubt or under way than would end the sending.

use std::time::Duration;

use crate::base::Moment;

/// How many submits in doubt, with none accepted between them, stop all submits.
pub const DOUBTS_MAX: u32 = 3;
/// How long a submit without an answer delays the next one while the provider is not trusted.
const PATIENCE: Duration = Duration::from_secs(10);

/// The state of trust after the answers so far.
#[derive(Clone, Debug, Default)]
pub struct SubmitBreaker {
    /// Whether the latest submit that was either accepted or in doubt was accepted.
    trusted: bool,
    /// Doubts since the last accepted submit.
    doubts: u32,
    under_way: u32,
    sent_at: Moment,
}

impl SubmitBreaker {
    /// When the next submit may be sent; `None` if an answer is needed first, or if there will be
    /// no more submits.
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

    /// Records that a submit was sent.
    pub fn sent(&mut self, now: Moment) {
        self.under_way += 1;
        self.sent_at = now;
    }

    /// Records that a submit was accepted.
    pub fn accepted(&mut self) {
        self.answered();
        (self.trusted, self.doubts) = (true, 0);
    }

    /// Records that a submit was provably not accepted: trust does not change.
    pub fn answered(&mut self) {
        debug_assert!(self.under_way > 0, "a submit was answered twice");
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Records that a doubt turned out to be a task: it no longer counts.
    pub fn settled(&mut self) {
        self.doubts = self.doubts.saturating_sub(1);
    }

    /// Records that a submit ended in doubt.
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
    fn one_submit_goes_first_and_the_others_follow() {
        let mut breaker = SubmitBreaker::default();
        assert_eq!(breaker.opens_at(), Some(at(0)));
        breaker.sent(at(5));
        assert_eq!(breaker.opens_at(), Some(at(15)), "waiting for an answer is bounded");
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
    fn three_doubts_in_a_row_stop_submits() {
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
