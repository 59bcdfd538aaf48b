//! Profiles: values that override those of scenes and defaults, and what is said when they do not
//! suit a scene.

mod memory_files;

use kling_build::report::render;
use kling_build::storyboard::{
    Film, Overrides, Reading, Scene, SceneField, Shot, ValueOrigin, read_with,
};
use memory_files::memory_files;

const FILM: &str = "version: 1
vars: { secs: 5, long: 10 }
profiles:
  draft:
    model: kling-2-5-turbo
    duration: \"{{secs}}\"
    resolution: 720p
    avatar: { resolution: 720p }
  wide: { aspect_ratio: \"16:9\", t2v: { model: kling-2-1 }, i2v: { model: kling-2-1-pro } }
defaults: { model: kling-2-6, duration: 10, aspect_ratio: \"9:16\", avatar: { resolution: 1080p } }
scenes:
  opening: { type: t2v, prompt: fog, duration: \"{{long}}\", resolution: 1080p, seed: 45678 }
  reveal: { type: i2v, prompt: fog, image: { scene: opening, frame: 4 } }
  host: { type: avatar, image: a.png, voice: a.mp3, duration: 8 }
";

fn reading(text: &str, profile: Option<&str>) -> Reading {
    let profile = profile.map(|name| name.parse().unwrap());
    let overrides = Overrides { profile, ..Overrides::default() };
    read_with("film.yaml", text.as_bytes(), &overrides, memory_files::<&str, &str>(&[]))
}

fn film(profile: Option<&str>) -> Film {
    let reading = reading(FILM, profile);
    assert!(reading.diagnostics.is_empty(), "{}", render(&reading.diagnostics, false));
    reading.film.unwrap()
}

/// Model, length, resolution and shape of a scene.
fn facts(scene: &Scene) -> String {
    let clip = match &scene.shot {
        Shot::T2v { clip, .. } | Shot::I2v { clip, .. } => {
            format!("{} s {}", clip.duration.unwrap(), clip.aspect_ratio.unwrap())
        }
        Shot::Avatar { stated_seconds, .. } => format!("{} s", stated_seconds.unwrap()),
        Shot::Still { frame, .. } | Shot::Card { frame, .. } => {
            format!("{} s {}", frame.millis as f64 / 1_000.0, frame.aspect_ratio)
        }
    };
    format!("{} {clip} {}", scene.model, scene.resolution())
}

#[test]
fn a_profile_overrides_scenes_and_defaults() {
    let all = |profile| film(profile).scenes.iter().map(facts).collect::<Vec<_>>();
    assert_eq!(
        all(None),
        ["kling-2-6 10 s 9:16 1080p", "kling-2-6 10 s 9:16 1080p", "kling-avatar 8 s 1080p"]
    );
    // The length of a voice and the model of an avatar are not those of clips.
    assert_eq!(
        all(Some("draft")),
        ["kling-2-5-turbo 5 s 9:16 720p", "kling-2-5-turbo 5 s 9:16 720p", "kling-avatar 8 s 720p"]
    );
    assert_eq!(
        all(Some("wide")),
        ["kling-2-1 10 s 16:9 1080p", "kling-2-1-pro 10 s 16:9 1080p", "kling-avatar 8 s 1080p"]
    );
    assert_eq!(film(Some("draft")).profile.unwrap().as_str(), "draft");
    assert!(film(None).profile.is_none());
}

#[test]
fn values_of_a_profile_name_it_as_their_origin() {
    let film = film(Some("draft"));
    let shown = |scene: usize, field| match film.origin_of(&film.scenes[scene], field) {
        ValueOrigin::Profile { profile, place, .. } => format!("profile {profile} {place}"),
        ValueOrigin::Written { place, .. } => format!("written {place}"),
        ValueOrigin::Defaults { place, .. } => format!("defaults {place}"),
        ValueOrigin::Unwritten => "unwritten".to_string(),
    };
    assert_eq!(shown(0, SceneField::Model), "profile draft film.yaml:5:12");
    assert_eq!(shown(0, SceneField::Duration), "profile draft film.yaml:6:15");
    assert_eq!(shown(0, SceneField::Seed), "written film.yaml:12:85");
    assert_eq!(shown(0, SceneField::AspectRatio), "defaults film.yaml:10:59");
    assert_eq!(shown(2, SceneField::Resolution), "profile draft film.yaml:8:27");
    assert_eq!(shown(2, SceneField::Duration), "written film.yaml:14:63");
    assert_eq!(shown(2, SceneField::Model), "unwritten");
}

/// What is wrong with the scenes of a film under the profile `draft`.
fn wrong(profile: &str, scenes: &str) -> String {
    let text = format!("version: 1\nprofiles: {{ draft: {profile} }}\nscenes:\n{scenes}");
    let without = reading(&text, None);
    assert!(without.is_right(), "{}", render(&without.diagnostics, false));
    render(&reading(&text, Some("draft")).diagnostics, false)
}

#[test]
fn what_does_not_suit_a_scene_points_at_the_profile() {
    let long = format!("  a: {{ type: i2v, image: a.png, prompt: {} }}\n", "fog ".repeat(10));
    let messages = [
        wrong("{ model: kling-2-1 }", &long),
        wrong(
            "{ duration: 5 }",
            "  a: { type: t2v, prompt: fog, duration: 10 }\n  b: { type: i2v, prompt: fog, image: { scene: a, frame: 7 } }\n",
        ),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn an_unknown_profile_lists_the_known_ones() {
    let said = |text: &str, name| render(&reading(text, Some(name)).diagnostics, false);
    let none = "version: 1\nscenes: { a: { type: t2v, prompt: fog } }\n";
    let messages = [said(FILM, "darft"), said(FILM, "final"), said(none, "draft")];
    insta::assert_snapshot!(messages.join("\n"));
    assert!(reading(FILM, Some("darft")).film.unwrap().profile.is_none());
}
