//! OpenTimelineIO: the timeline as JSON, with every field that the library of version 0.18 writes,
//! so that it reads and writes the file without a difference.
//!
//! The picture is track `V1`; if a scene has sound, track `A1` has the sounds, with gaps where a
//! scene is silent. Times are frames of the cut's rate. Every clip has a marker at its start with
//! what made the take. Other takes of a scene are further media references, and a program can
//! switch to them. The library writes a text only up to U+0000 (`findings/otio-text-ends-at-
//! nul.sh`), so that character becomes `�` here.

use serde_json::{Map, Value, json};

use super::clips::{OtherTake, Timeline, TimelineClip, media_url};
use crate::base::FrameRate;
use crate::report::format::json::pretty;

/// The reference that a clip shows (`Clip::default_media_key` of the library).
const DEFAULT_MEDIA: &str = "DEFAULT_MEDIA";
/// The name of our part of each object's metadata.
const OURS: &str = "kling-build";

/// The text of an `.otio` file.
pub fn otio(timeline: &Timeline<'_>) -> String {
    let picture = timeline.clips.iter().map(|clip| picture_clip(timeline, clip)).collect();
    let mut tracks = vec![track("V1", "Video", picture)];
    let sounds = sounds(timeline);
    if !sounds.is_empty() {
        tracks.push(track("A1", "Audio", sounds));
    }
    let mut stack = item("Stack.1", "tracks", &Value::Null, Vec::new(), json!({}));
    stack.insert("children".into(), tracks.into());
    let about = json!({
        "title": timeline.title.map(without_nul),
        "video": media_url(&timeline.cut.path),
        "width": timeline.size.width,
        "height": timeline.size.height,
    });
    pretty(&json!({
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": { OURS: about },
        "name": timeline.cut.name,
        "global_start_time": null,
        "tracks": stack,
    }))
}

/// A text without the character at which the library would end it.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn track(name: &str, kind: &str, children: Vec<Value>) -> Value {
    let mut track = item("Track.1", name, &Value::Null, Vec::new(), json!({}));
    track.insert("children".into(), children.into());
    track.insert("kind".into(), kind.into());
    track.into()
}

/// What all that can be on a track have in common (`Item` of the library).
fn item(
    schema: &str,
    name: &str,
    source_range: &Value,
    markers: Vec<Value>,
    metadata: Value,
) -> Map<String, Value> {
    let item = json!({
        "OTIO_SCHEMA": schema,
        "metadata": metadata,
        "name": name,
        "source_range": source_range,
        "effects": [],
        "markers": markers,
        "enabled": true,
        "color": null,
    });
    let Value::Object(item) = item else { unreachable!("written as an object") };
    item
}

fn clip(timeline: &Timeline<'_>, clip: &TimelineClip<'_>, markers: Vec<Value>) -> Value {
    let used = range(clip.used.start, clip.frames(), timeline.rate);
    let about = json!({ OURS: { "scene": clip.scene.scene, "take": clip.scene.take } });
    let mut item = item("Clip.2", clip.scene.scene.as_str(), &used, markers, about);
    item.insert("media_references".into(), references(timeline, clip));
    item.insert("active_media_reference_key".into(), DEFAULT_MEDIA.into());
    item.into()
}

fn picture_clip(timeline: &Timeline<'_>, of: &TimelineClip<'_>) -> Value {
    let scene = of.scene;
    let prompt = scene.prompt.as_deref().map(without_nul);
    let marker = json!({
        "OTIO_SCHEMA": "Marker.2",
        "metadata": { OURS: {
            "prompt": &prompt,
            "model": scene.model,
            "seed": scene.seed,
            "take": scene.take,
            "key": scene.key,
        } },
        "name": format!("{} take {}", scene.scene, scene.take),
        "color": "GREEN",
        "marked_range": range(of.used.start, 1, timeline.rate),
        "comment": prompt.unwrap_or_default(),
    });
    clip(timeline, of, vec![marker])
}

/// The sounds, with gaps between them; empty if there is none.
fn sounds(timeline: &Timeline<'_>) -> Vec<Value> {
    let mut sounds = Vec::new();
    let mut filled = 0;
    for of in timeline.clips.iter().filter(|clip| clip.sound.is_some()) {
        if of.starts > filled {
            let silent = range(0, of.starts - filled, timeline.rate);
            sounds.push(item("Gap.1", "", &silent, Vec::new(), json!({})).into());
        }
        sounds.push(clip(timeline, of, Vec::new()));
        filled = of.starts + of.frames();
    }
    sounds
}

fn references(timeline: &Timeline<'_>, clip: &TimelineClip<'_>) -> Value {
    let scene = clip.scene;
    let whole = range(0, clip.source_frames, timeline.rate);
    let about = json!({ "take": scene.take, "seed": scene.seed, "key": scene.key });
    let mut references = Map::new();
    references.insert(DEFAULT_MEDIA.into(), reference(&scene.video, whole, about));
    for other in clip.others {
        let OtherTake { take, key, seed, video, seconds } = other;
        let frames = (seconds * timeline.rate.per_second()).round() as u64;
        let about = json!({ "take": take, "seed": seed, "key": key });
        let whole = range(0, frames, timeline.rate);
        references.insert(format!("take {take}"), reference(video, whole, about));
    }
    references.into()
}

fn reference(video: &str, whole: Value, about: Value) -> Value {
    json!({
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": { OURS: about },
        "name": video.rsplit('/').next().unwrap_or(video),
        "available_range": whole,
        "available_image_bounds": null,
        "target_url": media_url(video),
    })
}

fn range(start: u64, duration: u64, rate: FrameRate) -> Value {
    json!({
        "OTIO_SCHEMA": "TimeRange.1",
        "duration": time(duration, rate),
        "start_time": time(start, rate),
    })
}

fn time(frames: u64, rate: FrameRate) -> Value {
    json!({
        "OTIO_SCHEMA": "RationalTime.1",
        "rate": rate.per_second(),
        "value": frames as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::super::clips::tests::film;
    use super::*;

    #[test]
    fn no_text_ends_early() {
        let (mut film, others) = film();
        film.scenes[0].prompt = Some("fog\0 and rain".into());
        film.title = Some("\0".into());
        let text = otio(&Timeline::of(&film.cuts[0], &film, &others).unwrap());
        assert!(text.contains("\"comment\": \"fog� and rain\"") && !text.contains("\\u0000"));
    }

    #[test]
    fn a_timeline_has_pictures_sounds_markers_and_other_takes() {
        let (film, others) = film();
        insta::assert_snapshot!(otio(&Timeline::of(&film.cuts[0], &film, &others).unwrap()));
    }
}
