//! Rate limit: how many submits may be sent in any span of time.
//!
//! Each submit uses a token, which is returned one span after that submit was answered. The
//! provider sees a submit before it answers, so by its own clock no span ever contains more submits
//! than there are tokens, regardless of network delays.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::Moment;
use crate::catalog::SubmitLimit;

/// The tokens of an account.
#[derive(Clone, Debug)]
pub struct RateLimit {
    tokens: usize,
    span: Duration,
    under_way: usize,
    /// When the used tokens are returned, earliest first; at most `tokens` entries.
    back_at: VecDeque<Moment>,
}

impl RateLimit {
    /// A full bucket, with at least one token.
    pub fn new(limit: SubmitLimit) -> Self {
        let tokens = limit.number.max(1);
        RateLimit { tokens, span: limit.span(), under_way: 0, back_at: VecDeque::new() }
    }

    /// When a token is available; `None` if an answer is needed first.
    pub fn opens_at(&self) -> Option<Moment> {
        let usable = self.tokens.checked_sub(self.under_way).filter(|usable| *usable > 0)?;
        match self.back_at.len().checked_sub(usable) {
            Some(last_to_come) => self.back_at.get(last_to_come).copied(),
            None => Some(Moment::default()),
        }
    }

    /// Records that a submit was sent.
    pub fn take(&mut self, now: Moment) {
        debug_assert!(self.opens_at().is_some_and(|at| at <= now), "there is no token");
        while self.back_at.front().is_some_and(|at| *at <= now) {
            self.back_at.pop_front();
        }
        self.under_way += 1;
    }

    /// Records that a submit was answered, with any answer.
    pub fn answered(&mut self, now: Moment) {
        debug_assert!(self.under_way > 0, "a submit was answered twice");
        self.under_way = self.under_way.saturating_sub(1);
        self.back_at.push_back(now + self.span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::default() + Duration::from_secs(seconds)
    }

    #[test]
    fn a_token_returns_a_span_after_its_answer() {
        let mut rate_limit = RateLimit::new(SubmitLimit { number: 2, seconds: 10 });
        rate_limit.take(at(0));
        rate_limit.take(at(1));
        assert_eq!(rate_limit.opens_at(), None, "both are on their way");
        rate_limit.answered(at(3));
        assert_eq!(rate_limit.opens_at(), Some(at(13)));
        rate_limit.answered(at(5));
        assert_eq!(rate_limit.opens_at(), Some(at(13)));
        rate_limit.take(at(13));
        assert_eq!(rate_limit.opens_at(), Some(at(15)));
        rate_limit.take(at(20));
        rate_limit.answered(at(21));
        assert_eq!(rate_limit.opens_at(), Some(at(31)));
    }
}
