//! Unknown fields: what was probably meant, what belongs in another file, and what never belongs in
//! a storyboard.

use super::document::INCLUDED;
use super::other_words;
use super::other_words::{SceneLook, UnknownField};
use crate::base::{Diagnostic, Place};
use crate::storyboard::text::diagnostics::KNOWN_FIELDS;
use crate::storyboard::text::secrets::{is_of_bucket, is_secret, normal};
use crate::storyboard::text::suggestions::{closest_above, list};

/// Fields that only a storyboard has, not the files that it includes.
const OF_THE_WHOLE: [&str; 11] = [
    "catalog", "title", "matrix", "defaults", "profiles", "budget", "quality", "seed", "api",
    "hosting", "preview",
];

/// How similar a misspelt field is to the one that was meant.
const LIKENESS_MIN: f64 = 0.7;

/// The field that was probably meant by an unknown one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::storyboard) enum Meant {
    /// One with the same meaning, whatever its letters.
    Same(&'static str),
    /// One with similar letters: a guess.
    Similar(&'static str),
}

impl Meant {
    /// The name of the field.
    pub fn name(self) -> &'static str {
        match self {
            Meant::Same(name) | Meant::Similar(name) => name,
        }
    }
}

/// The field that was probably meant by one of a map that is no scene.
pub(in crate::storyboard) fn meant_name(
    key: &str,
    fields: &[&'static str],
) -> Option<&'static str> {
    let field = UnknownField {
        noun: "",
        key,
        fields,
        looks: SceneLook::Clip,
        value: None,
        holds_lists: false,
    };
    meant(&field).map(Meant::name)
}

/// The field that was probably meant by an unknown one.
pub(super) fn meant(field: &UnknownField<'_>) -> Option<Meant> {
    let UnknownField { noun, key, fields, .. } = *field;
    if is_secret(key) || is_of_the_whole(noun, key) || is_for_all(key, fields) {
        return None;
    }
    let plain = normal(key);
    let alike = fields.iter().find(|field| normal(field) == plain);
    // What a recording is called is often what is said, and the value tells.
    let alike = alike.filter(|field| **field != "voiceover");
    if let Some(name) = other_words::same(field).or(alike.copied()) {
        return Some(Meant::Same(name));
    }
    // What there is advice about is no misspelt field: `narration` is not `duration`.
    if other_words::advice(field).is_some() {
        return None;
    }
    closest_above(LIKENESS_MIN, key, fields.iter().copied()).map(Meant::Similar)
}

/// Whether a key is a word, so that it could be the name of a field for other programs.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// Whether this is a field in an included file that only a storyboard can have.
fn is_of_the_whole(noun: &str, key: &str) -> bool {
    noun == INCLUDED && OF_THE_WHOLE.contains(&key)
}

