//! Valid storyboards: fields, defaults, templates, overrides.

use super::*;
use crate::base::{Credits, Diagnostic, Source};
use crate::catalog::{AspectRatio, Resolution};

fn film_with(text: &str, overrides: &Overrides) -> Film {
    let reading = read("storyboard.yaml", text.as_bytes(), overrides);
    let wrong: Vec<&Diagnostic> = reading.diagnostics.iter().filter(|one| one.is_error()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    reading.film.unwrap()
}

fn film(text: &str) -> Film {
    film_with(text, &Overrides::default())
}

fn codes(text: &str, overrides: &Overrides) -> Vec<(String, &'static str)> {
    let reading = read("storyboard.yaml", text.as_bytes(), overrides);
    let place = |one: &Diagnostic| one.place.as_ref().map_or(String::new(), |p| p.to_string());
    reading.diagnostics.iter().map(|one| (place(one), one.code)).collect()
}

fn prompt(vars: &str, partials: &str, prompt: &str) -> String {
    let text = format!(
        "version: 1\ntitle: Home\nvars: {{ {vars} }}\npartials: {{ {partials} }}\n\
         scenes:\n  opening: {{ type: t2v, prompt: '{prompt}' }}\n"
    );
    film(&text).scenes[0].prompt().unwrap().to_string()
}

fn scene<'f>(film: &'f Film, id: &str) -> &'f Scene {
    film.scene(&id.parse().unwrap()).unwrap()
}

#[test]
fn omitted_fields_come_from_the_catalog() {
    let film = film(
        "version: 1\nscenes:\n  a: { type: t2v, prompt: fog }\n  \
         b: { type: avatar, image: a.png, voice: a.mp3 }\n",
    );
    let a = scene(&film, "a");
    assert_eq!(a.model.as_str(), "kling-2-5-turbo");
    let clip = a.clip().unwrap();
    assert_eq!((clip.duration, clip.resolution), (Some(5), Resolution::P1080));
    assert_eq!(clip.aspect_ratio, Some(AspectRatio::WIDE));
    assert!(matches!(clip.seed, Some(Seed::Auto(10_000..=99_999))));
    let b = scene(&film, "b");
    assert_eq!((b.model.as_str(), b.resolution()), ("kling-avatar", Resolution::P720));
    assert!(matches!(b.shot, Shot::Avatar { stated_seconds: None, .. }));
    assert_eq!((film.title, film.budget), (None, None));
}

#[test]
fn defaults_fill_only_supported_fields() {
    let film = film(
        "version: 1\ndefaults: { model: kling-2-6, duration: 10, resolution: 1080p, \
         aspect_ratio: 9:16, seed: random, prompt: fog, image: a.png, voice: a.mp3 }\n\
         scenes:\n  a: { type: t2v }\n  b: { type: i2v, duration: 5, seed: 12345 }\n  \
         c: { type: avatar, duration: 7.5 }\n",
    );
    let a = scene(&film, "a").clip().unwrap();
    assert_eq!(
        (a.duration, a.aspect_ratio, a.seed),
        (Some(10), Some(AspectRatio::TALL), Some(Seed::Random))
    );
    let b = scene(&film, "b");
    assert_eq!(b.model.as_str(), "kling-2-6");
    assert_eq!(b.clip().unwrap().duration, Some(5));
    assert_eq!(b.clip().unwrap().seed, Some(Seed::Fixed(12345)));
    assert_eq!(b.image(), Some(&SceneInput::File("a.png".into())));
    let c = scene(&film, "c");
    assert_eq!((c.model.as_str(), c.resolution()), ("kling-avatar", Resolution::P1080));
    assert!(matches!(c.shot, Shot::Avatar { stated_seconds: Some(7.5), .. }));
}

#[test]
fn images_voices_and_frames() {
    let film = film(
        "version: 1\nscenes:\n  a: { type: t2v, prompt: fog }\n  \
         b: { type: i2v, prompt: fog, image: { scene: a } }\n  \
         c: { type: i2v, prompt: fog, image: { scene: a, frame: 2.5 }, after: [b] }\n  \
         d: { type: i2v, prompt: fog, image: 'https://example.com/a.png' }\n  \
         e: { type: avatar, image: { scene: a, frame: first }, voice: { file: x/../a.mp3 } }\n\
         cuts: { all: { scenes: [a, c, a] } }\n",
    );
    let frame = |id| scene(&film, id).sources().next().map(|(_, from, at)| (from.as_str(), at));
    assert_eq!(frame("b"), Some(("a", Some(FrameAt::Last))));
    assert_eq!(frame("c"), Some(("a", Some(FrameAt::Millis(2_500)))));
    assert_eq!(frame("e"), Some(("a", Some(FrameAt::First))));
    assert_eq!(scene(&film, "c").after, ["b".parse().unwrap()]);
    let url = SceneInput::Url("https://example.com/a.png".into(), None);
    assert_eq!(scene(&film, "d").image(), Some(&url));
    let voice = SceneInput::File("x/../a.mp3".into());
    assert_eq!(scene(&film, "e").shot.voice(), Some(&voice));
    let cut: Vec<&str> = film.cuts[0].scenes().map(|id| id.as_str()).collect();
    assert_eq!(cut, ["a", "c", "a"]);
}

