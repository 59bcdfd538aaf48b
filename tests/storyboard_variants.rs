//! The matrix: which scenes and cuts it creates, their names, and what they share.

use kling_build::storyboard::{Film, Overrides, Seed, read};

fn film(text: &str) -> Film {
    let reading = read("storyboard.yaml", text.as_bytes(), &Overrides::default());
    assert!(reading.is_right(), "{:#?}", reading.diagnostics);
    reading.film.unwrap()
}

fn ids(film: &Film) -> Vec<&str> {
    film.scenes.iter().map(|scene| scene.id.as_str()).collect()
}

#[test]
fn every_variant_has_every_scene_and_cut() {
    let film = film(
        "version: 1\nmatrix:\n  lang: [en, de]\n  aspect: [16:9, 9:16]\n  \
         exclude: [{ lang: de, aspect: 9:16 }]\nscenes:\n  \
         dawn: { type: t2v, prompt: 'fog {{lang}} {{scene.variant}} {{scene.id}} {{scene.index}}', \
         aspect_ratio: '{{aspect}}' }\n  \
         harbor: { type: i2v, prompt: fog, image: { scene: dawn }, after: [dawn] }\n\
         cuts: { all: { scenes: [dawn] } }\n",
    );
    assert_eq!(
        ids(&film),
        [
            "dawn.en.16x9",
            "dawn.en.9x16",
            "dawn.de.16x9",
            "harbor.en.16x9",
            "harbor.en.9x16",
            "harbor.de.16x9"
        ]
    );
    assert_eq!(film.scenes[2].prompt(), Some("fog de de.16x9 dawn 1"));
    assert_eq!(film.scenes[1].clip().unwrap().aspect_ratio.unwrap().to_string(), "9:16");
    let harbor = &film.scenes[5];
    assert_eq!(harbor.sources().next().unwrap().1.as_str(), "dawn.de.16x9");
    assert_eq!(harbor.after[0].as_str(), "dawn.de.16x9");
    assert_eq!(harbor.base.as_str(), "harbor");
    let cuts: Vec<(&str, &str)> =
        film.cuts.iter().map(|cut| (cut.id.as_str(), cut.clips[0].scene.as_str())).collect();
    assert_eq!(
        cuts,
        [
            ("all.en.16x9", "dawn.en.16x9"),
            ("all.en.9x16", "dawn.en.9x16"),
            ("all.de.16x9", "dawn.de.16x9")
        ]
    );
    let place = film.place_of(&film.scenes[4].id, "prompt").unwrap();
    assert_eq!(place.to_string(), "storyboard.yaml:8:32");
}

#[test]
fn variants_share_their_automatic_seed_with_the_film_without_variants() {
    let scene = "scenes: { dawn: { type: t2v, prompt: fog } }\n";
    let alone = film(&format!("version: 1\n{scene}"));
    let varied = film(&format!("version: 1\nmatrix: {{ lang: [en, de] }}\n{scene}"));
    let seed = |film: &Film, at: usize| film.scenes[at].clip().unwrap().seed;
    assert!(matches!(seed(&alone, 0), Some(Seed::Auto(_))));
    assert_eq!(seed(&alone, 0), seed(&varied, 0));
    assert_eq!(seed(&alone, 0), seed(&varied, 1));
}

#[test]
fn axis_values_may_be_maps_and_come_from_variables() {
    let film = film(
        "version: 1\nvars: { secs: 10, lengths: [5, '{{secs}}'] }\nmatrix:\n  \
         lang: { en: { word: rise, note: soft }, de: { word: aufgehen } }\n  \
         length: '{{lengths}}'\n\
         partials: { say: \"{{lang.word}}{{#if lang.note}} ({{lang.note}}){{/if}}\" }\nscenes:\n  \
         a: { type: t2v, duration: '{{length}}', prompt: '{{lang.id}}: {{> say}}' }\n",
    );
    assert_eq!(ids(&film), ["a.en.5", "a.en.10", "a.de.5", "a.de.10"]);
    let prompts: Vec<_> = film.scenes.iter().map(|scene| scene.prompt().unwrap()).collect();
    assert_eq!(prompts, ["en: rise (soft)", "en: rise (soft)", "de: aufgehen", "de: aufgehen"]);
    assert_eq!(film.scenes[3].clip().unwrap().duration, Some(10));
}

#[test]
fn a_scene_can_refer_to_another_variant() {
    let film = film(
        "version: 1\nmatrix: { lang: [en, de] }\nscenes:\n  \
         a: { type: t2v, prompt: '{{lang}}' }\n  \
         b: { type: i2v, prompt: fog, image: { scene: a.en } }\n  \
         c: { type: i2v, prompt: fog, image: { scene: 'a.{{lang}}' } }\n",
    );
    let sources: Vec<&str> =
        film.scenes[2..].iter().map(|scene| scene.sources().next().unwrap().1.as_str()).collect();
    assert_eq!(sources, ["a.en", "a.en", "a.en", "a.de"]);
}

#[test]
fn scene_names_may_contain_dots() {
    let film = film(
        "version: 1\nscenes:\n  host.en.16x9: { type: t2v, prompt: '{{scene.id}}' }\n  \
         b.0: { type: i2v, prompt: fog, image: { scene: host.en.16x9 }, after: [host.en.16x9] }\n\
         cuts: { all.en: { scenes: [host.en.16x9, b.0] } }\n",
    );
    assert_eq!(ids(&film), ["host.en.16x9", "b.0"]);
    assert_eq!(film.scenes[0].prompt(), Some("host.en.16x9"));
    assert_eq!(film.scenes[1].sources().next().unwrap().1.as_str(), "host.en.16x9");
    assert_eq!(film.scenes[1].after[0].as_str(), "host.en.16x9");
    assert_eq!(film.cuts[0].id.as_str(), "all.en");
    assert_eq!(film.cuts[0].clips.len(), 2);
}

#[test]
fn labels_default_to_the_name_without_the_variant() {
    let film = film(
        "version: 1\nmatrix: { lang: [en, de] }\nscenes:\n  a: { type: t2v, prompt: fog }\n  \
         b.c: { type: t2v, prompt: fog, label: ' {{upper scene.id}} in {{lang}} ' }\n",
    );
    let labels: Vec<&str> = film.scenes.iter().map(|scene| scene.label()).collect();
    assert_eq!(labels, ["a", "a", "B.C in en", "B.C in de"]);
}
