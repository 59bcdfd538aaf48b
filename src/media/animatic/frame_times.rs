//! Frame times: the moments of a clip that are drawn, and the time code of each.

/// Ticks per second of an animatic's track: a thousand per frame at 24 frames per second.
pub(super) const TICKS_PER_SECOND: u32 = 24_000;

/// Ticks of one frame of the time code.
const TICKS_PER_FRAME: u64 = 1_000;

/// The moments at which a clip changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameTimes {
    /// The clip's length in ticks.
    ticks: u64,
    /// Ticks between two drawn moments.
    step: u64,
}

/// One drawn moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FrameTime {
    /// Ticks since the start.
    pub at: u64,
    /// How many ticks it is shown.
    pub duration: u32,
    /// The part of the clip that is over when it ends, from 0 to 1.
    pub progress: f32,
}

impl FrameTimes {
    /// A clip of this length that changes every `frames` frames of its time code.
    pub(super) fn new(millis: u64, frames: u64) -> Self {
        let ticks = millis * u64::from(TICKS_PER_SECOND) / 1_000;
        FrameTimes { ticks, step: frames * TICKS_PER_FRAME }
    }

    /// The number of drawn moments.
    pub(super) fn moment_count(&self) -> u64 {
        self.ticks.div_ceil(self.step)
    }

    /// The number of drawn moments per second.
    pub(super) fn rate(&self) -> f32 {
        TICKS_PER_SECOND as f32 / self.step as f32
    }

    /// The moments in order; the last one ends exactly with the clip.
    pub(super) fn moments(self) -> impl Iterator<Item = FrameTime> {
        (0..self.moment_count()).map(move |number| {
            let at = number * self.step;
            let end = (at + self.step).min(self.ticks);
            let duration = u32::try_from(end - at).expect("a step is a fraction of a second");
            FrameTime { at, duration, progress: (end as f64 / self.ticks as f64) as f32 }
        })
    }
}

impl FrameTime {
    /// The time code, as `00:00:03:12`: hours, minutes, seconds and frames of 24, for a clip that
    /// starts at this many milliseconds.
    pub(super) fn time_code(&self, starts: u64) -> String {
        let frames = (starts * u64::from(TICKS_PER_SECOND) / 1_000 + self.at) / TICKS_PER_FRAME;
        let seconds = frames / 24;
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        format!("{hours:02}:{minutes:02}:{:02}:{:02}", seconds % 60, frames % 24)
    }

    /// Seconds since the start.
    pub(super) fn seconds(&self) -> f32 {
        self.at as f32 / TICKS_PER_SECOND as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_fill_the_clip_exactly() {
        for (millis, frames) in [(5_000, 3), (3_417, 3), (1, 2), (10_000, 1), (40, 2)] {
            let moments: Vec<_> = FrameTimes::new(millis, frames).moments().collect();
            let total: u64 = moments.iter().map(|moment| u64::from(moment.duration)).sum();
            assert_eq!(total, millis * 24, "{millis}");
            assert_eq!(moments.last().unwrap().progress, 1.0);
            assert!(moments.windows(2).all(|w| w[0].at + u64::from(w[0].duration) == w[1].at));
        }
    }

    #[test]
    fn time_codes_count_frames() {
        let code = |at| FrameTime { at, duration: 1, progress: 0.0 }.time_code(0);
        assert_eq!(code(0), "00:00:00:00");
        assert_eq!(code(23_000), "00:00:00:23");
        assert_eq!(code(24_000 * 3_725 + 12_000), "01:02:05:12");
        let second = FrameTime { at: 24_000, duration: 1, progress: 0.0 };
        assert_eq!(second.time_code(61_500), "00:01:02:12");
    }
}
