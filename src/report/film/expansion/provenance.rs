//! Origins of values: as a few words after a value, and as data.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::Place;
use crate::report::format::diagnostics::{PlaceJson, place_json};
use crate::storyboard::ValueOrigin;

/// Why a value is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OriginKind {
    /// It is written.
    Written,
    /// It is written in the chosen profile.
    Profile,
    /// It is written among the defaults.
    Defaults,
    /// The command line or the environment says so.
    Given,
    /// Nothing is written, so the catalog's default applies.
    Catalog,
    /// It is derived from the film's seed and the scene's name.
    Auto,
    /// It is kept in the lock.
    Lock,
    /// It is the scene's name without its variant.
    Name,
}

/// Where a value comes from.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Origin")]
pub struct OriginDocument {
    /// Why it is what it is.
    pub kind: OriginKind,
    /// The same in words.
    pub text: String,
    /// Where it is written, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceJson>,
}

/// A value, and where it comes from.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: OriginDocument,
}

impl OriginDocument {
    /// The origin of a value; `unwritten` is the origin if nothing is written.
    pub fn of(origin: &ValueOrigin, unwritten: (OriginKind, String)) -> OriginDocument {
        match origin {
            ValueOrigin::Written { place, outside } => outside
                .iter()
                .fold(OriginDocument::written(Some(place)), |one, given| one.and(given)),
            ValueOrigin::Profile { profile, place, outside } => {
                let text = format!("profile {profile}, {place}");
                let place = Some(place_json(place));
                let origin = OriginDocument { kind: OriginKind::Profile, text, place };
                outside.iter().fold(origin, |one, given| one.and(given))
            }
            ValueOrigin::Defaults { place, outside } => {
                let text = format!("defaults, {place}");
                let place = Some(place_json(place));
                let origin = OriginDocument { kind: OriginKind::Defaults, text, place };
                outside.iter().fold(origin, |one, given| one.and(given))
            }
            ValueOrigin::Unwritten => {
                let (kind, text) = unwritten;
                OriginDocument { kind, text, place: None }
            }
        }
    }

    /// The origin of something written in a file.
    pub fn written(place: Option<&Place>) -> OriginDocument {
        OriginDocument {
            kind: OriginKind::Written,
            text: place.map(Place::to_string).unwrap_or_default(),
            place: place.map(place_json),
        }
    }

    /// The same with more words.
    pub fn and(mut self, more: &str) -> OriginDocument {
        self.text.push_str(", ");
        self.text.push_str(more);
        self
    }
}
