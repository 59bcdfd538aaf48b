//! Likeness: what two recipes share that differ in nothing but their seeds.
//!
//! A scene with `seed: auto` has its seed from its name, so a scene that was renamed asks for
//! another key at first. By its likeness the take of before is found again.

use super::key::Listing;
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

/// A recipe as far as it is known, but for the seed.
#[derive(Clone, Copy)]
pub(super) struct Sketch {
    /// What is known of it.
    pub likeness: Likeness,
    /// Whether the bytes of a frame that it shows are known and count.
    with_frame: bool,
}

impl Sketch {
    /// That of a listing.
    pub fn of(listing: &Listing, with_frame: bool) -> Sketch {
        Sketch { likeness: Likeness::of(listing, with_frame), with_frame }
    }

    /// Whether a listing is that of this recipe, but for the seed.
    pub fn is_of(&self, listing: &Listing) -> bool {
        self.likeness == Likeness::of(listing, self.with_frame)
    }
}

/// The seed of a recipe, where it has one.
pub(super) fn seed_of(listing: &Listing) -> Option<u32> {
    listing.get("seed").and_then(serde_json::Value::as_u64)?.try_into().ok()
}
