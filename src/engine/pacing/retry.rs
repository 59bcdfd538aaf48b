//! Retry: how often and after how long a call is repeated, with jitter from a seed.

use std::time::Duration;

use crate::base::FaultClass;

/// Waits that double from `first` to `longest`, for at most `tries` attempts.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    tries: u32,
}

/// A submit that a busy provider provably did not accept; limited by [`BUSY_MAX`].
const BUSY: Backoff = Backoff::new(5, 60, 24);
/// The wait of all submits when a busy provider does not say how long.
pub const PAUSE: Backoff = Backoff::new(2, 5, u32::MAX);
/// How long a take waits for a busy provider in total, and how long a build waits while nothing is
/// accepted or finished. If the provider asks for a longer wait, the build does not wait at all.
pub const BUSY_MAX: Duration = Duration::from_secs(20 * 60);
/// How long a build keeps sending while no submit reaches the provider.
pub const UNREACHED_MAX: Duration = Duration::from_secs(2 * 60);
/// A submit whose connection was never made: a mistyped address or no network. Lasts about a
/// minute, because only the user can fix that.
const UNREACHED: Backoff = Backoff::new(2, 30, 6);
/// Hosting of inputs, which is free.
pub const PREPARE: Backoff = Backoff::new(2, 30, 6);
/// Polls without an answer, which are free. Lasts about 15 minutes.
pub const POLL: Backoff = Backoff::new(4, 30, 32);
/// Polls whose answer could not be recorded because the local disk is full or gone. A waiting build
/// would report nothing, and the next build continues the task.
const UNWRITTEN: Backoff = Backoff::new(1, 4, 4);
/// Polls of a server whose certificate is not valid here: the next build continues the task.
const UNTRUSTED: Backoff = Backoff::new(1, 1, 1);
/// Downloads; each is preceded by a new poll of the task.
pub const FETCH: Backoff = Backoff::new(2, 30, 5);
/// The longest `Retry-After` that is respected for free calls; submits are never sent before their
/// time.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);

/// How often a submit is repeated that was provably not accepted, by the class of its fault.
pub const fn of_submit(class: FaultClass) -> Backoff {
    match class {
        FaultClass::NotSent => UNREACHED,
        _ => BUSY,
    }
}

/// How often a poll is repeated, by the class of its fault.
pub const fn of_poll(class: FaultClass) -> Backoff {
    match class {
        FaultClass::Local => UNWRITTEN,
        FaultClass::Untrusted => UNTRUSTED,
        _ => POLL,
    }
}

impl Backoff {
    const fn new(first_seconds: u64, longest_seconds: u64, tries: u32) -> Self {
        Backoff {
            first: Duration::from_secs(first_seconds),
            longest: Duration::from_secs(longest_seconds),
            tries,
        }
    }

    /// The wait after the `failed`-th failed attempt, from 1; `None` after the last one.
    ///
    /// `share` in 0..=1 spreads it between half and all of the backoff. The wait is at least what
    /// the provider asked for, up to `RETRY_AFTER_MAX`.
    pub fn wait(&self, failed: u32, asked: Option<Duration>, share: f64) -> Option<Duration> {
        if failed >= self.tries {
            return None;
        }
        let doubled = self.first.saturating_mul(1 << failed.saturating_sub(1).min(16));
        let spread = doubled.min(self.longest).mul_f64(0.5 + share / 2.0);
        Some(spread.max(asked.unwrap_or_default().min(RETRY_AFTER_MAX)))
    }

    /// The number of attempts.
    pub const fn tries(&self) -> u32 {
        self.tries
    }
}

/// A deterministic share in 0..1 for one choice of a build.
///
/// The mixing is that of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
pub fn share(seed: u64, choice: u64) -> f64 {
    let mut mixed = seed.wrapping_add(choice.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    (mixed >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_end() {
        let waits: Vec<u64> = (1..BUSY.tries())
            .map(|failed| BUSY.wait(failed, None, 1.0).unwrap().as_secs())
            .collect();
        assert_eq!(&waits[..6], &[5, 10, 20, 40, 60, 60]);
        assert_eq!(BUSY.wait(BUSY.tries(), None, 1.0), None);
    }

    #[test]
    fn retry_after_is_obeyed_up_to_a_bound() {
        let asked = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(BUSY.wait(1, asked(30), 0.0), asked(30));
        assert_eq!(BUSY.wait(1, asked(86_400), 0.0), Some(RETRY_AFTER_MAX));
    }

    #[test]
    fn shares_are_between_zero_and_one() {
        for choice in 0..1_000 {
            assert!((0.0..1.0).contains(&share(7, choice)));
        }
    }
}
