//! Other words: the fields of other tools and of shot lists, with their names here, and what to do
//! about those that mean nothing here.
//!
//! This table decides before letters do: `location` is no misspelt `duration`.

use super::document::INCLUDED;
use crate::storyboard::text::secrets::normal;
use crate::storyboard::text::written_seconds;

/// An unknown field, with what is known about the map that has it.
#[derive(Clone, Copy)]
pub(super) struct UnknownField<'f> {
    /// The name of the map in messages.
    pub noun: &'f str,
    /// The field as written.
    pub key: &'f str,
    /// The fields that the map can have.
    pub fields: &'f [&'static str],
    /// What the map is, if it is a scene.
    pub looks: SceneLook,
    /// The field's value, if it is a single one.
    pub value: Option<&'f str>,
    /// Whether its value is a list of maps with lists in them.
    pub holds_lists: bool,
}

/// What a scene looks like, by its type or its other fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SceneLook {
    /// It is generated, or is no scene.
    Clip,
    /// A talking head.
    Avatar,
    /// A picture.
    Still,
    /// A text.
    Card,
}

impl SceneLook {
    /// What a scene with this type and these fields looks like.
    pub fn of(scene_type: Option<&str>, has: impl Fn(&str) -> bool) -> SceneLook {
        let written = scene_type.map(|written| (written.trim(), type_meant(written, &has)));
        match written {
            Some(("avatar", _) | (_, Some("avatar"))) => SceneLook::Avatar,
            Some(("still", _) | (_, Some("still"))) => SceneLook::Still,
            Some(("card", _) | (_, Some("card"))) => SceneLook::Card,
            Some(_) => SceneLook::Clip,
            None if has("prompt") => SceneLook::Clip,
            None if has("voice") => SceneLook::Avatar,
            None if has("image") => SceneLook::Still,
            None if has("text") => SceneLook::Card,
            None => SceneLook::Clip,
        }
    }
}

/// The scene type that a word of other tools means, for a scene with these fields.
pub(in crate::storyboard) fn type_meant(
    written: &str,
    has: impl Fn(&str) -> bool,
) -> Option<&'static str> {
    Some(match normal(written).as_str() {
        "image" | "picture" | "photo" | "slide" | "stillimage" | "kenburns" | "img" | "panel" => {
            match has("prompt") {
                true => "i2v",
                false => "still",
            }
        }
        "titlecard" | "title" | "text" | "textcard" | "intro" | "outro" | "credits" | "endcard"
        | "caption" | "chapter" => "card",
        "texttovideo" | "text2video" | "txt2vid" | "text2vid" | "ttv" => "t2v",
        "imagetovideo" | "image2video" | "img2vid" | "img2video" | "itv" | "animate" => "i2v",
        "talkinghead" | "talkingavatar" | "lipsync" | "presenter" | "dialogue" | "dialog"
        | "speaker" | "host" | "talk" => "avatar",
        "video" | "clip" | "shot" | "scene" | "broll" | "footage" | "generate" | "generated"
        | "ai" | "aivideo" => match has("image") {
            true => "i2v",
            false => "t2v",
        },
        _ => return None,
    })
}