#[test]
fn templates_render() {
    let vars = "product: Aurora One, hero: { name: Mira }, looks: [teal, amber], night: false, \
                count: 0, price: 1.10, size: 2.5, nothing: ~, deep: \"{{hero.name}}s {{base}}\", \
                base: low, three: [one, two, three], one: [one]";
    let partials = "camera: \"35mm {{looks.0}}\", pan: \"{{move}} over {{> camera}}\"";
    for (template, text) in [
        ("{{product}} & \"{{hero.name}}\" <3", "Aurora One & \"Mira\" <3"),
        ("{{vars.product}}/{{vars.hero.name}}", "Aurora One/Mira"),
        ("{{scene.id}} {{scene.index}} {{title}}", "opening 1 Home"),
        ("{{upper product}} {{lower product}}", "AURORA ONE aurora one"),
        ("{{capitalize base}} {{trim \"  x \"}}", "Low x"),
        ("{{join looks \" and \"}}", "teal and amber"),
        ("{{join three \", \" last=\" and \"}}", "one, two and three"),
        ("{{join three \", \"}}; {{join one \", \" last=\" and \"}}", "one, two, three; one"),
        ("{{titlecase \"the old lamp\"}}", "The Old Lamp"),
        ("{{replace product \"One\" \"Two\"}}", "Aurora Two"),
        ("{{truncate \"a long story\" 8}}", "a long"),
        (
            "{{size}} {{plural size \"lamp\" \"lamps\"}}, 1 {{plural 1 \"lamp\" \"lamps\"}}",
            "2.5 lamps, 1 lamp",
        ),
        ("{{pick looks scene.id}} {{pick looks \"x\"}}", "teal amber"),
        ("{{default nobody \"someone\"}} {{default product \"x\"}}", "someone Aurora One"),
        ("{{#if night}}dark{{else}}light{{/if}}{{#unless night}}!{{/unless}}", "light!"),
        ("{{#if count}}some{{else}}none{{/if}} {{price}} {{size}}", "none 1.10 2.5"),
        ("{{#each looks}}{{@index}}{{this}}{{/each}}", "0teal1amber"),
        ("{{#each looks}}{{../product}}{{@root.base}}{{/each}}", "Aurora OnelowAurora Onelow"),
        ("{{#with hero}}{{name}}{{/with}}", "Mira"),
        ("{{> camera}}, {{> pan move=\"slow\"}}", "35mm teal, slow over 35mm teal"),
        ("{{deep}}", "Miras low"),
        ("{{#if (eq product \"Aurora One\")}}yes{{/if}}", "yes"),
        ("50% {x} \\{{raw}}", "50% {x} {{raw}}"),
        ("{{!-- not shown --}}fog", "fog"),
        ("  fog  ", "fog"),
    ] {
        assert_eq!(prompt(vars, partials, template), text, "{template}");
    }
}

#[test]
fn every_scalar_may_be_a_template() {
    let film = film(
        "version: 1\ntitle: '{{name}} launch'\nbudget: '{{credits}}'\n\
         vars: { name: Aurora, credits: 60.5, kind: i2v, secs: 10, n: 45678, first: a, pic: x }\n\
         hosting: { base_url: 'https://{{name}}.example.com' }\nscenes:\n  \
         a: { type: t2v, prompt: '{{title}}' }\n  \
         b: { type: '{{kind}}', prompt: fog, image: { scene: '{{first}}', frame: '{{first}}st' }, \
         duration: '{{secs}}', seed: '{{n}}', after: ['{{first}}'] }\n"
            .replace("{{first}}st", "last")
            .as_str(),
    );
    assert_eq!(film.title.as_deref(), Some("Aurora launch"));
    assert_eq!(film.budget, Some(Credits::from_thousandths(60_500)));
    assert_eq!(film.base_url(), Some("https://Aurora.example.com"));
    assert_eq!(scene(&film, "a").prompt(), Some("Aurora launch"));
    let clip = scene(&film, "b").clip().unwrap();
    assert_eq!((clip.duration, clip.seed), (Some(10), Some(Seed::Fixed(45_678))));
}

