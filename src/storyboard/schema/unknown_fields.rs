//! Unknown fields: what was probably meant, what belongs in another file, and what never belongs in
//! a storyboard.

use super::document::INCLUDED;
use crate::base::{Diagnostic, Place};
use crate::storyboard::text::secrets::{is_of_bucket, is_secret, normal};
use crate::storyboard::text::suggestions::{closest, list};

/// Fields that only a storyboard has, not the files that it includes.
const OF_THE_WHOLE: [&str; 11] = [
    "catalog", "title", "matrix", "defaults", "profiles", "budget", "quality", "seed", "api",
    "hosting", "preview",
];

/// Fields of the API's requests and of other tools, with their names here.
const OTHER_NAMES: [(&str, &str); 59] = [
    ("imageurl", "image"),
    ("img", "image"),
    ("voiceurl", "voice"),
    ("audio", "voice"),
    ("audiourl", "voice"),
    ("length", "duration"),
    ("seconds", "duration"),
    ("duration", "seconds"),
    ("length", "seconds"),
    ("imageend", "end_image"),
    ("imagetail", "end_image"),
    ("tailimage", "end_image"),
    ("tailimageurl", "end_image"),
    ("lastimage", "end_image"),
    ("endframe", "end_image"),
    ("lastframe", "end_image"),
    ("keyframes", "key_images"),
    ("keyimage", "key_images"),
    ("videourl", "video"),
    ("videourls", "video"),
    ("inputvideo", "video"),
    ("motionvideo", "video"),
    ("reference", "references"),
    ("refs", "references"),
    ("referenceimages", "references"),
    ("imageurls", "references"),
    ("klingelements", "elements"),
    ("element", "elements"),
    ("elementinputurls", "images"),
    ("image", "images"),
    ("elementinputvideourls", "video"),
    ("elementinputaudiourls", "voice"),
    ("orientation", "character_orientation"),
    ("background", "background_source"),
    ("starttime", "from"),
    ("multiprompt", "shots"),
    ("multishot", "shots"),
    ("multishots", "shots"),
    ("negativeprompt", "negative_prompt"),
    ("negative", "negative_prompt"),
    ("cfgscale", "cfg_scale"),
    ("generateaudio", "sound"),
    ("enableaudio", "sound"),
    ("aspect", "aspect_ratio"),
    ("ratio", "aspect_ratio"),
    ("quality", "resolution"),
    ("text", "prompt"),
    ("narrationtext", "narration"),
    ("voiceovertext", "narration"),
    ("narrator", "narration"),
    ("voiceoverfile", "voiceover"),
    ("narrationaudio", "voiceover"),
    ("kenburns", "move"),
    ("dependson", "after"),
    ("needs", "after"),
    ("variables", "vars"),
    ("path", "file"),
    ("src", "file"),
    ("href", "url"),
];

/// The field that was probably meant by an unknown one.
pub(in crate::storyboard) fn meant(
    noun: &str,
    key: &str,
    fields: &[&'static str],
) -> Option<&'static str> {
    if is_secret(key) || is_of_the_whole(noun, key) || is_for_all(key, fields) {
        return None;
    }
    let plain = normal(key);
    // Its values are not those of a field here, and it is no misspelt `model`.
    if plain == "mode" && fields.contains(&"resolution") {
        return None;
    }
    let other = OTHER_NAMES.iter().find(|(name, field)| *name == plain && fields.contains(field));
    // What there is advice about is no misspelt field: `narration` is not `duration`.
    let misspelt =
        || closest(key, fields.iter().copied()).filter(|_| advice(key, fields).is_none());
    other.map(|(_, field)| *field).or_else(misspelt)
}

/// What to do about a field of other tools that this one or the API does not have.
fn advice(key: &str, fields: &[&'static str]) -> Option<&'static str> {
    match normal(key).as_str() {
        "mode" if fields.contains(&"resolution") => {
            Some("write `resolution`: `std` is 720p, `pro` 1080p, `4K` 4k")
        }
        "camera" | "cameracontrol" | "cameramovement" | "movement" | "lens" | "lighting"
        | "mood" | "style" | "motion" | "action" | "dialogue" | "audioprompt"
            if fields.contains(&"prompt") =>
        {
            Some("remove it, and describe it in `prompt`: the API has no such field")
        }
        "creativity" | "guidance" | "guidancescale" | "cfg" if fields.contains(&"cfg_scale") => {
            Some("write `cfg_scale`, from 0 to 1: higher follows the prompt more closely")
        }
        "steps" | "sampler" | "scheduler" | "strength" | "motionbucketid" | "fps"
            if fields.contains(&"prompt") =>
        {
            Some("remove it: the API has no such setting")
        }
        "caption" | "captions" | "subtitle" | "subtitles" if fields.contains(&"narration") => Some(
            "write what is said as `narration`, and text on the screen as a `type: card` scene",
        ),
        "music" | "soundtrack" | "bgm" | "sfx" | "transition" | "transitionin"
        | "transitionout"
            if fields.contains(&"prompt") =>
        {
            Some("write it under `notes:` for now: it is done in an editor, with the finished cut")
        }
        "description" | "comment" | "comments" | "note" | "priority" | "status" | "owner"
        | "camerashot" | "shottype" | "framing"
            if fields.contains(&"prompt") =>
        {
            Some("write it in `prompt` if the model is to know it, else under `notes:`")
        }
        "width" | "height" | "size" if fields.contains(&"aspect_ratio") => {
            Some("write `aspect_ratio` and `resolution`: `16:9` in `1080p` is 1920×1080")
        }
        "n" | "count" | "numvideos" | "variations" | "seeds" if fields.contains(&"takes") => {
            Some("write `takes: 3` for as many takes to choose from")
        }
        "music" | "audio" | "transition" | "transitions" if *fields == ["was", "scenes"] => {
            Some("remove it: a cut only joins scenes, the rest is done in an editor")
        }
        _ => None,
    }
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
pub(in crate::storyboard) fn is_spoken_text(key: &str, fields: &[&'static str]) -> bool {
    normal(key) == "text" && fields.contains(&"voice")
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
pub(in crate::storyboard) fn of_nothing(
    noun: &str,
    key: &str,
    fields: &[&'static str],
    place: Place,
) -> Diagnostic {
    let behind = place.source.text()[place.span.end..].trim_start();
    let diagnostic = report(noun, key, fields, place.clone());
    match behind.starts_with([',', '}']) {
        true => diagnostic
            .fix("if it is part of the value before it, put that value in quotes: a `,` ends it"),
        false => diagnostic,
    }
}

/// Says what to do about an unknown field.
pub(in crate::storyboard) fn report(
    noun: &str,
    key: &str,
    fields: &[&'static str],
    place: Place,
) -> Diagnostic {
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
    match meant(noun, key, fields) {
        Some(field) => unknown.at(place).label(format!("did you mean `{field}`?")),
        None => {
            let note = format!("its fields are {}", list(fields));
            let other = || match is_plain(key) {
                true => format!("remove it, or name it `x-{key}` to keep it"),
                false => "remove it".to_string(),
            };
            let label = advice(key, fields).map_or_else(other, str::to_string);
            unknown.at(place).label(label).note(note)
        }
    }
}