/// Fields of the API's requests and of other tools, with their names here.
const OTHER_NAMES: [(&str, &str); 119] = [
    ("imageurl", "image"),
    ("img", "image"),
    ("inputimage", "image"),
    ("startimage", "image"),
    ("firstimage", "image"),
    ("firstframe", "image"),
    ("startframe", "image"),
    ("firstframeimage", "image"),
    ("startingimage", "image"),
    ("sourceimage", "image"),
    ("initimage", "image"),
    ("baseimage", "image"),
    ("imagepath", "image"),
    ("imagefile", "image"),
    ("picture", "image"),
    ("photo", "image"),
    ("portrait", "image"),
    ("voiceurl", "voice"),
    ("audiourl", "voice"),
    ("voicefile", "voice"),
    ("length", "duration"),
    ("seconds", "duration"),
    ("secs", "duration"),
    ("time", "duration"),
    ("dur", "duration"),
    ("runtime", "duration"),
    ("screentime", "duration"),
    ("durationseconds", "duration"),
    ("durationsec", "duration"),
    ("durationsecs", "duration"),
    ("durations", "duration"),
    ("lengthseconds", "duration"),
    ("duration", "seconds"),
    ("length", "seconds"),
    ("duration", "length"),
    ("seconds", "length"),
    ("imageend", "end_image"),
    ("imagetail", "end_image"),
    ("tailimage", "end_image"),
    ("tailimageurl", "end_image"),
    ("lastimage", "end_image"),
    ("endframe", "end_image"),
    ("lastframe", "end_image"),
    ("lastframeimage", "end_image"),
    ("keyframes", "key_images"),
    ("keyimage", "key_images"),
    ("videourl", "video"),
    ("videourls", "video"),
    ("inputvideo", "video"),
    ("motionvideo", "video"),
    ("reference", "references"),
    ("refs", "references"),
    ("referenceimage", "references"),
    ("referenceimages", "references"),
    ("imageurls", "references"),
    ("klingelements", "elements"),
    ("element", "elements"),
    ("elementinputurls", "images"),
    ("image", "images"),
    ("elementinputvideourls", "video"),
    ("elementinputaudiourls", "voice"),
    ("orientation", "character_orientation"),
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
    ("videoprompt", "prompt"),
    ("motionprompt", "prompt"),
    ("visualprompt", "prompt"),
    ("shotprompt", "prompt"),
    ("sceneprompt", "prompt"),
    ("videodescription", "prompt"),
    ("visual", "prompt"),
    ("visuals", "prompt"),
    ("visualdescription", "prompt"),
    ("text", "prompt"),
    ("narrationtext", "narration"),
    ("voiceovertext", "narration"),
    ("voicetext", "narration"),
    ("spokentext", "narration"),
    ("narrator", "narration"),
    ("narrate", "narration"),
    ("voiceoverfile", "voiceover"),
    ("voiceoveraudio", "voiceover"),
    ("narrationaudio", "voiceover"),
    ("narrationfile", "voiceover"),
    ("title", "label"),
    ("name", "label"),
    ("shotname", "label"),
    ("scenename", "label"),
    ("dependson", "after"),
    ("needs", "after"),
    ("variables", "vars"),
    ("name", "title"),
    ("project", "title"),
    ("projectname", "title"),
    ("projecttitle", "title"),
    ("clips", "scenes"),
    ("shots", "scenes"),
    ("shotlist", "scenes"),
    ("scenelist", "scenes"),
    ("sequence", "scenes"),
    ("sequences", "scenes"),
    ("segments", "scenes"),
    ("panels", "scenes"),
    ("beats", "scenes"),
    ("timeline", "scenes"),
    ("acts", "scenes"),
    ("path", "file"),
    ("src", "file"),
    ("href", "url"),
];

/// Whether a map is a scene, by its fields.
fn is_scene(fields: &[&str]) -> bool {
    fields.contains(&"prompt") && fields.contains(&"after")
}

/// Whether a map is the storyboard or an included file.
fn is_whole(field: &UnknownField<'_>) -> bool {
    field.fields.contains(&"vars") || field.noun == INCLUDED
}

/// Whether a value names a recording.
fn is_recording(value: Option<&str>) -> bool {
    const ENDS: [&str; 7] = [".mp3", ".wav", ".m4a", ".aac", ".ogg", ".oga", ".flac"];
    let value = value.unwrap_or_default().trim().to_ascii_lowercase();
    ENDS.iter().any(|end| value.ends_with(end))
}

