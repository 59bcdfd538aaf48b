//! Stills and cards: scenes that the program draws itself, free, the same in builds and previews.

mod harness;

use std::fs;
use std::io::Cursor;
use std::process::Stdio;

use harness::{Project, Server};
use image::RgbImage;
use kling_build::media::{frame, probe_video};
use kling_build::store::{Ledger, LocalDisk};
use kling_build::storyboard::FrameAt;
use serde_json::Value;

const FILM: &str = "version: 1
title: Harbour
defaults: { resolution: 720p }
scenes:
  title: { type: card, text: \"{{title}}\\na film\", duration: 2 }
  map: { type: still, image: map.png, move: pan right, duration: 3.5 }
  dawn: { type: i2v, image: { scene: map, frame: last }, prompt: The fog lifts }
  end: { type: still, image: { scene: dawn, frame: last }, length: 1.5 }
cuts:
  film: { scenes: [title, map, dawn, end] }
";

fn project() -> Project {
    let project = Project::new(FILM);
    let picture = RgbImage::from_fn(640, 360, |x, y| image::Rgb([(x / 3) as u8, y as u8, 90]));
    picture.save(project.path("map.png")).unwrap();
    project
}

fn millis_of(project: &Project, path: &str) -> u64 {
    let video = fs::read(project.path(path)).unwrap();
    probe_video(&mut Cursor::new(video)).unwrap().millis
}

#[test]
fn drawn_scenes_are_part_of_the_film_and_cost_nothing() {
    let (project, server) = (project(), Server::new(&[]));
    let plan = project.run(&server, &["plan", "--json"]).ends_with(0);
    let plan: Value = serde_json::from_slice(&plan.0.stdout).unwrap();
    let credits = |at: usize| plan["takes"][at]["credits_max"].as_f64().unwrap();
    assert_eq!((credits(0), credits(1), credits(3)), (0.0, 0.0, 0.0));
    assert!(credits(2) > 0.0);
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts(), ["The fog lifts"]);
    for (scene, millis) in [("title", 2_000), ("map", 3_500), ("end", 1_500)] {
        assert_eq!(millis_of(&project, &format!("build/scenes/{scene}.mp4")), millis, "{scene}");
    }
    let film = millis_of(&project, "build/cuts/film.mp4");
    assert!((11_900..=12_100).contains(&film), "{film} ms");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.records().tasks.len(), 1);
}

#[test]
fn a_film_of_stills_and_cards_needs_no_key() {
    let film = "version: 1\nscenes:\n  \
        a: { type: card, text: One, resolution: 720p, duration: 1 }\n  \
        b: { type: still, image: map.png, resolution: 720p, duration: 1 }\n";
    let project = Project::new(film);
    project.picture("map.png", 40);
    let server = Server::new(&[]);
    let run = |arguments: &[&str]| {
        let mut command = project.command(&server, arguments);
        command.env_remove("KIE_API_KEY").output().unwrap()
    };
    let built = run(&["storyboard.yaml"]);
    let said = String::from_utf8_lossy(&built.stderr).into_owned();
    assert!(built.status.success(), "{said}");
    assert_eq!(server.requests(), 0);
    // A lost store is drawn again, to the byte.
    let before = fs::read(project.path("build/scenes/a.mp4")).unwrap();
    fs::remove_dir_all(project.home.path()).unwrap();
    fs::remove_dir_all(project.path("build")).unwrap();
    assert!(run(&["storyboard.yaml"]).status.success());
    assert_eq!(fs::read(project.path("build/scenes/a.mp4")).unwrap(), before);
}

#[test]
fn a_preview_shows_drawn_scenes_as_the_film_does() {
    let film = "version: 1\nscenes:\n  \
        b: { type: still, image: map.png, move: static, resolution: 720p, duration: 1 }\n";
    let project = Project::new(film);
    project.picture("map.png", 40);
    let server = Server::new(&[]);
    project.build(&server, &["--preview"]).ends_with(0);
    project.build(&server, &[]).ends_with(0);
    let preview = fs::read(project.path("build/preview/scenes/b.mp4")).unwrap();
    assert_eq!(preview, fs::read(project.path("build/scenes/b.mp4")).unwrap());
    let picture = frame::extract(&mut Cursor::new(preview), FrameAt::Last).unwrap();
    assert_eq!(picture.dimensions(), (1_280, 720));
    let [red, green, blue] = picture.get_pixel(640, 360).0.map(i32::from);
    assert!((red - 40).abs() < 8 && (green - 90).abs() < 8 && (blue - 120).abs() < 8);
}

#[test]
fn only_what_changes_a_drawing_makes_it_stale() {
    let (project, server) = (project(), Server::new(&[]));
    project.build(&server, &[]).ends_with(0);
    let actions = || -> Vec<String> {
        let plan = project.run(&server, &["plan", "--json"]).ends_with(0);
        let plan: Value = serde_json::from_slice(&plan.0.stdout).unwrap();
        let takes = plan["takes"].as_array().unwrap();
        takes.iter().map(|take| take["action"].as_str().unwrap().to_string()).collect()
    };
    project.edit("title: Harbour", "title: Harbour\nbudget: 5000");
    assert_eq!(actions(), ["reuse"; 4]);
    project.edit("title: Harbour", "title: Port");
    assert_eq!(actions(), ["generate", "reuse", "reuse", "reuse"]);
    // What is paid for follows its picture.
    project.edit("move: pan right", "move: tilt up");
    assert_eq!(actions(), ["generate", "generate", "wait", "wait"]);
}