/// Whether this is `all` next to the types of `defaults`.
fn is_for_all(key: &str, fields: &[&'static str]) -> bool {
    key == "all" && fields.contains(&"avatar")
}

/// Says where to put a scene that is outside of `scenes`.
pub(in crate::storyboard) fn stray_scene(noun: &str, key: &str, place: Place) -> Diagnostic {
    Diagnostic::error("unknown-field", format!("{noun} has no field `{key}`"))
        .at(place)
        .label("this looks like a scene: put it under `scenes:`, indented")
}

/// Whether it is a text for an avatar to speak; avatars speak only recordings.
pub(super) fn is_spoken_text(field: &UnknownField<'_>) -> bool {
    field.looks == SceneLook::Avatar
        && field.fields.contains(&"voice")
        && other_words::is_speech(&normal(field.key))
}

/// Says how an avatar speaks.
pub(in crate::storyboard) fn spoken_text(noun: &str, key: &str, place: Place) -> Diagnostic {
    Diagnostic::error("unknown-field", format!("{noun} has no field `{key}`"))
        .at(place)
        .label("avatars speak a recording: write `voice: file.mp3`")
}

/// `{ type:t2v }`, which YAML reads as a field `type:t2v` without a value: the field that was
/// meant, and what to do about it.
pub(in crate::storyboard) fn without_space(
    key: &str,
    fields: &[&'static str],
    place: &Place,
) -> Option<(Diagnostic, &'static str)> {
    let (name, value) = key.split_once(':')?;
    let field = fields.iter().find(|field| **field == name)?;
    let diagnostic = Diagnostic::error("missing-space", "there is no space after this `:`")
        .at(place.clone())
        .label(format!("write `{name}: {value}`"));
    Some((diagnostic, field))
}

/// Says what to do about an unknown field without a value. In `{ … }` it may be the rest of a value
/// with a `,` in it.
pub(super) fn of_nothing(field: &UnknownField<'_>, is_present: bool, place: Place) -> Diagnostic {
    let (before, behind) = place.source.text().split_at(place.span.start);
    let behind = behind[field.key.len().min(behind.len())..].trim_start();
    if let Some(whole) = whole_of_decimal(before, field.key) {
        let message = "a decimal number is written with a point";
        let label = format!("write `{whole}.{}`", field.key);
        return Diagnostic::error("wrong-type", message).at(place).label(label);
    }
    let is_flow = behind.starts_with([',', '}']);
    let diagnostic = report(field, is_present, place);
    match is_flow {
        true => diagnostic
            .fix("if it is part of the value before it, put that value in quotes: a `,` ends it"),
        false => diagnostic,
    }
}

/// The whole part of a decimal number that a `,` cut in two: `duration: 3,5`.
fn whole_of_decimal<'t>(before: &'t str, key: &str) -> Option<&'t str> {
    let before = before.strip_suffix(',')?;
    let start = before.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let value_begins = before[..start].trim_end().ends_with(':');
    (is_number(&before[start..]) && is_number(key) && value_begins).then_some(&before[start..])
}

/// Says what to do about an unknown field.
/// `is_present` says whether the map has the field that was meant as well.
pub(super) fn report(field: &UnknownField<'_>, is_present: bool, place: Place) -> Diagnostic {
    let UnknownField { noun, key, fields, .. } = *field;
    if is_secret(key) {
        let message = "secrets do not belong in a storyboard, which is kept in git";
        return Diagnostic::error("secret-in-storyboard", message)
            .at(place)
            .label(match is_of_bucket(key) {
                true => "a bucket's credentials are read from AWS_ACCESS_KEY_ID and the like",
                false => "the API key is read from KIE_API_KEY, never from the storyboard",
            })
            .fix(
                "remove this line; if it was ever committed, create a new key and revoke this one",
            );
    }
    if is_of_the_whole(noun, key) {
        let message = format!("{noun} cannot have `{key}`, which applies to the whole film");
        let label = "write it in the storyboard that includes this file";
        return Diagnostic::error("not-in-included-file", message).at(place).label(label);
    }
    if is_for_all(key, fields) {
        let message = format!("{noun} has no field `all`");
        let label = "write these fields directly under `defaults`: they apply to all types";
        return Diagnostic::error("unknown-field", message).at(place).label(label);
    }
    let unknown = Diagnostic::error("unknown-field", format!("{noun} has no field `{key}`"));
    match meant(field) {
        Some(meant) if is_present => {
            let label = format!("{}: there is a `{}` already", to_keep(key), meant.name());
            unknown.at(place).label(label)
        }
        Some(meant) => unknown.at(place).label(format!("did you mean `{}`?", meant.name())),
        None => match other_words::advice(field) {
            Some(advice) => unknown.at(place).label(advice),
            None => {
                let note = format!("{KNOWN_FIELDS} {}", list(fields));
                unknown.at(place).label(to_keep(key)).note(note)
            }
        },
    }
}

/// What to do about a field that cannot be said otherwise.
fn to_keep(key: &str) -> String {
    match is_plain(key) {
        true => format!("remove it, or keep it as `notes:` or `x-{key}:`"),
        false => "remove it".to_string(),
    }
}
