//! Narration: shown in previews, captions of cuts, and never a reason to pay again.

mod harness;

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt as _;

use harness::{Project, Ran, Server};
use kling_build::media::probe_video;
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

#[test]
fn what_nobody_can_say_in_time_is_warned_of() {
    let words = "and so on ".repeat(12);
    let film = format!(
        "version: 1\nscenes:\n  a: {{ type: card, text: Hi, duration: 3, narration: \"{words}\" }}\n  \
         b: {{ type: card, text: Hi, duration: 9, narration: \"{words}\" }}\n  \
         c: {{ type: card, text: Hi, duration: 3, narration: \"{words}\", scratch_voice: off }}\n"
    );
    let said = Project::new(&film).run(&Server::new(&[]), &["check"]).ends_with(0).said();
    assert!(said.contains("the narration of scene `a` takes 5 s or more to say"), "{said}");
    assert!(said.contains("1 warning"), "{said}");
}

/// A film whose scenes are narrated in every way.
const NARRATED: &str = "version: 1
defaults: { resolution: 720p, scratch_voice: de }
scenes:
  read: { type: t2v, prompt: Fog, narration: Die Bucht }
  title: { type: card, text: Later, duration: 2, narration: Abends }
  recorded: { type: t2v, prompt: Rain, narration: Unheard, voiceover: rain.wav }
  quiet: { type: t2v, prompt: Snow, narration: Nothing, scratch_voice: off }
cuts:
  film: { scenes: [read, title, recorded, quiet] }
";

/// A recording of a tone, of so many milliseconds.
fn tone(millis: u32) -> Vec<u8> {
    let samples = 16 * millis;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + samples * 2).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(16_000u32.to_le_bytes());
    wav.extend(32_000u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend((samples * 2).to_le_bytes());
    wav.extend((0..samples).flat_map(|at| ((at % 80) as i16 * 200 - 8_000).to_le_bytes()));
    wav
}

/// A folder with a program `espeak-ng` of this version that says a tone and notes what it read.
fn reader(project: &Project, version: &str) -> String {
    project.write("tone.wav", tone(1_500));
    let script = format!(
        r#"#!/bin/sh
case "$1" in
--version) echo "eSpeak NG text-to-speech: {version}  Data at: /nowhere" ;;
--voices) printf 'Pty Language Age\n 5  de  --/M  German gmw/de\n 2  en-gb  --/M  English gmw/en  (en 2)\n' ;;
*)
  while [ $# -gt 0 ]; do case "$1" in -v) voice=$2 ;; esac; shift; done
  echo "$voice: $(cat)" >> "{folder}/said.txt"
  cat "{folder}/tone.wav" ;;
esac
"#,
        folder = project.folder.path().display()
    );
    project.write("bin/espeak-ng", script);
    let path = project.path("bin/espeak-ng");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    project.path("bin").display().to_string()
}

fn preview_with(project: &Project, server: &Server, folder: &str) -> Ran {
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
    let mut command = project.command(server, &["build", "--preview"]);
    Ran(command.env("PATH", path).output().unwrap())
}

fn has_sound(project: &Project, scene: &str) -> bool {
    let video = fs::read(project.path(&format!("build/preview/scenes/{scene}.mp4"))).unwrap();
    probe_video(&mut Cursor::new(video)).unwrap().has_audio
}

#[test]
fn previews_let_narrations_be_heard() {
    let (project, server) = (Project::new(NARRATED), Server::new(&[]));
    project.write("rain.wav", tone(2_000));
    let folder = reader(&project, "1.51");
    preview_with(&project, &server, &folder).ends_with(0);
    let said = |project: &Project| {
        let said = fs::read_to_string(project.path("said.txt")).unwrap();
        let mut lines: Vec<String> = said.lines().map(str::to_string).collect();
        lines.sort();
        lines
    };
    assert_eq!(said(&project), ["de: Abends", "de: Die Bucht"]);
    let sounds = ["read", "title", "recorded", "quiet"].map(|scene| has_sound(&project, scene));
    assert_eq!(sounds, [true, true, true, false]);

    // Nothing is read again until something changes: the words, or the program.
    let again = preview_with(&project, &server, &folder).ends_with(0).said();
    assert!(again.contains("up to date"), "{again}");
    project.edit("Abends", "Am Abend");
    preview_with(&project, &server, &folder).ends_with(0);
    assert_eq!(said(&project).len(), 3);
    reader(&project, "1.52");
    preview_with(&project, &server, &folder).ends_with(0);
    assert_eq!(said(&project).len(), 5);
}

#[test]
fn what_is_bought_and_built_is_silent() {
    let (project, server) = (Project::new(NARRATED), Server::new(&[]));
    project.write("rain.wav", tone(2_000));
    let folder = reader(&project, "1.51");
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
    let mut command = project.command(&server, &["build", "--yes"]);
    Ran(command.env("PATH", &path).output().unwrap()).ends_with(0);
    assert!(!project.path("said.txt").exists());
    let card = fs::read(project.path("build/scenes/title.mp4")).unwrap();
    assert!(!probe_video(&mut Cursor::new(card)).unwrap().has_audio);

    // Another recording is no reason to pay.
    project.write("rain.wav", tone(2_100));
    project.edit("scratch_voice: de", "scratch_voice: en");
    let mut command = project.command(&server, &["plan"]);
    let planned = Ran(command.env("PATH", &path).output().unwrap()).ends_with(0).said();
    assert!(planned.contains("up to date"), "{planned}");
}

#[test]
fn voices_and_recordings_that_do_not_fit_are_told() {
    let film = NARRATED.replace("scratch_voice: de", "scratch_voice: en-us");
    let (project, server) = (Project::new(&film), Server::new(&[]));
    let folder = reader(&project, "1.51");
    let said = preview_with(&project, &server, &folder).ends_with(2).said();
    assert!(said.contains("`rain.wav`, but there is no such file"), "{said}");

    project.write("rain.wav", tone(7_000));
    let said = preview_with(&project, &server, &folder).ends_with(0).said();
    for part in [
        "espeak-ng 1.51 has no voice `en-us`, so scene `read` is not read aloud",
        "it has `en`, `en-gb`",
        "`rain.wav` is 7.0 s long, but scene `recorded` is seen for 5 s",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(!has_sound(&project, "read"));

    project.write("rain.wav", "no recording");
    let said = project.run(&server, &["check"]).ends_with(2).said();
    assert!(said.contains("`rain.wav` cannot be used as a voiceover"), "{said}");
}

#[test]
fn an_installed_program_is_understood() {
    let Some(version) = std::process::Command::new("espeak-ng").arg("--version").output().ok()
    else {
        assert!(std::env::var_os("CI").is_none(), "`espeak-ng` is needed: see .ci/run");
        return;
    };
    assert!(version.status.success());
    let film = "version: 1\nscenes:\n  a: { type: card, text: Hi, narration: \"A [[quiet]] harbor\" }\n  \
                b: { type: card, text: Ho, narration: \"Тихая гавань\" }\n  \
                c: { type: card, text: Ha, narration: \"...\" }\n";
    let (project, server) = (Project::new(film), Server::new(&[]));
    let said = project.build(&server, &["--preview"]).ends_with(0).said();
    assert!(!said.contains("warning"), "{said}");
    assert_eq!(["a", "b"].map(|scene| has_sound(&project, scene)), [true, true]);
}
