//! The picture rate: how many frames a second the videos of a join have, from the times at which
//! their pictures are shown.
//!
//! A container does not state a rate. Editing programs count in frames of one rate, so it is
//! measured: exactly where all pictures are shown for a whole number of frames, as animatics and
//! ordinary videos are, and else as the standard rate that is nearest to the mean.

use super::part::{JoinPart, TrackIndex};
use crate::base::FrameRate;

/// The slowest and the fastest rate that is believed as it is if it is not a standard one.
const OWN_RATES: std::ops::RangeInclusive<f64> = 12.0..=240.0;

/// The rate of a video's pictures; `None` if it shows fewer than two.
pub(super) fn picture_rate(video: &TrackIndex) -> Option<FrameRate> {
    let mut shown: Vec<i64> = video.samples.iter().map(|sample| sample.shown_at).collect();
    shown.sort_unstable();
    // The last picture is not measured: it ends with the video, which may be within a frame.
    let steps = || shown.windows(2).map(|pair| pair[0].abs_diff(pair[1])).filter(|step| *step > 0);
    let step = steps().fold(0, gcd);
    let timescale = video.timescale.get();
    let finest = u32::try_from(step).ok().and_then(|step| FrameRate::new(timescale, step))?;
    let whole = FrameRate::STANDARD.into_iter().find(|standard| finest.divides(*standard));
    let own = Some(finest).filter(|rate| OWN_RATES.contains(&rate.per_second()));
    let mean = || {
        let (count, ticks) = steps().fold((0u64, 0), |(count, sum), step| (count + 1, sum + step));
        let mean = count as f64 * f64::from(timescale) / ticks as f64;
        let apart = |rate: &FrameRate| (rate.per_second() / mean).ln().abs();
        let nearest = |a: &FrameRate, b: &FrameRate| apart(a).total_cmp(&apart(b));
        FrameRate::STANDARD.into_iter().min_by(nearest)
    };
    whole.or(own).or_else(mean)
}

/// The rate of a joined video: the one of most of its length, of equals the first; 24 if no part
/// says one.
pub(super) fn joined_rate(parts: &[JoinPart], rates: &[Option<FrameRate>]) -> FrameRate {
    let mut lengths: Vec<(FrameRate, f64)> = Vec::new();
    for (part, rate) in parts.iter().zip(rates) {
        let Some(rate) = *rate else { continue };
        let seconds = part.video.ticks as f64 / f64::from(part.video.timescale.get());
        match lengths.iter_mut().find(|known| known.0 == rate) {
            Some(known) => known.1 += seconds,
            None => lengths.push((rate, seconds)),
        }
    }
    let longest =
        lengths.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best });
    longest.map_or(FrameRate::CINEMA, |longest| longest.0)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::media::mp4::SampleFacts;

    fn track(timescale: u32, shown: impl IntoIterator<Item = i64>) -> TrackIndex {
        let sample = |shown_at| SampleFacts {
            offset: 0,
            size: 1,
            decoded_at: 0,
            shown_at,
            duration: 1,
            sync: true,
            entry: 0,
        };
        TrackIndex {
            timescale: NonZeroU32::new(timescale).unwrap(),
            entries: Vec::new(),
            samples: shown.into_iter().map(sample).collect(),
            starts_at: 0,
            ticks: 0,
            whole_ticks: 0,
        }
    }

    fn rate(timescale: u32, shown: impl IntoIterator<Item = i64>) -> String {
        picture_rate(&track(timescale, shown)).map_or("none".into(), |rate| rate.to_string())
    }

    #[test]
    fn rates_are_those_of_the_pictures() {
        // As encoders number them, with B-frames out of order.
        assert_eq!(rate(12_288, [0, 1_024, 512, 1_536]), "24");
        assert_eq!(rate(90_000, (0..9).map(|at| at * 3_003)), "30000/1001");
        assert_eq!(rate(30_000, (0..9).map(|at| at * 1_001)), "30000/1001");
        // Clocks too coarse for the rate.
        assert_eq!(rate(1_000, (0..99).map(|at| at * 1_000 / 24)), "24");
        assert_eq!(rate(90_000, (0..99).map(|at| at * 1_001 * 90_000 / 24_000)), "24000/1001");
        // Animatics show a picture for several frames, and adopted videos have any rate.
        assert_eq!(rate(24_000, [0, 3_000, 9_000, 12_000]), "24");
        assert_eq!(rate(24_000, [0, 2_000, 3_000]), "24");
        assert_eq!(rate(1_000, [0, 100, 200]), "30");
        assert_eq!(rate(16_000, [0, 1_000, 2_000]), "16");
        assert_eq!(rate(16_000, [0]), "none");
        assert_eq!(rate(16_000, [0, 0]), "none");
    }
}
