//! Origins: whether each value of a scene comes from the scene, the defaults or the catalog.

mod memory_files;

use kling_build::base::Source;
use kling_build::storyboard::{Film, Overrides, SceneField, ValueOrigin, read_with};
use memory_files::memory_files;

fn film(text: &str, overrides: &Overrides, files: &[(&str, &str)]) -> Film {
    let reading = read_with("film.yaml", text.as_bytes(), overrides, memory_files(files));
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
    reading.film.unwrap()
}

fn shown(origin: ValueOrigin) -> String {
    let (word, place, outside) = match origin {
        ValueOrigin::Unwritten => return "unwritten".to_string(),
        ValueOrigin::Written { place, outside } => ("written", place, outside),
        ValueOrigin::Defaults { place, outside } => ("defaults", place, outside),
        ValueOrigin::Profile { place, outside, .. } => ("profile", place, outside),
    };
    format!("{word} {place} {}", outside.join(" ")).trim_end().to_string()
}

#[test]
fn every_field_has_an_origin() {
    let text = "version: 1\ndefaults:\n  model: kling-2-6\n  duration: 5\n  seed: 45678\n  \
                i2v: { duration: 10 }\nscenes:\n  a: { type: t2v, prompt: fog, seed: auto }\n  \
                b: { type: i2v, prompt: fog, image: b.png, after: [a] }\n  \
                c: { type: avatar, image: c.png, voice: c.mp3 }\n";
    let film = film(text, &Overrides::default(), &[]);
    let of = |scene: usize, field| shown(film.origin_of(&film.scenes[scene], field));
    assert_eq!(of(0, SceneField::Type), "written film.yaml:8:14");
    assert_eq!(of(0, SceneField::Model), "defaults film.yaml:3:10");
    assert_eq!(of(0, SceneField::Duration), "defaults film.yaml:4:13");
    assert_eq!(of(0, SceneField::Seed), "written film.yaml:8:38");
    assert_eq!(of(0, SceneField::Resolution), "unwritten");
    assert_eq!(of(0, SceneField::Label), "unwritten");
    assert_eq!(of(1, SceneField::Duration), "defaults film.yaml:6:20");
    assert_eq!(of(1, SceneField::Seed), "defaults film.yaml:5:9");
    assert_eq!(of(1, SceneField::Image), "written film.yaml:9:39");
    assert_eq!(of(1, SceneField::After), "written film.yaml:9:53");
    // Defaults that do not apply to avatars are not the origin of an avatar's values.
    assert_eq!(of(2, SceneField::Model), "unwritten");
    assert_eq!(of(2, SceneField::Duration), "unwritten");
    assert_eq!(shown(film.origin_at(&["version"])), "written film.yaml:1:10");
    assert_eq!(shown(film.origin_at(&["title"])), "unwritten");
}

#[test]
fn values_from_the_command_line_are_named_as_origins() {
    let text = "version: 1\ntitle: '{{a}}'\nvars: { a: 1, b: '{{a}}!', c: 3, d: 4 }\n\
                partials: { p: '{{c}}' }\nscenes:\n  \
                x: { type: i2v, prompt: '{{b}} {{d}}', label: '{{> p}}', image: { scene: 'y{{a}}' } }\n  \
                y2: { type: t2v, prompt: '{{d}}' }\n";
    let overrides = Overrides {
        vars: vec![("a".into(), "2".into())],
        files: vec![Source::new("more.yaml", "\nc: 5\n")],
        ..Overrides::default()
    };
    let film = film(text, &overrides, &[]);
    let of = |scene: usize, field| shown(film.origin_of(&film.scenes[scene], field));
    assert_eq!(shown(film.origin_at(&["title"])), "written film.yaml:2:8 --var a");
    assert_eq!(of(0, SceneField::Prompt), "written film.yaml:6:27 --var a");
    assert_eq!(of(0, SceneField::Label), "written film.yaml:6:49 --vars more.yaml:2:4");
    assert_eq!(of(0, SceneField::Image), "written film.yaml:6:67 --var a");
    assert_eq!(of(1, SceneField::Prompt), "written film.yaml:7:28");
}

#[test]
fn rows_and_included_files_have_origins() {
    let text = "version: 1\ninclude: acts/one.yaml\nscenes:\n  \
                card: { type: t2v, prompt: '{{item.t}}', for_each: cards.csv }\n";
    let files = [
        ("cards.csv", "id,t\na,fog\nb,rain\n"),
        (
            "acts/one.yaml",
            "scenes:\n  act: { type: t2v, prompt: fog }\ncuts: { c: { scenes: [act, card] } }\n",
        ),
    ];
    let film = film(text, &Overrides::default(), &files);
    let place = |id: &str| film.place_of_scene(&id.parse().unwrap()).unwrap().to_string();
    assert_eq!(
        (place("act"), place("card.b")),
        ("acts/one.yaml:2:3".into(), "film.yaml:4:3".into())
    );
    assert_eq!(film.place_of_cut(&film.cuts[0].id).unwrap().to_string(), "acts/one.yaml:3:9");
    let row = |id: &str| film.row_of(&id.parse().unwrap()).map(|place| place.to_string());
    assert_eq!((row("act"), row("card.b")), (None, Some("cards.csv:3:1".into())));
}
