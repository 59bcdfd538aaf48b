//! Seeds that nobody wrote: derived, so that the same storyboard always gives the same film.

use crate::base::Digest;
use crate::catalog::SeedRange;

/// The seed of a scene with `seed: auto`: SHA-256 over the film's seed and the scene's id, within
/// the model's range.
pub(super) fn automatic(film_seed: Option<u64>, scene: &str, range: SeedRange) -> u32 {
    let film_seed = film_seed.map(|seed| seed.to_string()).unwrap_or_default();
    let digest = Digest::of(format!("kling-build seed 1\0{film_seed}\0{scene}").as_bytes());
    let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
    let number = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let (least, most) = range;
    let seeds = u64::from(most) - u64::from(least) + 1;
    least + (number % seeds) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_stable_and_within_range() {
        let range = (10_000, 99_999);
        // A change of these numbers would make every film with automatic seeds stale.
        assert_eq!(automatic(None, "opening", range), automatic(None, "opening", range));
        assert_ne!(automatic(None, "opening", range), automatic(Some(1), "opening", range));
        assert_ne!(automatic(None, "opening", range), automatic(None, "reveal", range));
        for n in 0..1_000 {
            let seed = automatic(Some(n), "a", range);
            assert!((10_000..=99_999).contains(&seed));
        }
        assert_eq!(automatic(Some(7), "a", (5, 5)), 5);
    }
}
