//! Tags: from the scene, the defaults, rows and variants.

use kling_build::storyboard::{Film, Overrides, read};

fn film(text: &str) -> Film {
    let reading = read("storyboard.yaml", text.as_bytes(), &Overrides::default());
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
    reading.film.unwrap()
}

fn tags(film: &Film, scene: &str) -> String {
    let scene = film.scene(&scene.parse().unwrap()).unwrap();
    scene.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn scene_tags_add_to_default_tags() {
    let film = film(
        "version: 1\n\
         defaults: { tags: [launch], t2v: { tags: still, prompt: fog }, avatar: { tags: [talk] } }\n\
         scenes:\n  dawn: { type: t2v, tags: [act1, hero, act1] }\n  dusk: { type: t2v }\n  \
         host: { type: avatar, image: a.png, voice: a.mp3, tags: \"act2, hero\" }\n  \
         none: { type: t2v, tags: [] }\n",
    );
    assert_eq!(tags(&film, "dawn"), "act1 hero launch still");
    assert_eq!(tags(&film, "dusk"), "launch still");
    assert_eq!(tags(&film, "host"), "act2 hero launch talk");
    assert_eq!(tags(&film, "none"), "launch still");
}

#[test]
fn tags_may_be_templates() {
    let film = film(
        "version: 1\nmatrix: { lang: [en, de] }\ndefaults: { tags: [\"in-{{lang}}\"] }\nscenes:\n  \
         card:\n    type: t2v\n    prompt: fog\n    \
         tags: [\"{{item.tags}}\", \"{{#if item.big}}big{{/if}}\", 2024]\n    \
         for_each: [{ id: a, tags: \"red, new\", big: true }, { id: b, tags: \"\", big: false }]\n",
    );
    assert_eq!(tags(&film, "card.a.en"), "2024 big in-en new red");
    assert_eq!(tags(&film, "card.b.de"), "2024 in-de");
}
