//! Building, seen from outside: the real program against the simulator.

mod harness;

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, SystemTime};

use harness::{KEY, Project, Server, files_under, text};

/// A take, one that uses its last frame, one from a picture, and an independent one.
const FILM: &str = "\
version: 1
title: Harbor
budget: 500
vars: { place: harbor }
defaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }
scenes:
  dawn: { type: t2v, prompt: \"the {{place}} at dawn\", seed: 11111 }
  boats: { type: i2v, image: { scene: dawn, frame: last }, prompt: boats leave, seed: 22222 }
  map: { type: i2v, image: art/map.png, prompt: the map unrolls, seed: 33333 }
  night: { type: t2v, prompt: lights at night, seed: 44444 }
cuts:
  whole: { scenes: [dawn, boats, map, night] }
";

fn project() -> Project {
    let project = Project::new(FILM);
    project.picture("art/map.png", 10);
    // A file that changed a moment ago is not trusted by its stamp.
    for name in ["storyboard.yaml", "art/map.png"] {
        let file = fs::File::options().append(true).open(project.path(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3_600)).unwrap();
    }
    project
}

/// What a change makes stale: the scenes whose prompts are sent again.
fn made_after(server: &Server, project: &Project, before: usize) -> BTreeSet<String> {
    project.build(server, &[]).ends_with(0);
    server.prompts().split_off(before).into_iter().collect()
}

fn set(prompts: &[&str]) -> BTreeSet<String> {
    prompts.iter().map(|prompt| prompt.to_string()).collect()
}

#[test]
fn built_takes_are_never_requested_again() {
    let (server, project) = (Server::new(&[]), project());
    project.build(&server, &[]).ends_with(0);
    let records = server.records();
    assert_eq!(records.tasks.len(), 4);
    assert_eq!(records.violations, Vec::<String>::new());
    assert_eq!(project.manifest()["cuts"][0]["name"], "whole");
    let (requests, built) = (server.requests(), project.built());
    let lock = fs::metadata(project.path("storyboard.lock")).unwrap().modified().unwrap();

    project.build(&server, &[]).ends_with(0);
    project.build(&server, &["--locked", "--offline"]).ends_with(0);
    assert_eq!(server.requests(), requests, "a second run asks for nothing");
    assert!(project.built() == built, "a second run changes no byte and no time");
    let lock_after = fs::metadata(project.path("storyboard.lock")).unwrap().modified().unwrap();
    assert_eq!(lock_after, lock);

    fs::remove_dir_all(project.path("build")).unwrap();
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.requests(), requests, "everything comes back from the store");
    let bytes = |files: &std::collections::BTreeMap<String, (Vec<u8>, _)>| {
        let files = files.iter().filter(|file| !file.0.starts_with('.'));
        files.map(|(name, file)| (name.clone(), file.0.clone())).collect::<Vec<_>>()
    };
    assert!(bytes(&project.built()) == bytes(&built), "to the byte");

    // A lost lock is restored as well, unchanged.
    let text = fs::read(project.path("storyboard.lock")).unwrap();
    fs::remove_file(project.path("storyboard.lock")).unwrap();
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.requests(), requests);
    assert_eq!(fs::read(project.path("storyboard.lock")).unwrap(), text);
}

#[test]
fn file_edited_in_place_with_its_time_kept_is_read_again() {
    let (server, project) = (Server::new(&[]), project());
    let map = project.path("art/map.png");
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    let set_time = || fs::File::options().write(true).open(&map).unwrap().set_modified(hour_ago);
    set_time().unwrap();
    project.build(&server, &[]).ends_with(0);

    let length = fs::metadata(&map).unwrap().len();
    project.picture("art/map.png", 11);
    set_time().unwrap();
    assert_eq!(fs::metadata(&map).unwrap().len(), length, "the stamp is the same");
    project.edit("the map unrolls", "the map burns");
    let ran = project.build(&server, &[]).ends_with(1);
    assert!(ran.said().contains("`art/map.png` changed"), "{}", ran.said());
    assert_eq!(server.tasks_for("the map burns"), [""; 0], "nothing was sent");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.tasks_for("the map burns").len(), 1);
}

