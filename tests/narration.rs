//! Narration: shown in previews, captions of cuts, and never a reason to pay again.

mod harness;

use std::fs;

use harness::{Project, Server};
use serde_json::Value;

const FILM: &str = "version: 1
vars: { place: shore }
defaults: { resolution: 720p }
scenes:
  a: { type: t2v, prompt: Fog, length: 3, narration: \"The {{place}} keeps its <own> time\" }
  b: { type: card, text: Later, duration: 2 }
  c: { type: card, text: The end, duration: 2.5, narration: \"  And then,\\n\\nnothing.  \" }
cuts:
  film: { scenes: [a, b, c] }
";

fn captions(project: &Project) -> String {
    fs::read_to_string(project.path("build/cuts/film.vtt")).unwrap()
}

#[test]
fn cuts_have_captions_at_the_times_of_their_scenes() {
    let (project, server) = (Project::new(FILM), Server::new(&[]));
    project.build(&server, &[]).ends_with(0);
    let wanted = "WEBVTT\n\n00:00:00.000 --> 00:00:03.000\nThe shore keeps its &lt;own&gt; time\n\n\
                  00:00:05.000 --> 00:00:07.500\nAnd then,\nnothing.\n";
    assert_eq!(captions(&project), wanted);
    let manifest = fs::read_to_string(project.path("build/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["cuts"][0]["captions"], "cuts/film.vtt");

    // Other words change the captions and cost nothing.
    project.edit("And then,", "At last,");
    project.build(&server, &[]).ends_with(0);
    assert!(captions(&project).contains("At last,"));
    assert_eq!(server.records().tasks.len(), 1);

    // Without words there is no file.
    project.edit("narration: \"The", "notes: \"The");
    project.edit("narration: \"  At", "notes: \"  At");
    project.build(&server, &[]).ends_with(0);
    assert!(!project.path("build/cuts/film.vtt").exists());
}

#[test]
fn previews_show_what_is_narrated() {
    let (project, server) = (Project::new(FILM), Server::new(&[]));
    let preview = || {
        project.build(&server, &["--preview"]).ends_with(0);
        fs::read(project.path("build/preview/scenes/a.mp4")).unwrap()
    };
    let first = preview();
    project.edit("keeps its <own> time", "is quiet");
    assert_ne!(preview(), first);
    assert!(project.path("build/preview/cuts/film.vtt").exists());
}

#[test]
fn too_much_to_say_is_refused() {
    let words = "and so on ".repeat(250);
    let film =
        format!("version: 1\nscenes:\n  a: {{ type: card, text: Hi, narration: \"{words}\" }}\n");
    let said = Project::new(&film).run(&Server::new(&[]), &["check"]).ends_with(2).said();
    assert!(said.contains("divide it among several scenes"), "{said}");
}