#[test]
fn fields_that_do_not_belong_to_them_are_refused_with_what_to_do() {
    for (scene, words) in [
        ("{ type: still, image: a.png, prompt: fog }", "still scenes do not take `prompt`"),
        ("{ type: still, image: a.png, model: kling-2-6 }", "nothing is generated here"),
        ("{ type: still, image: a.png, move: sideways }", "unknown move `sideways`"),
        ("{ type: still, image: a.png, move: pan lft }", "did you mean `pan left`?"),
        ("{ type: still }", "has no `image`"),
        ("{ type: still, image: 'https://example.com/a.png' }", "fetches no pictures"),
        ("{ type: card, prompt: Hello }", "write it as `text`"),
        ("{ type: card, text: ' ' }", "the text of scene `a` is empty"),
        ("{ type: card, text: Hi, duration: 900 }", "`duration` cannot be 900 s here"),
        ("{ type: t2v, prompt: fog, text: Hi }", "text on the screen as a scene of `type: card`"),
        ("{ type: t2v, prompt: fog, move: push in }", "camera's move in the `prompt`"),
    ] {
        let project = Project::new(&format!("version: 1\nscenes:\n  a: {scene}\n"));
        project.picture("a.png", 9);
        let said = project.run(&Server::new(&[]), &["check"]).ends_with(2).said();
        assert!(said.contains(words), "{scene}: {said}");
    }
}

#[test]
fn a_card_that_was_stopped_while_it_was_drawn_is_drawn_again() {
    let film = "version: 1\nscenes:\n  \
        a: { type: card, text: One, resolution: 1080p, duration: 15 }\n  \
        b: { type: t2v, prompt: Fog }\n";
    let (project, server) = (Project::new(film), Server::new(&[]));
    for _ in 0..3 {
        let mut command = project.command(&server, &["storyboard.yaml", "a"]);
        let mut building = command.stderr(Stdio::null()).spawn().unwrap();
        let begun = || {
            let ledger = Ledger::open(&LocalDisk, &project.home.path().join("ledger.db"));
            ledger.and_then(|ledger| ledger.tasks("drawn")).is_ok_and(|tasks| !tasks.is_empty())
        };
        while !begun() && building.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        building.kill().unwrap();
        building.wait().unwrap();
    }
    let status = project.run(&server, &["status"]).ends_with(0).said();
    assert!(!status.contains("doubt"), "{status}");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts(), ["Fog"]);
}

#[test]
fn what_a_person_decided_is_asked_of_whoever_made_it() {
    let film = "version: 1\nscenes:\n  a: { type: t2v, prompt: Fog, resolution: 720p }\n";
    let (project, server) = (Project::new(film), Server::new(&[]));
    project.build(&server, &[]).ends_with(0);
    let video = fs::read(project.path("build/scenes/a.mp4")).unwrap();
    project.run(&server, &["pin", "a"]).ends_with(0);
    let card = "type: card, text: Fog, duration: 1, resolution: 720p";
    project.edit("type: t2v, prompt: Fog, resolution: 720p", card);
    // The paid video is lost here, and the scene has become a card meanwhile.
    let lose = || {
        let objects = project.home.path().join("objects");
        fs::remove_dir_all(objects).unwrap();
        fs::remove_dir_all(project.path("build")).unwrap();
    };
    lose();
    project.build(&server, &[]).ends_with(0);
    assert_eq!(fs::read(project.path("build/scenes/a.mp4")).unwrap(), video);
    assert_eq!(server.records().tasks.len(), 1);
    // And the other way round.
    project.run(&server, &["pin", "a", "--off"]).ends_with(0);
    project.build(&server, &[]).ends_with(0);
    let drawing = fs::read(project.path("build/scenes/a.mp4")).unwrap();
    assert_ne!(drawing, video);
    project.run(&server, &["pin", "a"]).ends_with(0);
    project.edit(card, "type: t2v, prompt: Fog, resolution: 720p");
    lose();
    project.build(&server, &[]).ends_with(0);
    assert_eq!(fs::read(project.path("build/scenes/a.mp4")).unwrap(), drawing);
    assert_eq!(server.records().tasks.len(), 1);
}

#[test]
fn a_card_uses_no_font_of_this_machine() {
    // Thai, which no embedded font has.
    let film = "version: 1\nscenes:\n  \
        a: { type: card, text: \"\u{e2a}\u{e27}\u{e31}\u{e2a}\u{e14}\u{e35}\", duration: 1 }\n";
    let said = Project::new(film).run(&Server::new(&[]), &["check"]).ends_with(2).said();
    assert!(said.contains("card `a` has no font for U+0E14"), "{said}");
    assert!(said.contains("name a font file in `preview.fonts`"), "{said}");
}

#[test]
fn a_model_that_cannot_take_a_drawn_video_is_told_before_it_is_paid() {
    let film = "version: 1\napi: jobs\nscenes:\n  \
        s: { type: card, text: One, duration: 100, resolution: 720p }\n  \
        m: { type: i2v, model: kling-2-6, image: a.png, video: { scene: s }, prompt: Go }\n";
    let project = Project::new(film);
    project.picture("a.png", 9);
    let said = project.run(&Server::new(&[]), &["check"]).ends_with(2).said();
    assert!(said.contains("takes the video of `s`, which is 100.00 s long"), "{said}");
}
