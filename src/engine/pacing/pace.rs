//! Pace: when the next submit may be sent, for any take.
//!
//! An account has one rate limit, one `Retry-After` and one network, so what a provider answers to
//! one submit applies to all of them. The pace does not know about takes. Every wait is bounded: it
//! ends with an answer, at a fixed time, or by stopping all submits. Another process of the same
//! account has its own pace; if both together exceed the limit, the provider answers busy and each
//! waits.

use std::time::Duration;

use super::breaker::SubmitBreaker;
use super::rate_limit::RateLimit;
use super::retry::{BUSY_MAX, PAUSE, UNREACHED_MAX};
use crate::base::Moment;
use crate::base::{Fault, FaultClass};
use crate::catalog::SubmitLimit;
use crate::engine::state::Halt;

/// The pace of one build's submits.
#[derive(Clone, Debug)]
pub struct SubmitPace {
    rate_limit: Option<RateLimit>,
    breaker: SubmitBreaker,
    /// When the current wait ends, whether the provider asked for it or not.
    held_until: Moment,
    /// When the provider was first busy, and how often since; reset when something is accepted or
    /// finished.
    busy: Option<(Moment, u32)>,
    /// When the provider was first unreachable; reset by any answer.
    unreached_since: Option<Moment>,
}

impl SubmitPace {
    /// A pace without submits under way.
    pub fn new(limit: Option<SubmitLimit>) -> Self {
        SubmitPace {
            rate_limit: limit.map(RateLimit::new),
            breaker: SubmitBreaker::default(),
            held_until: Moment::default(),
            busy: None,
            unreached_since: None,
        }
    }

    /// When the next submit may be sent; `None` if an answer is needed first.
    pub fn opens_at(&self) -> Option<Moment> {
        let rate_limit =
            self.rate_limit.as_ref().map_or(Some(Moment::default()), RateLimit::opens_at)?;
        Some(self.held_until.max(rate_limit).max(self.breaker.opens_at()?))
    }

    /// Until when nothing is sent because the provider was busy.
    pub fn held_until(&self) -> Moment {
        self.held_until
    }

    /// Records that a submit was sent.
    pub fn sent(&mut self, now: Moment) {
        if let Some(rate_limit) = &mut self.rate_limit {
            rate_limit.take(now);
        }
        self.breaker.sent(now);
    }

    /// Records that a submit was accepted.
    pub fn accepted(&mut self, now: Moment) {
        self.token_used(now);
        self.breaker.accepted();
        (self.busy, self.unreached_since) = (None, None);
    }

    /// Records that a submit in doubt turned out to be a task.
    pub fn settled(&mut self) {
        self.breaker.settled();
    }

    /// Whether too many submits in a row are in doubt to send another one.
    pub fn is_broken(&self) -> bool {
        self.breaker.is_broken()
    }

    /// Records that a task finished: the provider makes progress, even if it accepts nothing new.
    pub fn finished(&mut self) {
        self.busy = None;
    }

    /// Records that a submit was not accepted (`proven`) or may not have been. Returns the halt if
    /// this stops all submits; `share` in 0..=1 spreads the waits.
    pub fn failed(&mut self, fault: &Fault, proven: bool, now: Moment, share: f64) -> Option<Halt> {
        self.token_used(now);
        if !proven {
            self.unreached_since = None;
            self.breaker.doubted();
            return self.breaker.is_broken().then_some(Halt::Doubts);
        }
        self.breaker.answered();
        match fault.class {
            FaultClass::Busy => {
                self.unreached_since = None;
                let times = self.busy.map_or(0, |busy| busy.1) + 1;
                let pause = PAUSE.wait(times, None, share).unwrap_or_default();
                self.hold(fault.retry_after.unwrap_or(pause), now)
            }
            FaultClass::NotSent => {
                let since = *self.unreached_since.get_or_insert(now);
                (now.since(since) >= UNREACHED_MAX).then_some(Halt::Unreached)
            }
            _ => {
                self.unreached_since = None;
                None
            }
        }
    }