#[test]
fn var_wins_over_vars_and_vars_over_the_storyboard() {
    let text = "version: 1\nvars: { a: 1, b: 1, c: 1, d: '{{c}}!' }\nscenes:\n  \
                x: { type: t2v, prompt: '{{a}} {{b}} {{c}} {{d}} {{e}} {{#if f}}y{{else}}n{{/if}}' }\n";
    let overrides = Overrides {
        vars: vec![
            ("c".into(), "4".into()),
            ("e".into(), "{{a}}+".into()),
            ("f".into(), "false".into()),
        ],
        files: vec![Source::new("1.yaml", "b: 2\nc: 2\n"), Source::new("2.yaml", "c: 3\n")],
        ..Overrides::default()
    };
    assert_eq!(film_with(text, &overrides).scenes[0].prompt(), Some("1 2 4 4! 1+ n"));
}

#[test]
fn errors_in_overrides_point_at_them() {
    let text = "version: 1\nvars: { a: 1 }\nscenes:\n  x: { type: t2v, prompt: '{{b}}' }\n";
    let overrides = Overrides {
        vars: vec![("c".into(), "{{aa}}".into()), ("scene".into(), "x".into())],
        files: vec![Source::new("vars.yaml", "\nb: '{{aaa}}'\n"), Source::new("l.yaml", "[1]")],
        ..Overrides::default()
    };
    let expected = [
        ("--var c:1:3", "unknown-variable"),
        ("--var scene:1:1", "reserved-name"),
        ("l.yaml:1:1", "wrong-type"),
        ("vars.yaml:2:7", "unknown-variable"),
    ];
    let found = codes(text, &overrides);
    let found: Vec<(&str, &str)> = found.iter().map(|(at, code)| (at.as_str(), *code)).collect();
    assert_eq!(found, expected);
}

#[test]
fn anchors_and_merges() {
    let film = film(
        "version: 1\nvars: { base: &base { type: t2v, prompt: fog, duration: 10 } }\nscenes:\n  \
         a: *base\n  b: { <<: *base, duration: 5 }\n  c: { <<: [*base, { seed: 12345 }] }\n",
    );
    let duration = |id| scene(&film, id).clip().unwrap().duration.unwrap();
    assert_eq!((duration("a"), duration("b"), duration("c")), (10, 5, 10));
    assert_eq!(scene(&film, "c").clip().unwrap().seed, Some(Seed::Fixed(12345)));
}

#[test]
fn automatic_seeds_depend_on_film_and_scene() {
    let text = |top: &str| {
        format!(
            "version: 1\n{top}scenes:\n  a: {{ type: t2v, prompt: fog }}\n  b: {{ type: t2v, prompt: fog }}\n"
        )
    };
    let seeds = |text: &str| -> Vec<Option<Seed>> {
        film(text).scenes.iter().map(|scene| scene.clip().unwrap().seed).collect()
    };
    let plain = seeds(&text(""));
    assert_eq!(plain, seeds(&text("title: Other\n")));
    assert_ne!(plain[0], plain[1]);
    assert_ne!(plain, seeds(&text("seed: 1\n")));
    // A film with automatic seeds must not become stale when kling-build is updated.
    assert_eq!(plain[0], Some(Seed::Auto(85_972)));
}

#[test]
fn a_film_keeps_the_places_of_its_values() {
    let film = film("version: 1\nscenes:\n  a:\n    type: t2v\n    prompt: fog\n");
    let place = |id: &str, field| film.place_of(&id.parse().unwrap(), field).unwrap().to_string();
    assert_eq!(place("a", "prompt"), "storyboard.yaml:5:13");
    assert_eq!(place("a", "seed"), "storyboard.yaml:3:3");
    assert!(film.place_of(&"b".parse().unwrap(), "seed").is_none());
    assert_eq!(film.places.value(&["version"]).unwrap().to_string(), "storyboard.yaml:1:10");
}

#[test]
fn valid_scenes_survive_invalid_ones() {
    let text = "version: 1\nbudget: 10\nscenes:\n  a: { type: t2v, prompt: fog }\n  \
                b: { type: t2v, prompt: fog, after: [z] }\n  c: { type: t2v }\n";
    let reading = read("storyboard.yaml", text.as_bytes(), &Overrides::default());
    let film = reading.film.as_ref().unwrap();
    let ids: Vec<&str> = film.scenes.iter().map(|scene| scene.id.as_str()).collect();
    assert_eq!(ids, ["a"]);
    assert_eq!(film.budget, Some(Credits::whole(10)));
    assert!(!reading.is_right());
}
