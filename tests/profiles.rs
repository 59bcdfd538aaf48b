//! Profiles from the command line: drafts have a build directory of their own, and the film's own
//! build never touches it.

mod harness;

use std::fs;

use harness::{Project, Server, files_under, json};

const FILM: &str = "version: 1
profiles:
  draft: { duration: 5, resolution: 720p }
defaults: { model: kling-2-6, duration: 10 }
scenes:
  opening: { type: t2v, prompt: fog }
  reveal: { type: t2v, prompt: rain }
cuts: { all: { scenes: [opening, reveal] } }
";

#[test]
fn a_draft_is_built_beside_the_film() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &["--profile", "draft"]).ends_with(0);
    assert!(!project.path("build/manifest.json").exists());
    let manifest = json(&project.path("build/draft/manifest.json"));
    assert_eq!(manifest["profile"], "draft");
    assert_eq!(manifest["scenes"][0]["resolution"], "720p");
    let durations = |server: &Server| -> Vec<String> {
        server.records().tasks.iter().map(|task| task.request["duration"].to_string()).collect()
    };
    assert_eq!(durations(&server), ["5", "5"]);
    let draft = files_under(&project.path("build/draft"));

    project.build(&server, &[]).ends_with(0);
    assert_eq!(durations(&server)[2..], ["10", "10"]);
    assert_eq!(project.manifest().get("profile"), None);
    // A scene less: its files leave the film's folder, and the draft keeps its own.
    project.edit("  reveal: { type: t2v, prompt: rain }\n", "");
    project.edit("[opening, reveal]", "[opening]");
    project.build(&server, &[]).ends_with(0);
    assert!(!project.path("build/scenes/reveal.mp4").exists());
    assert_eq!(files_under(&project.path("build/draft")), draft);
}

#[test]
fn a_preview_of_a_draft_is_inside_it() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &["--preview", "--profile", "draft"]).ends_with(0);
    let manifest = json(&project.path("build/draft/preview/manifest.json"));
    assert_eq!((&manifest["profile"], &manifest["provider"]), (&"draft".into(), &"preview".into()));
    assert_eq!(manifest["scenes"][0]["seconds"], 5.0);
    let draft = files_under(&project.path("build/draft"));
    project.build(&server, &["--preview"]).ends_with(0);
    assert_eq!(files_under(&project.path("build/draft")), draft);
    assert_eq!(server.requests(), 0);
}

#[test]
fn the_folder_of_a_draft_is_not_used_for_the_film() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &["--profile", "draft"]).ends_with(0);
    let (paid, before) = (server.records().submits, project.built());
    let ran = project.build(&server, &["-o", "build/draft"]).ends_with(2);
    assert!(ran.said().contains("under profile `draft`"), "{}", ran.said());
    assert_eq!((server.records().submits, project.built()), (paid, before));
}

#[test]
fn an_unknown_profile_is_refused_before_anything_is_written() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    for command in
        [&["storyboard.yaml"][..], &["plan"], &["check"], &["expand"], &["graph"], &["status"]]
    {
        for name in ["darft", "../up"] {
            let ran = project.run(&server, &[command, &["--profile", name]].concat());
            assert_eq!(ran.code(), 2, "{command:?} {name}: {}", ran.said());
        }
        project.run(&server, &[command, &["--profile", "darft"]].concat());
    }
    let preview = project.build(&server, &["--preview", "--profile", "darft"]).ends_with(2);
    assert!(preview.said().contains("did you mean `--profile draft`?"), "{}", preview.said());
    assert!(!project.path("build").exists());
}

#[test]
fn every_command_takes_a_profile() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    let printed = |arguments: &[&str]| {
        let ran = project.run(&server, &[arguments, &["--profile", "draft"]].concat()).ends_with(0);
        String::from_utf8(ran.0.stdout).unwrap()
    };
    let expanded = printed(&["expand"]);
    assert!(expanded.contains("# profile draft, storyboard.yaml:3:22"), "{expanded}");
    assert!(printed(&["expand", "--json"]).contains("\"profile\": \"draft\""));
    // Half of the seconds, half of the credits.
    assert!(printed(&["plan"]).contains("at most 140 credits"), "{}", printed(&["plan"]));
    for command in ["check", "graph", "status"] {
        printed(&[command]);
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_in_place_of_a_draft() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    fs::create_dir_all(project.path("build")).unwrap();
    fs::create_dir(project.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(project.path("elsewhere"), project.path("build/draft")).unwrap();
    for more in [&["--profile", "draft"][..], &["--profile", "draft", "--preview"]] {
        project.build(&server, more).ends_with(2);
    }
    assert!(files_under(&project.path("elsewhere")).is_empty());
}