    /// Sends nothing for `wait` because the provider is busy. Returns the halt if that is longer
    /// than a build waits.
    pub fn hold(&mut self, wait: Duration, now: Moment) -> Option<Halt> {
        let (since, times) = self.busy.unwrap_or((now, 0));
        self.busy = Some((since, times + 1));
        self.held_until = self.held_until.max(now + wait);
        (self.held_until.since(since) > BUSY_MAX).then_some(Halt::Busy)
    }

    fn token_used(&mut self, now: Moment) {
        if let Some(rate_limit) = &mut self.rate_limit {
            rate_limit.answered(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::default() + Duration::from_secs(seconds)
    }

    fn busy(asked: Option<u64>) -> Fault {
        Fault::new(FaultClass::Busy, "busy").with_retry_after(asked.map(Duration::from_secs))
    }

    /// Sends a submit at a moment that the pace allows, and lets it fail.
    fn fails(pace: &mut SubmitPace, fault: &Fault, now: Moment) -> Option<Halt> {
        assert!(pace.opens_at().is_some_and(|at| at <= now), "{:?} at {now}", pace.opens_at());
        pace.sent(now);
        pace.failed(fault, fault.class != FaultClass::Doubt, now, 1.0)
    }

    #[test]
    fn every_submit_waits_for_one_retry_after() {
        let mut pace = SubmitPace::new(None);
        assert_eq!(fails(&mut pace, &busy(Some(90)), at(0)), None);
        assert_eq!(pace.opens_at(), Some(at(90)));
        // Without a requested wait, waits grow to a few seconds and start over after an acceptance.
        let mut now = at(90);
        for wait in [4, 5, 5] {
            assert_eq!(fails(&mut pace, &busy(None), now), None);
            assert_eq!(pace.opens_at(), Some(now + Duration::from_secs(wait)));
            now = now + Duration::from_secs(wait);
        }
        pace.sent(now);
        pace.accepted(now);
        assert_eq!(fails(&mut pace, &busy(None), now), None);
        assert_eq!(pace.opens_at(), Some(now + Duration::from_secs(2)));
    }

    #[test]
    fn every_wait_is_bounded() {
        let mut pace = SubmitPace::new(None);
        assert_eq!(fails(&mut pace, &busy(Some(3_600)), at(0)), Some(Halt::Busy));
        let mut pace = SubmitPace::new(None);
        let mut now = at(0);
        while fails(&mut pace, &busy(None), now).is_none() {
            now = pace.opens_at().unwrap();
            assert!(now <= at(0) + BUSY_MAX);
        }
        let mut pace = SubmitPace::new(None);
        let unreached = Fault::new(FaultClass::NotSent, "no route");
        assert_eq!(fails(&mut pace, &unreached, at(0)), None);
        assert_eq!(fails(&mut pace, &unreached, at(119)), None);
        assert_eq!(fails(&mut pace, &unreached, at(120)), Some(Halt::Unreached));
    }

    #[test]
    fn waits_while_tasks_finish() {
        let mut pace = SubmitPace::new(None);
        for minutes in (0..60).step_by(10) {
            assert_eq!(fails(&mut pace, &busy(Some(500)), at(minutes * 60)), None);
            pace.finished();
        }
    }

    #[test]
    fn consecutive_doubts_stop_submits() {
        let mut pace = SubmitPace::new(None);
        let doubt = Fault::new(FaultClass::Doubt, "a page");
        assert_eq!(fails(&mut pace, &doubt, at(0)), None);
        assert_eq!(fails(&mut pace, &busy(Some(1)), at(0)), None);
        assert_eq!(fails(&mut pace, &doubt, at(1)), None);
        assert_eq!(fails(&mut pace, &doubt, at(1)), Some(Halt::Doubts));
    }
}
