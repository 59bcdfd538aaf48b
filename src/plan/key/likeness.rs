//! Likeness: what two recipes have in common when they differ only in the seed and in the bytes of
//! the frame they start from.
//!
//! Seed and frame both follow from scene names, so two alike recipes ask for the same video under
//! different names. The order of fields in JSON does not matter.

use super::listing::without_derived;
use super::recipe::Listing;
use crate::base::Digest;
use crate::catalog::{SeedRange, seed_of_digest};

/// A recipe without its seed and without the artifact of its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::plan) struct Likeness(Digest);

impl Likeness {
    /// The likeness of a listing.
    pub fn of(listing: &Listing) -> Likeness {
        Likeness(Digest::of(without_derived(listing).to_string().as_bytes()))
    }

    /// The seed of another take of an alike recipe, by its count and within the model's range.
    pub fn seed(self, count: u32, range: SeedRange) -> u32 {
        let digest = Digest::of(format!("kling-build roll 1\0{}\0{count}", self.0).as_bytes());
        seed_of_digest(&digest, range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignores_the_seed_the_frame_and_the_order_of_fields() {
        let of = |text: &str| Likeness::of(&serde_json::from_str(text).unwrap());
        let one = of(r#"{"image":{"artifact":"a","frame":"last"},"prompt":"fog","seed":1}"#);
        let two = of(r#"{"seed":2,"prompt":"fog","image":{"frame":"last","artifact":"b"}}"#);
        assert_eq!(one, two);
        assert_ne!(one, of(r#"{"image":{"artifact":"a","frame":"first"},"prompt":"fog"}"#));
    }
}
