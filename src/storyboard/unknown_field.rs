//! Unknown fields: what was meant, what belongs in another file, and what never belongs in a
//! storyboard.

use super::include::INCLUDED;
use super::suggest::{closest, list};
use crate::base::{Diagnostic, Place};

/// Fields that only the storyboard itself has, and not the files that it includes.
const OF_THE_WHOLE: [&str; 8] =
    ["title", "matrix", "defaults", "budget", "seed", "api", "hosting", "preview"];

/// Fields of the API's requests, and what they are called here.
const OTHER_NAMES: [(&str, &str); 14] = [
    ("imageurl", "image"),
    ("img", "image"),
    ("voiceurl", "voice"),
    ("audio", "voice"),
    ("audiourl", "voice"),
    ("length", "duration"),
    ("seconds", "duration"),
    ("aspect", "aspect_ratio"),
    ("ratio", "aspect_ratio"),
    ("quality", "resolution"),
    ("text", "prompt"),
    ("dependson", "after"),
    ("needs", "after"),
    ("variables", "vars"),
];

/// Names of secrets, without case and punctuation.
const SECRETS: [&str; 9] = [
    "apikey",
    "kieapikey",
    "key",
    "token",
    "apitoken",
    "secret",
    "authorization",
    "bearer",
    "password",
];

fn normal(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Whether a field of this name would hold a secret.
pub(super) fn is_secret(key: &str) -> bool {
    SECRETS.contains(&normal(key).as_str())
}

/// The field that an unknown one was probably meant to be.
pub(super) fn meant(key: &str, fields: &[&'static str]) -> Option<&'static str> {
    let plain = normal(key);
    let other = OTHER_NAMES.iter().find(|(name, field)| *name == plain && fields.contains(field));
    other.map(|(_, field)| *field).or_else(|| closest(key, fields.iter().copied()))
}

/// Says what to do about a field that does not exist.
pub(super) fn report(noun: &str, key: &str, fields: &[&'static str], place: Place) -> Diagnostic {
    if is_secret(key) {
        let message = "a secret does not belong in a storyboard, which lives in git";
        return Diagnostic::error("secret-in-storyboard", message)
            .at(place)
            .label("the key is read from KIE_API_KEY, never from the storyboard")
            .fix("remove this line; if it was ever committed, make a new key and revoke this one");
    }
    if noun == INCLUDED && OF_THE_WHOLE.contains(&key) {
        let message = format!("{noun} cannot have `{key}`, which is one for the whole film");
        let label = "write it into the storyboard that includes this file";
        return Diagnostic::error("not-in-included-file", message).at(place).label(label);
    }
    if key == "all" && fields.contains(&"avatar") {
        let message = format!("{noun} has no field `all`");
        let label = "write these fields beside it: they are for all types already";
        return Diagnostic::error("unknown-field", message).at(place).label(label);
    }
    let unknown = Diagnostic::error("unknown-field", format!("{noun} has no field `{key}`"));
    match meant(key, fields) {
        Some(field) => unknown.at(place).label(format!("did you mean `{field}`?")),
        None => {
            let note = format!("its fields are {}", list(fields));
            unknown.at(place).label("remove it").note(note)
        }
    }
}
