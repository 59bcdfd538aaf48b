//! The program from outside: what each command prints on which stream, and its exit code.
//!
//! Everything runs in a folder of its own, without a key and without a network.

mod desk;

use std::fs;
use std::path::{Path, PathBuf};

use desk::Desk;
use kling_build::media::probe_video;

const FILM: &str = "\
version: 1
title: Fog
defaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p, aspect_ratio: \"16:9\" }
scenes:
  dawn:   { type: t2v, seed: 24601, prompt: First light }
  harbor: { type: i2v, seed: 24602, image: { scene: dawn, frame: last }, prompt: A ferry leaves }
cuts:
  film:   { scenes: [dawn, harbor] }
";

#[test]
fn looking_writes_nothing() {
    let desk = Desk::new(FILM);
    let commands: [&[&str]; 7] = [
        &["check"],
        &["plan"],
        &["plan", "--preview"],
        &["plan", "storyboard.yaml", "harbor"],
        &["graph"],
        &["graph", "--format", "mermaid"],
        &["status"],
    ];
    let told: Vec<String> = commands.iter().map(|arguments| desk.told(arguments)).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(fs::read_dir(desk.path("")).unwrap().count(), 1, "something was written");
}

#[test]
fn misuse_says_what_to_do() {
    let desk = Desk::new(FILM);
    fs::create_dir_all(desk.path("folder")).unwrap();
    let commands: [&[&str]; 14] = [
        &[],
        &["storybord.yaml"],
        &["folder"],
        &["storyboard.yaml", "nope"],
        &["storyboard.yaml", "--budget", "60"],
        &["--budget", "much"],
        &["--concurrency", "0"],
        &["--var", "x"],
        &["--locked"],
        &["--offline"],
        &["--api-key-file", "nokey"],
        &["settle", "dawn", "--not-sent"],
        &["graph", "--format", "png"],
        &["sim", "--fault", "1005:never"],
    ];
    let told: Vec<String> = commands.iter().map(|arguments| desk.told(arguments)).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_preview_is_made_once() {
    let desk = Desk::new(FILM);
    let first = desk.told(&["--preview"]);
    let again = desk.told(&["--preview"]);
    insta::assert_snapshot!(format!("{first}\n{again}"));
    assert_eq!(desk.told(&["--preview", "-q"]).lines().count(), 4, "quiet says nothing");
    let video = fs::File::open(desk.path("build/preview/cuts/film.mp4"));
    assert!((9_900..10_100).contains(&probe_video(&mut video.unwrap()).unwrap().millis));
    fs::remove_dir_all(desk.path("build")).unwrap();
    let json = desk.run(&["--preview", "--json", "storyboard.yaml", "dawn"]);
    let events = String::from_utf8(json.stdout).unwrap();
    let events: Vec<serde_json::Value> =
        events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.first().unwrap()["provider"], "preview");
    assert_eq!(events.last().unwrap()["outcome"], "done");
    assert!(json.stderr.is_empty());
}

#[test]
fn a_build_directory_has_one_storyboard() {
    let desk = Desk::new("version: 1\nscenes:\n  a: { type: t2v, seed: 11111, prompt: A }\n");
    assert!(desk.run(&["--preview", "-q"]).status.success());
    let film = desk.path("storyboard.yaml");
    fs::copy(&film, desk.path("teaser.yaml")).unwrap();
    insta::assert_snapshot!(desk.told(&["teaser.yaml", "--preview"]));
    assert!(desk.path("build/preview/scenes/a.mp4").exists());
    fs::remove_file(film).unwrap();
    let renamed = desk.run(&["teaser.yaml", "--preview"]);
    assert!(renamed.status.success(), "a renamed storyboard keeps its build directory");
}

#[test]
fn a_build_directory_in_the_way_is_found_before_anything_is_paid() {
    let desk = Desk::new(FILM);
    fs::write(desk.path("build"), "mine").unwrap();
    insta::assert_snapshot!(desk.told(&["--yes"]));
    assert_eq!(fs::read(desk.path("build")).unwrap(), b"mine");
}

#[test]
fn every_example_passes_check_and_fits_the_schema() {
    let desk = Desk::new(FILM);
    let schema = desk.run(&["schema"]).stdout;
    let schema = jsonschema::draft7::new(&serde_json::from_slice(&schema).unwrap()).unwrap();
    for example in examples() {
        let checked = desk.run(&["check", example.to_str().unwrap(), "-W", "error"]);
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        let film: serde_json::Value =
            serde_yaml::from_str(&fs::read_to_string(&example).unwrap()).unwrap();
        assert!(schema.is_valid(&film), "{}", example.display());
    }
}

#[test]
fn an_example_builds_in_preview() {
    let desk = Desk::new(FILM);
    for (example, video, size, millis) in [
        ("first-film", "scenes/lighthouse.mp4", (1920, 1080), 5_000),
        ("social-clip", "cuts/reel.mp4", (1080, 1920), 20_000),
    ] {
        let film = root().join("examples").join(example).join("storyboard.yaml");
        let out = desk.path(example);
        let built =
            desk.run(&[film.to_str().unwrap(), "--preview", "-q", "-o", out.to_str().unwrap()]);
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let mut file = fs::File::open(out.join("preview").join(video)).unwrap();
        let facts = probe_video(&mut file).unwrap();
        assert_eq!((facts.size.width, facts.size.height), size, "{example}");
        assert!(facts.millis.abs_diff(millis) <= 50, "{example}: {} ms", facts.millis);
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn examples() -> Vec<PathBuf> {
    let folders = fs::read_dir(root().join("examples")).unwrap();
    let films = folders.map(|entry| entry.unwrap().path().join("storyboard.yaml"));
    let found: Vec<PathBuf> = films.filter(|path| path.exists()).collect();
    assert!(found.len() >= 3);
    found
}
