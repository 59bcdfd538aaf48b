//! The wall clock: a machine's idea of the time. True time is tokio's, which is virtual.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use kling_build::base::Moment;
use kling_build::runner::Clock;
use tokio::time::Instant;

/// When every history begins: 2026-01-01, in milliseconds.
const BEGIN: i64 = 1_767_225_600_000;

/// A clock that can be set.
#[derive(Clone, Debug)]
pub struct Wall {
    begun: Instant,
    skew: Arc<AtomicI64>,
}

impl Wall {
    pub fn new() -> Wall {
        Wall { begun: Instant::now(), skew: Arc::new(AtomicI64::new(0)) }
    }

    /// Time since the beginning, independent of the clock.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// What a correct clock shows at this time since the beginning.
    pub fn true_time(&self, elapsed: Duration) -> Moment {
        Moment::from_millis(BEGIN + elapsed.as_millis() as i64)
    }

    /// What the clock shows.
    pub fn now(&self) -> Moment {
        let elapsed = self.elapsed().as_millis() as i64;
        Moment::from_millis(BEGIN + elapsed + self.skew.load(Ordering::Relaxed))
    }

    /// Sets the clock off by so many milliseconds.
    pub fn set_skew(&self, millis: i64) {
        self.skew.store(millis, Ordering::Relaxed);
    }

    /// The clock as the program reads it.
    pub fn clock(&self) -> Clock {
        let wall = self.clone();
        Arc::new(move || wall.now())
    }
}
