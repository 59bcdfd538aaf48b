//! Automatic seeds: derived, so that the same storyboard always gives the same film.

use crate::base::Digest;
use crate::catalog::{SeedRange, seed_of_digest};

/// The seed of a scene with `seed: auto`: SHA-256 over the film's seed and the scene's id, within
/// the model's range.
pub(super) fn automatic(film_seed: Option<u64>, scene: &str, range: SeedRange) -> u32 {
    let film_seed = film_seed.map(|seed| seed.to_string()).unwrap_or_default();
    let digest = Digest::of(format!("kling-build seed 1\0{film_seed}\0{scene}").as_bytes());
    seed_of_digest(&digest, range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_never_change() {
        // Other numbers would make every film with automatic seeds stale.
        let range = (10_000, 99_999);
        assert_eq!(automatic(None, "opening", range), 83_756);
        assert_eq!(automatic(Some(1), "opening", range), 77_203);
        assert_eq!(automatic(None, "reveal", range), 91_407);
    }

    #[test]
    fn seeds_stay_within_the_range_of_the_model() {
        for film_seed in 0..1_000 {
            let seed = automatic(Some(film_seed), "a", (10_000, 99_999));
            assert!((10_000..=99_999).contains(&seed));
        }
        assert_eq!(automatic(Some(7), "a", (5, 5)), 5);
    }
}
