//! Likeness: what two recipes share that differ in nothing but their seeds.
//!
//! A scene with `seed: auto` has its seed from its name, so a scene that was renamed asks for
//! another key at first. By its likeness the take of before is found again.

use super::recipe::Listing;
use crate::base::Digest;

/// All of a recipe but its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Likeness(Digest);

impl Likeness {
    /// That of a listing; without the bytes of the frame that it shows where those are not known.
    pub fn of(listing: &Listing, with_frame: bool) -> Likeness {
        let mut listing = listing.clone();
        listing.shift_remove("seed");
        if let Some(image) = listing.get_mut("image").and_then(|image| image.as_object_mut())
            && !with_frame
        {
            image.shift_remove("artifact");
        }
        Likeness(Digest::of(serde_json::Value::Object(listing).to_string().as_bytes()))
    }

    /// Its digest.
    pub fn digest(&self) -> Digest {
        self.0
    }
}

/// Whether a recipe shows a frame of another take.
pub(super) fn shows_frame(listing: &Listing) -> bool {
    listing.get("image").is_some_and(|image| image.get("artifact").is_some())
}

/// The seed of a recipe, where it has one.
pub(super) fn seed_of(listing: &Listing) -> Option<u32> {
    listing.get("seed").and_then(serde_json::Value::as_u64)?.try_into().ok()
}