#[test]
fn edits_outside_the_recipe_make_nothing_stale() {
    let (server, project) = (Server::new(&[]), project());
    project.build(&server, &[]).ends_with(0);
    let requests = server.requests();
    // Another name, another order, comments, defaults written out, another budget.
    project.write(
        "storyboard.yaml",
        "\
# a comment
version: 1
budget: 600
defaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }
scenes:
  lights: { type: t2v, aspect_ratio: \"16:9\", prompt: lights at night, seed: 44444 }
  dawn:
    seed: 11111
    type: t2v
    duration: 5 # written out
    model: kling-2-5-turbo
    prompt: the harbor at dawn
  map: { type: i2v, image: ./art/map.png, prompt: the map unrolls, seed: 33333 }
  boats: { prompt: boats leave, type: i2v, image: { scene: dawn, frame: last }, seed: 22222 }
",
    );
    project.build(&server, &["--locked", "-j", "2"]).ends_with(0);
    assert_eq!(server.requests(), requests);
    let scenes: BTreeSet<String> = files_under(&project.path("build/scenes")).into_keys().collect();
    assert_eq!(scenes, set(&["boats.mp4", "dawn.mp4", "lights.mp4", "map.mp4"]));
    let locked: BTreeSet<String> =
        project.locked_scenes().into_keys().map(|id| format!("{id}.mp4")).collect();
    assert_eq!(locked, scenes);
}

#[test]
fn change_makes_only_the_take_and_its_dependents_stale() {
    let (server, project) = (Server::new(&[]), project());
    project.build(&server, &[]).ends_with(0);

    project.edit("lights at night", "no light at night");
    assert_eq!(made_after(&server, &project, 4), set(&["no light at night"]));
    project.edit("seed: 33333", "seed: 33334");
    assert_eq!(made_after(&server, &project, 5), set(&["the map unrolls"]));
    project.picture("art/map.png", 200);
    assert_eq!(made_after(&server, &project, 6), set(&["the map unrolls"]));
    project.edit("frame: last", "frame: first");
    assert_eq!(made_after(&server, &project, 7), set(&["boats leave"]));
    project.edit("seed: 11111", "seed: 11112");
    assert_eq!(made_after(&server, &project, 8), set(&["the harbor at dawn", "boats leave"]));
    project.edit("prompt: boats leave", "duration: 10, prompt: boats leave");
    assert_eq!(made_after(&server, &project, 10), set(&["boats leave"]));
    // Back to an earlier version: its take still exists.
    project.edit("no light at night", "lights at night");
    project.edit("duration: 10, ", "");
    assert_eq!(made_after(&server, &project, 11), set(&[]));
}

#[test]
fn build_over_budget_sends_nothing() {
    let (server, project) = (Server::new(&[]), project());
    project.build(&server, &["--budget", "199"]).ends_with(3);
    project.edit("budget: 500", "budget: 150");
    project.build(&server, &["--budget", "900"]).ends_with(3);
    project.edit("budget: 150", "budget: 500");
    project.build(&server, &["--locked"]).ends_with(3);
    assert_eq!(server.requests(), 0);
    project.build(&server, &["night", "--budget", "50"]).ends_with(0);
    assert_eq!(server.prompts(), ["lights at night"]);
}

#[test]
fn refused_prompt_stops_only_its_dependents() {
    let (server, project) = (Server::new(&["1001:1"]), project());
    let ran = project.build(&server, &["dawn", "boats"]).ends_with(1);
    assert!(ran.said().contains("storyboard.yaml:7:"), "{}", ran.said());
    assert_eq!(server.records().submits, 1, "`boats` shows a frame of it");
    project.build(&server, &[]).ends_with(1);
    let made: BTreeSet<String> = server.prompts().into_iter().collect();
    assert_eq!(made, set(&["the map unrolls", "lights at night"]));
    // Unchanged, it is not sent again.
    project.build(&server, &[]).ends_with(1);
    assert_eq!(server.records().submits, 3);
    project.edit("at dawn", "in the morning");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.records().tasks.len(), 4);
}