/// The field that means the same here.
pub(super) fn same(field: &UnknownField<'_>) -> Option<&'static str> {
    let plain = normal(field.key);
    let is_of_scenes = field.fields.contains(&"t2v") && OF_SCENES.contains(&field.key);
    if is_of_scenes || plain == "acts" && field.holds_lists {
        return None;
    }
    let known = |name: &str| field.fields.iter().find(|known| **known == name).copied();
    if is_scene(field.fields) {
        match (field.looks, plain.as_str()) {
            (
                SceneLook::Still,
                "camera" | "cameramove" | "cameramovement" | "cameramotion" | "motion" | "movement"
                | "animation",
            ) => return known("move"),
            (
                SceneLook::Card,
                "title" | "heading" | "headline" | "content" | "body" | "message" | "textoverlay"
                | "overlay" | "overlaytext" | "onscreentext" | "caption",
            ) => return known("text"),
            (SceneLook::Avatar, "audio" | "audiofile" | "recording") => return known("voice"),
            (SceneLook::Avatar, _) if is_speech(&plain) => return None,
            (_, "vo" | "voiceover" | "script" | "speech" | "says" | "spoken") => {
                return known(if is_recording(field.value) { "voiceover" } else { "narration" });
            }
            _ => {}
        }
    }
    let mut others = OTHER_NAMES.iter().filter(|(name, _)| *name == plain);
    others.find_map(|(_, name)| known(name))
}

/// Whether a field holds what someone says.
pub(super) fn is_speech(plain: &str) -> bool {
    matches!(
        plain,
        "text"
            | "dialogue"
            | "dialog"
            | "script"
            | "speech"
            | "says"
            | "line"
            | "lines"
            | "spoken"
            | "spokentext"
            | "voicetext"
    )
}

/// What to do about a field that has no other name here.
pub(super) fn advice(field: &UnknownField<'_>) -> Option<String> {
    let UnknownField { key, fields, looks, value, .. } = *field;
    let plain = normal(key);
    let plain = plain.as_str();
    let keep = |why: &str| Some(format!("keep it as `notes:` or `x-{key}:`: {why}"));
    let said = |text: &str| Some(text.to_string());
    match plain {
        "music" | "soundtrack" | "bgm" | "backgroundmusic" | "score" | "sfx" | "soundeffects"
        | "soundfx" | "ambience" | "ambientsound" | "foley" => {
            return keep("music and effects are added in an editor, to the finished cut");
        }
        "transition" | "transitions" | "transitionin" | "transitionout" | "fade" | "fadein"
        | "fadeout" | "crossfade" | "dissolve" => {
            return keep("transitions are made in an editor, with the finished cut");
        }
        "speed" | "playbackspeed" | "playbackrate" | "slowmotion" | "slowmo" | "timewarp" => {
            return keep("videos are shown at the speed at which they are made");
        }
        _ => {}
    }
    if fields.contains(&"t2v") && OF_SCENES.contains(&key) {
        return said("write it in each scene: it has no default");
    }
    if is_whole(field) {
        return match plain {
            "acts" => said("write their shots as one list `scenes:`, each shot with `act: 1`"),
            "model" | "duration" | "resolution" | "aspectratio" | "type" | "negativeprompt"
            | "sound" | "takes" | "tags" => {
                Some(format!("write `defaults: {{ {key}: … }}`: it applies to all scenes"))
            }
            "settings" | "config" | "options" | "global" | "globals" | "common" => {
                said("write what applies to all scenes under `defaults:`")
            }
            _ => None,
        };
    }
    if fields == ["was", "scenes"] {
        return match plain {
            "audio" | "voiceover" | "narration" | "captions" | "subtitles" => {
                keep("a cut only joins scenes, the rest is done in an editor")
            }
            _ => None,
        };
    }
    if fields == ["scene", "length"] {
        return match plain {
            "start" | "in" | "from" | "trim" | "offset" | "trimstart" | "starttime" => {
                keep("a clip begins where its scene begins")
            }
            "end" | "out" | "to" | "trimend" | "endtime" => {
                said("write `length:`, the seconds from the start of the scene")
            }
            _ => None,
        };
    }
    if fields.contains(&"aspect_ratio") {
        match plain {
            "mode" => return said("write `resolution`: `std` is 720p, `pro` 1080p, `4K` 4k"),
            "width" | "height" | "dimensions" => return said(SIZE),
            "size" if looks != SceneLook::Card => return said(SIZE),
            _ => {}
        }
    }
    if !fields.contains(&"prompt") {
        return None;
    }
    match plain {
        "kenburns" => said("write `move: push in`"),
        "camera" | "cameracontrol" | "cameramove" | "cameramovement" | "cameramotion"
        | "movement" | "lens" | "lighting" | "mood" | "style" | "motion" | "action"
        | "dialogue" | "dialog" | "audioprompt" | "angle" | "cameraangle" | "shotsize"
        | "composition" | "animation" => match looks {
            SceneLook::Still | SceneLook::Card => {
                keep("nothing is generated here that it could describe")
            }
            _ => said("remove it, and describe it in `prompt`: the API has no such field"),
        },
        "creativity" | "guidance" | "guidancescale" | "cfg" => {
            said("write `cfg_scale`, from 0 to 1: higher follows the prompt more closely")
        }
        "steps" | "sampler" | "scheduler" | "strength" | "motionbucketid" | "fps" => {
            said("remove it: the API has no such setting")
        }
        "subtitle" | "subtitles" if looks == SceneLook::Card => {
            said("write it as another line of `text`")
        }
        "caption" | "captions" | "subtitle" | "subtitles" => said(
            "write what is said as `narration`, and text on the screen as a `type: card` scene",
        ),
        "textoverlay" | "overlay" | "overlaytext" | "onscreentext" | "lowerthird" | "super"
        | "supers" | "textonscreen" | "heading" | "headline" => said(
            "write it as a scene of `type: card`, or lay it over the finished cut in an editor",
        ),
        "imageprompt" | "imagedescription" => keep(
            "kling-build makes no pictures; a picture is a file in `image`, and `prompt` says what \
             happens in the clip",
        ),
        "audio" | "audiofile" if is_recording(value) => said(
            "write `voiceover:` if a narrator speaks in it; music and effects are added in an \
             editor",
        ),
        "audio" | "audiofile" => keep("sounds are added in an editor, or described in `prompt`"),
        "background" | "backgroundcolor" | "bg" | "bgcolor" | "color" | "colour" | "font"
        | "fontsize" | "size" | "fontcolor" | "textcolor"
            if looks == SceneLook::Card =>
        {
            keep("all cards look alike")
        }
        "background" if matches!(value.map(str::trim), Some("input_video" | "input_image")) => {
            said("write `background_source`")
        }
        "description" | "comment" | "comments" | "note" | "priority" | "status" | "owner"
        | "camerashot" | "shottype" | "framing" | "location" | "setting" | "place"
        | "background" | "character" | "characters" | "cast" | "props" | "wardrobe" | "costume"
        | "timeofday" | "weather" | "emotion" | "beat" | "purpose" | "summary" | "subject" => {
            said("write it in `prompt` if the model is to know it, else under `notes:`")
        }
        "start" | "end" | "in" | "out" | "starttime" | "endtime" | "timecode" | "timestamp"
        | "timing" | "tc" => {
            keep("scenes follow each other as written, each as long as `duration`")
        }
        "number" | "order" | "index" | "shot" | "scene" | "shotnumber" | "scenenumber" | "no" => {
            keep("scenes follow each other as written")
        }
        "file" | "path" | "src" | "source" | "clip" | "footage" => said(
            "a video that you have is adopted as a scene's take: see `kling-build adopt --help`; \
             a picture is `image`",
        ),
        "frames" | "framecount" => match value {
            Some(value) if value.trim().parse::<u32>().is_ok() => {
                let advice = written_seconds::advice(&format!("{} frames", value.trim()));
                Some(advice.replacen('`', "`duration: ", 1))
            }
            _ => said("write `duration`, in seconds"),
        },
        "n" | "count" | "numvideos" | "variations" | "seeds" if fields.contains(&"takes") => {
            said("write `takes: 3` for as many takes to choose from")
        }
        _ => None,
    }
}

/// How the size of a picture is written.
const SIZE: &str = "write `aspect_ratio` and `resolution`: `16:9` in `1080p` is 1920×1080";

/// Fields that scenes have and defaults do not.
const OF_SCENES: [&str; 21] = [
    "id",
    "label",
    "was",
    "text",
    "move",
    "narration",
    "voiceover",
    "length",
    "end_image",
    "key_images",
    "video",
    "references",
    "elements",
    "character_orientation",
    "background_source",
    "shots",
    "for_each",
    "key",
    "after",
    "act",
    "camera",
];
