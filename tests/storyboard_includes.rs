//! include: a film in several files, with correct places and paths relative to each file.

mod memory_files;

use kling_build::storyboard::{Film, Overrides, Reading, SceneInput, read_with};
use memory_files::memory_files;

fn reading(files: &[(&str, &str)]) -> Reading {
    let (name, text) = (format!("film/{}", files[0].0), files[0].1.as_bytes());
    read_with(&name, text, &Overrides::default(), memory_files(files))
}

fn film(files: &[(&str, &str)]) -> Film {
    let reading = reading(files);
    assert!(reading.is_right(), "{:#?}", reading.diagnostics);
    reading.film.unwrap()
}

#[test]
fn included_files_merge_in_order_with_their_own_paths() {
    let film = film(&[
        (
            "storyboard.yaml",
            "version: 1\ninclude: [acts/one.yaml, acts/two.yaml]\n\
             scenes: { end: { type: t2v, prompt: '{{look}} {{> camera}}', after: [b] } }\n",
        ),
        (
            "acts/one.yaml",
            "version: 1\ninclude: ../shared/look.yaml\nscenes:\n  \
             a: { type: i2v, prompt: '{{look}} {{scene.index}}', image: mia.png }\n",
        ),
        (
            "acts/two.yaml",
            "include: [./../shared/look.yaml]\nscenes:\n  \
             b: { type: i2v, prompt: fog, image: ../img/b.png }\n\
             cuts: { act2: { scenes: [a, b] } }\n",
        ),
        ("shared/look.yaml", "vars: { look: teal }\npartials: { camera: 'pan, {{look}}' }\n"),
    ]);
    let ids: Vec<&str> = film.scenes.iter().map(|scene| scene.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "end"]);
    assert_eq!(film.scenes[0].prompt(), Some("teal 1"));
    assert_eq!(film.scenes[0].image(), Some(&SceneInput::File("acts/mia.png".into())));
    assert_eq!(film.scenes[1].image(), Some(&SceneInput::File("img/b.png".into())));
    assert_eq!(film.scenes[2].prompt(), Some("teal pan, teal"));
    assert_eq!(film.cuts[0].id.as_str(), "act2");
    let place = |id: &str, field| film.place_of(&id.parse().unwrap(), field).unwrap().to_string();
    assert_eq!(place("a", "image"), "film/acts/one.yaml:4:62");
    assert_eq!(place("b", "seed"), "film/acts/two.yaml:3:3");
}

#[test]
fn included_files_may_have_anchors_and_data_files() {
    let film = film(&[
        ("storyboard.yaml", "version: 1\ninclude: [one.yaml, two.yaml]\n"),
        ("one.yaml", "vars: { base: &base { type: t2v, prompt: fog } }\nscenes: { a: *base }\n"),
        (
            "two.yaml",
            "vars: { rows: [{ id: x, t: rain }] }\n\
             scenes: { b: { type: t2v, prompt: '{{item.t}}', for_each: rows } }\n",
        ),
    ]);
    let output: Vec<(&str, Option<&str>)> =
        film.scenes.iter().map(|scene| (scene.id.as_str(), scene.prompt())).collect();
    assert_eq!(output, [("a", Some("fog")), ("b.x", Some("rain"))]);
}

#[test]
fn long_and_wide_include_chains_are_bounded() {
    let own = ("storyboard.yaml".to_string(), "version: 1\ninclude: [f0.yaml]\n".to_string());
    let chain = (0..100).map(|n| (format!("f{n}.yaml"), format!("include: [f{}.yaml]\n", n + 1)));
    let mut files: Vec<(String, String)> = vec![own];
    files.extend(chain);
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let codes: Vec<&str> = reading(&files).diagnostics.iter().map(|one| one.code).collect();
    assert_eq!(codes, ["too-many-files"]);
}