#[test]
fn doubt_can_be_settled_as_a_task() {
    let (server, project) = (Server::new(&["reset-after-accept:1"]), project());
    project.build(&server, &["dawn"]).ends_with(3);
    project.build(&server, &["dawn", "night"]).ends_with(3);
    assert_eq!(server.prompts(), ["the harbor at dawn", "lights at night"]);
    project.build(&server, &["dawn", "night"]).ends_with(3);
    assert_eq!(server.records().submits, 2, "a doubt is never sent again");

    let task = server.tasks_for("the harbor at dawn").remove(0);
    project.run(&server, &["settle", "dawn", "--task", "kling_unknown"]).ends_with(2);
    // Another scene's task would put the wrong video into this scene.
    let other = server.tasks_for("lights at night").remove(0);
    project.run(&server, &["settle", "dawn", "--task", &other]).ends_with(2);
    project.run(&server, &["settle", "dawn", "--task", &task]).ends_with(0);
    project.build(&server, &["dawn", "night"]).ends_with(0);
    assert_eq!(server.records().submits, 2);
    assert_eq!(text(&project.scene("dawn")["task"]), task);
}

#[test]
fn doubt_can_be_settled_as_not_sent() {
    let (server, project) = (Server::new(&["reset:1"]), project());
    project.build(&server, &["dawn"]).ends_with(3);
    project.build(&server, &["dawn"]).ends_with(3);
    assert_eq!(server.records().submits, 1);
    // The project may be moved or the scene renamed meanwhile; the doubt belongs to the take.
    fs::rename(project.path("storyboard.yaml"), project.path("film.yaml")).unwrap();
    let film = fs::read_to_string(project.path("film.yaml")).unwrap();
    project.write("film.yaml", film.replace("dawn", "morning").replace("at morning", "at dawn"));
    project.run(&server, &["settle", "morning", "--not-sent", "-f", "film.yaml"]).ends_with(0);
    let arguments = ["film.yaml", "morning", "--poll-interval", "0.05"];
    project.run(&server, &arguments).ends_with(0);
    assert_eq!(server.prompts(), ["the harbor at dawn"]);
}

#[test]
fn key_never_leaks() {
    let (server, project) = (Server::new(&["1001:1", "401:3"]), project());
    let mut said = String::new();
    for arguments in [&["-v", "-v"][..], &["--json", "-v"], &["--retry-failed", "1"]] {
        said += &project.build(&server, arguments).said();
    }
    for command in ["plan", "status", "check", "graph"] {
        said += &project.run(&server, &[command, "storyboard.yaml"]).said();
    }
    assert!(!said.contains(KEY), "{said}");
    for folder in [project.folder.path(), project.home.path()] {
        for (name, (bytes, _)) in files_under(folder) {
            let found = bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes());
            assert!(!found, "{name} holds the key");
        }
    }
}

#[test]
fn two_storyboards_do_not_share_a_build_directory() {
    let (server, project) = (Server::new(&[]), project());
    project.build(&server, &["night"]).ends_with(0);
    let built = project.built();
    let other = "version: 1\nscenes:\n  other: { type: t2v, prompt: another film }\n";
    project.write("other.yaml", other);
    let arguments = ["other.yaml", "--poll-interval", "0.05"];
    project.run(&server, &arguments).ends_with(2);
    assert_eq!(server.prompts(), ["lights at night"], "refused before anything is sent");
    assert!(project.built() == built);
    project.run(&server, &[&arguments[..], &["-o", "other"]].concat()).ends_with(0);
    // A renamed storyboard keeps its directory.
    fs::rename(project.path("storyboard.yaml"), project.path("film.yaml")).unwrap();
    project.run(&server, &["film.yaml", "night", "--poll-interval", "0.05"]).ends_with(0);
    assert_eq!(server.prompts().len(), 2);
}

#[test]
fn frames_outside_of_the_public_folder_are_refused_by_the_plan() {
    let film = "
version: 1
hosting: { base_url: \"https://example.com/film\" }
scenes:
  dawn: { type: t2v, prompt: the harbor at dawn }
  chase: { type: i2v, image: { scene: dawn, frame: last }, prompt: a boat chase }
";
    let (server, project) = (Server::new(&[]), Project::new(film));
    let elsewhere = tempfile::tempdir().unwrap();
    let outside = elsewhere.path().join("out").display().to_string();
    let plan = |arguments: &[&str]| {
        project.run(&server, &[&["plan", "storyboard.yaml"], arguments].concat())
    };
    let said = plan(&["--build-dir", &outside]).ends_with(2).said();
    assert!(said.contains("hosting.base_url"), "{said}");
    plan(&[]).ends_with(0);
    plan(&["--build-dir", &outside, "--preview"]).ends_with(0);
}
