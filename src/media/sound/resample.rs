//! Resampling: one channel at another rate, with a windowed sinc.

use std::f32::consts::PI;

/// Zero crossings of the sinc on each side.
const CROSSINGS: usize = 16;

/// Values of the kernel between two crossings; those between them are interpolated.
const STEPS: usize = 256;

/// How much of the lower rate's band is kept, so that what is left out does not fold back.
const BAND: f64 = 0.92;

/// The same sound at another rate: as long as before, to within a sample. Neither rate is 0.
pub(super) fn resampled(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    if from == to {
        return samples.to_vec();
    }
    let kernel = kernel();
    let band = BAND * (f64::from(to) / f64::from(from)).min(1.0);
    let reach = CROSSINGS as f64 / band;
    let length = (samples.len() as u64 * u64::from(to)).div_ceil(u64::from(from));
    let at = |number: u64| {
        let middle = number as f64 * f64::from(from) / f64::from(to);
        let first = (middle - reach).ceil().max(0.0) as usize;
        let end = ((middle + reach) as usize + 1).min(samples.len());
        let near = samples.get(first..end).unwrap_or_default();
        let sum: f32 = near
            .iter()
            .zip(first..)
            .map(|(sample, place)| {
                let distance = (place as f64 - middle).abs() * band * STEPS as f64;
                let (step, part) = (distance as usize, distance.fract() as f32);
                let low = kernel.get(step).copied().unwrap_or(0.0);
                let high = kernel.get(step + 1).copied().unwrap_or(0.0);
                sample * (low + (high - low) * part)
            })
            .sum();
        sum * band as f32
    };
    (0..length).map(at).collect()
}

/// One side of the kernel: a sinc in a Blackman window.
fn kernel() -> Vec<f32> {
    (0..=CROSSINGS * STEPS)
        .map(|step| {
            let x = step as f32 / STEPS as f32 * PI;
            let sinc = if step == 0 { 1.0 } else { x.sin() / x };
            let turn = x / CROSSINGS as f32;
            sinc * (0.42 + 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hertz: f32, seconds: f32) -> Vec<f32> {
        let length = (rate as f32 * seconds) as usize;
        (0..length).map(|at| (at as f32 / rate as f32 * hertz * 2.0 * PI).sin()).collect()
    }

    #[test]
    fn a_tone_stays_where_and_what_it_is_at_every_rate() {
        for from in [7_350, 8_000, 11_025, 16_000, 37_123, 44_100, 48_000, 96_000, 192_000] {
            let out = resampled(&tone(from, 440.0, 0.5), from, 44_100);
            let expected = tone(44_100, 440.0, 0.5);
            assert!(out.len().abs_diff(expected.len()) <= 7, "{from}: {}", out.len());
            for (at, (a, b)) in out.iter().zip(&expected).enumerate() {
                // Near the ends the sound before and behind is missing.
                if (500..out.len() - 500).contains(&at) {
                    assert!((a - b).abs() < 0.005, "{from} Hz at {at}: {a} for {b}");
                }
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_left_out() {
        let out = resampled(&tone(96_000, 30_000.0, 0.2), 96_000, 44_100);
        let loudest = out[500..out.len() - 500].iter().fold(0.0f32, |most, it| most.max(it.abs()));
        assert!(loudest < 0.002, "{loudest}");
    }

    #[test]
    fn few_samples_are_enough() {
        for length in 0..40 {
            let out = resampled(&vec![0.5; length], 8_000, 44_100);
            assert_eq!(out.len(), (length * 44_100).div_ceil(8_000));
            assert!(out.iter().all(|sample| sample.is_finite()));
        }
    }
}
