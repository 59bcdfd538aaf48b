//! The program from outside: what each command prints on which stream, and its exit code.
//!
//! Everything runs in a folder of its own, without a key and without a network.

mod workspace;

use std::fs;
use std::path::{Path, PathBuf};

use kling_build::media::probe_video;
use workspace::Workspace;

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
fn read_only_commands_write_nothing() {
    let workspace = Workspace::new(FILM);
    let commands: [&[&str]; 7] = [
        &["check"],
        &["plan"],
        &["plan", "--preview"],
        &["plan", "storyboard.yaml", "harbor"],
        &["graph"],
        &["graph", "--format", "mermaid"],
        &["status"],
    ];
    let printed: Vec<String> =
        commands.iter().map(|arguments| workspace.transcript(arguments)).collect();
    insta::assert_snapshot!(printed.join("\n"));
    assert_eq!(fs::read_dir(workspace.path("")).unwrap().count(), 1, "something was written");
}

#[test]
fn misuse_says_what_to_do() {
    let workspace = Workspace::new(FILM);
    fs::create_dir_all(workspace.path("folder")).unwrap();
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
    let printed: Vec<String> =
        commands.iter().map(|arguments| workspace.transcript(arguments)).collect();
    insta::assert_snapshot!(printed.join("\n"));
}

#[test]
fn a_preview_is_made_once() {
    let workspace = Workspace::new(FILM);
    let first = workspace.transcript(&["--preview"]);
    let again = workspace.transcript(&["--preview"]);
    insta::assert_snapshot!(format!("{first}\n{again}"));
    assert_eq!(workspace.transcript(&["--preview", "-q"]).lines().count(), 4, "quiet says nothing");
    let video = fs::File::open(workspace.path("build/preview/cuts/film.mp4"));
    assert!((9_900..10_100).contains(&probe_video(&mut video.unwrap()).unwrap().millis));
    fs::remove_dir_all(workspace.path("build")).unwrap();
    let json = workspace.run(&["--preview", "--json", "storyboard.yaml", "dawn"]);
    let events = String::from_utf8(json.stdout).unwrap();
    let events: Vec<serde_json::Value> =
        events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.first().unwrap()["provider"], "preview");
    assert_eq!(events.last().unwrap()["outcome"], "done");
    assert!(json.stderr.is_empty());
}

#[test]
fn a_build_directory_has_one_storyboard() {
    let workspace =
        Workspace::new("version: 1\nscenes:\n  a: { type: t2v, seed: 11111, prompt: A }\n");
    assert!(workspace.run(&["--preview", "-q"]).status.success());
    let film = workspace.path("storyboard.yaml");
    fs::copy(&film, workspace.path("teaser.yaml")).unwrap();
    insta::assert_snapshot!(workspace.transcript(&["teaser.yaml", "--preview"]));
    assert!(workspace.path("build/preview/scenes/a.mp4").exists());
    fs::remove_file(film).unwrap();
    let renamed = workspace.run(&["teaser.yaml", "--preview"]);
    assert!(renamed.status.success(), "a renamed storyboard keeps its build directory");
}

#[test]
fn unusable_build_directory_is_found_before_paying() {
    let workspace = Workspace::new(FILM);
    fs::write(workspace.path("build"), "mine").unwrap();
    insta::assert_snapshot!(workspace.transcript(&["--yes"]));
    assert_eq!(fs::read(workspace.path("build")).unwrap(), b"mine");
}

#[test]
fn every_example_passes_check_and_fits_the_schema() {
    let workspace = Workspace::new(FILM);
    let schema = workspace.run(&["schema"]).stdout;
    let schema = jsonschema::draft7::new(&serde_json::from_slice(&schema).unwrap()).unwrap();
    for example in examples() {
        let checked = workspace.run(&["check", example.to_str().unwrap(), "-W", "error"]);
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        let film: serde_json::Value =
            serde_yaml::from_str(&fs::read_to_string(&example).unwrap()).unwrap();
        assert!(schema.is_valid(&film), "{}", example.display());
    }
}

#[test]
fn an_example_begins_with_pictures_and_videos() {
    let workspace = Workspace::new(FILM);
    let film = root().join("examples/paper-theatre/storyboard.yaml");
    let shown = workspace.run(&["plan", film.to_str().unwrap(), "--requests"]);
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let bodies: Vec<_> =
        shown["requests"].as_array().unwrap().iter().map(|it| &it["body"]).collect();
    let models: Vec<_> = bodies.iter().map(|body| body["model"].as_str().unwrap()).collect();
    assert_eq!(
        models,
        [
            "kling-3.0-omni/reference-to-video",
            "kling-3.0-omni/transformation",
            "kling-2.6/motion-control"
        ]
    );
    let of = |at: usize, field: &str| bodies[at]["input"][field].to_string();
    assert_eq!(of(0, "image_urls"), r#"["<upload of assets/stage.jpg>"]"#);
    assert!(of(0, "elements").contains("<upload of assets/puppet.side.jpg>"));
    assert_eq!(of(1, "video_urls"), r#"["<upload of the video of voyage>"]"#);
    assert_eq!(of(2, "video_urls"), r#"["<upload of assets/bow.mp4>"]"#);
}

#[test]
fn an_example_builds_in_preview() {
    let workspace = Workspace::new(FILM);
    for (example, video, size, millis) in [
        ("first-film", "scenes/lighthouse.mp4", (1920, 1080), 5_000),
        ("social-clip", "cuts/reel.mp4", (1080, 1920), 20_000),
        ("paper-theatre", "cuts/theatre.mp4", (1280, 720), 9_000),
    ] {
        let film = root().join("examples").join(example).join("storyboard.yaml");
        let out = workspace.path(example);
        let built = workspace.run(&[
            film.to_str().unwrap(),
            "--preview",
            "-q",
            "-o",
            out.to_str().unwrap(),
        ]);
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
