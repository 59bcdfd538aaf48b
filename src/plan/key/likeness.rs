//! Likeness: what two recipes have in common when they differ only in the seed and in the bytes of
//! the frame they start from.
//!
//! Seed and frame both follow from scene names, so two alike recipes ask for the same video under
//! different names. The order of fields in JSON does not matter.
//! different names. The order of fields in a file of JSON does not matter.

use super::recipe::Listing;
use crate::base::Digest;

/// A recipe without its seed and without the artifact of its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::plan) struct Likeness(Digest);

impl Likeness {
    /// The likeness of a listing.
    pub fn of(listing: &Listing) -> Likeness {
        let mut listing = listing.clone();
        listing.shift_remove("seed");
        if let Some(image) = listing.get_mut("image").and_then(|image| image.as_object_mut()) {
            image.shift_remove("artifact");
        }
        let mut sorted = serde_json::Value::Object(listing);
        sorted.sort_all_objects();
        Likeness(Digest::of(sorted.to_string().as_bytes()))
    }
}

/// The seed of a recipe, if it has one.
pub(in crate::plan) fn seed_of(listing: &Listing) -> Option<u32> {
    listing.get("seed").and_then(serde_json::Value::as_u64)?.try_into().ok()
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
