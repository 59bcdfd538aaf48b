//! Words that shot lists use: names with digits, lists, notes, acts, units.

use kling_build::storyboard::{Film, Overrides, read};

fn film(text: &str) -> Film {
    let reading = read("storyboard.yaml", text.as_bytes(), &Overrides::default());
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
    reading.film.unwrap()
}

fn names(film: &Film) -> Vec<&str> {
    film.scenes.iter().map(|scene| scene.id.as_str()).collect()
}

/// What would be generated, in which order.
fn shots(film: &Film) -> Vec<String> {
    let scenes = film.scenes.iter();
    scenes.map(|scene| format!("{} {:?} after {:?}", scene.id, scene.shot, scene.after)).collect()
}

fn tags(film: &Film, at: usize) -> Vec<&str> {
    film.scenes[at].tags.iter().map(|tag| tag.as_str()).collect()
}

#[test]
fn a_list_of_scenes_is_the_same_film_as_a_map() {
    let list = "version: 1\ndefaults: { type: t2v }\nscenes:\n\
        - id: opening\n  prompt: fog\n  duration: 5 seconds\n\
        - { id: 010_dawn, prompt: sun, after: [opening] }\n\
        - { id: 1.1, type: i2v, prompt: rain, image: { scene: 010_dawn } }\n\
        cuts: { film: { scenes: [opening, 010_dawn, 1.1] } }\n";
    let map = "version: 1\nscenes:\n  opening: { type: t2v, prompt: fog, duration: 5 }\n  \
        010_dawn: { type: t2v, prompt: sun, after: [opening] }\n  \
        1.1: { type: i2v, prompt: rain, image: { scene: 010_dawn } }\n\
        cuts: { film: { scenes: [opening, 010_dawn, 1.1] } }\n";
    let [list, map] = [list, map].map(film);
    assert_eq!(names(&list), ["opening", "010_dawn", "1.1"]);
    assert_eq!(shots(&list), shots(&map));
    assert_eq!(list.cuts, map.cuts);
}

#[test]
fn names_may_be_numbers() {
    let film = film(
        "version: 1\ndefaults: { type: t2v, prompt: fog }\nscenes:\n  01: {}\n  1.10: {}\n  \
         2: { for_each: [7, 8] }\n  3-b: { was: 2b }\n\
         cuts: { film: { scenes: [01, 1.10, 2, 3-b] }, 4: { scenes: [01] } }\n",
    );
    assert_eq!(names(&film), ["01", "1.10", "2.7", "2.8", "3-b"]);
    assert_eq!(film.cuts[1].id.as_str(), "4");
}

#[test]
fn the_type_of_a_scene_may_be_a_default() {
    let film = film(
        "version: 1\ndefaults: { type: i2v, image: a.png, prompt: fog }\nscenes:\n  a: {}\n  \
         b: { type: t2v }\n  c: { type: avatar, voice: a.mp3 }\n",
    );
    let types: Vec<String> =
        film.scenes.iter().map(|scene| scene.scene_type().to_string()).collect();
    assert_eq!(types, ["i2v", "t2v", "avatar"]);
}

#[test]
fn notes_are_in_no_scene() {
    let with = film(
        "version: 1\nnotes: [any, { thing: 1 }]\nx-common: &common { duration: 10 }\n\
         defaults: { type: t2v, notes: y }\nscenes:\n  \
         a: { prompt: fog, notes: \"{{nobody}}\", x-status: { approved: true }, <<: *common }\n\
         cuts: { film: { scenes: [a], x-y: 1 } }\n",
    );
    let without = film(
        "version: 1\nscenes:\n  a: { type: t2v, prompt: fog, duration: 10 }\n\
         cuts: { film: { scenes: [a] } }\n",
    );
    assert_eq!(shots(&with), shots(&without));
}

#[test]
fn numbers_are_compared_by_value() {
    let film = film(
        "version: 1\nvars: { a: 5.0, b: 5, c: \"5\", d: [1, 2] }\nscenes:\n  a:\n    type: t2v\n    \
         prompt: \"{{#if (eq a b)}}1{{/if}}{{#if (ne a b)}}2{{/if}}{{#if (eq a 5)}}3{{/if}}\
         {{#if (eq b c)}}4{{/if}}{{#if (ne b c)}}5{{/if}}{{#if (eq d d)}}6{{/if}}\
         {{#if (eq c \\\"5\\\")}}7{{/if}}\"\n",
    );
    assert!(shots(&film)[0].contains("prompt: \"13567\""), "{:?}", shots(&film));
}

#[test]
fn an_act_is_a_tag() {
    let film = film(
        "version: 1\ndefaults: { type: t2v, prompt: fog }\nscenes:\n  a: { act: 1 }\n  \
         b: { act: Act 2, tags: [hero] }\n  c: { act: act_3 }\n  d: { act: The finale }\n  \
         e: { act: \"{{item}}\", for_each: [4] }\n  f: { act: \"\" }\n",
    );
    let found: Vec<_> = (0..6).map(|at| tags(&film, at)).collect();
    let expected: [&[&str]; 6] =
        [&["act1"], &["act2", "hero"], &["act3"], &["the-finale"], &["act4"], &[]];
    assert_eq!(found, expected);
}

#[test]
fn lengths_may_have_a_unit() {
    for written in ["10", "10 s", "10s", "10 seconds", "\"10 sec\"", "10.0 secs"] {
        let film = film(&format!(
            "version: 1\nscenes:\n  a: {{ type: t2v, prompt: fog, duration: {written} }}\n"
        ));
        assert_eq!(film.scenes[0].clip().unwrap().duration, Some(10), "{written}");
    }
}
