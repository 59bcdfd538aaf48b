//! Timelines: what is beside each cut for editing programs, read back.
//!
//! `python3 -m venv target/timelines && target/timelines/bin/pip install opentimelineio==0.18.1`
//! installs the reference library of OpenTimelineIO; without it the tests that read with it say so
//! and pass, except in CI.

#[path = "../harness/mod.rs"]
mod harness;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{Project, Server, json};
use serde_json::Value;

/// Scenes that are trimmed, drawn, spoken and of a length that is no whole number of frames, two
/// cuts, and a text with everything that a format could take for its own.
const FILM: &str = r#"version: 1
title: Fog & <light>
defaults: { resolution: 720p, image: face.png }
scenes:
  dawn:
    type: t2v
    seed: 10001
    length: 3
    tags: [act1]
    prompt: "=A \"foggy\" <dawn> & it's\n* FROM CLIP NAME: rain\n\tTITLE: back\\slash, \a霧 ]]> --> &amp; %20"
  a-harbor-at-night.en: { type: t2v, seed: 10002, prompt: "Rain, a ferry" }
  bl: { type: card, text: Later, duration: 2.5 }
  host: { type: avatar, voice: voice.wav }
cuts:
  film: { scenes: [dawn, host, bl, a-harbor-at-night.en, { scene: dawn, length: 1 }] }
  short: { scenes: [bl, { scene: a-harbor-at-night.en, length: 1.5 }] }
"#;

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

fn film() -> (Project, Server) {
    let project = Project::new(FILM);
    project.picture("face.png", 120);
    project.write("voice.wav", tone(3_430));
    (project, Server::new(&[]))
}

/// The reference library's Python; `None` if it is not installed, which fails in CI.
fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/timelines/bin/python");
    if !python.exists() {
        assert!(std::env::var_os("CI").is_none(), "no {}", python.display());
        eprintln!("skipped: no OpenTimelineIO, see the head of tests/timelines/main.rs");
        return None;
    }
    Some(python)
}

/// What the reference readers find in a build directory, a line for each cut.
fn read_back(python: &Path, build: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/timelines/read.py");
    let read = Command::new(python).arg(script).arg(build).output().unwrap();
    let said = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{said}");
    String::from_utf8(read.stdout).unwrap()
}

/// The length of a video's pictures in seconds, by ffprobe.
fn seconds(video: &Path) -> f64 {
    let probed = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v", "-show_entries", "stream=duration"])
        .args(["-of", "csv=p=0"])
        .arg(video)
        .output()
        .expect("ffprobe is installed");
    String::from_utf8(probed.stdout).unwrap().trim().parse().unwrap()
}

#[test]
fn timelines_are_read_back_as_the_cut_is() {
    let Some(python) = python() else { return };
    let (project, server) = film();
    let said = project.build(&server, &["--yes"]).ends_with(0).said();
    let found = read_back(&python, &project.path("build"));
    let expected = "film: 358 frames of 24: dawn@0+72/120 host@72+82/82 bl@154+60/60 \
                    a-harbor-at-night.en@214+120/120 dawn@334+24/120\n\
                    short: 96 frames of 24: bl@0+60/60 a-harbor-at-night.en@60+36/120\n";
    assert_eq!(found, expected);
    for (cut, frames) in [("film", 358.0), ("short", 96.0)] {
        let seconds = seconds(&project.path(&format!("build/cuts/{cut}.mp4")));
        assert!((seconds * 24.0 - frames).abs() <= 0.6, "{cut}: {seconds} s");
    }
    // What an EDL cannot say is told once, when it is written.
    let note = "note: cuts/film.edl: a reel has at most 8 letters and digits";
    assert_eq!(said.matches(note).count(), 1, "{said}");

    // A preview is handed over in the same way, and there the voice is heard.
    project.build(&server, &["--preview"]).ends_with(0);
    let heard = expected.replacen("24/120\n", "24/120 ~host@72+82\n", 1);
    assert_eq!(read_back(&python, &project.path("build/preview")), heard);

    // A folder that is moved stays whole.
    let moved = project.path("elsewhere/50% of a film #1");
    fs::create_dir_all(moved.parent().unwrap()).unwrap();
    fs::rename(project.path("build"), &moved).unwrap();
    assert_eq!(read_back(&python, &moved), found);
}

#[test]
fn other_takes_that_are_files_can_be_switched_to() {
    let Some(python) = python() else { return };
    let (project, server) = film();
    project.edit("seed: 10002,", "takes: 2,");
    project.build(&server, &["--yes"]).ends_with(0);
    assert!(!read_back(&python, &project.path("build")).contains("take"));
    project.run(&server, &["takes", "a-harbor-at-night.en", "--export"]).ends_with(0);
    project.build(&server, &["--yes"]).ends_with(0);
    let found = read_back(&python, &project.path("build"));
    assert!(found.contains("a-harbor-at-night.en@60+36/120 (take 2)\n"), "{found}");
    let again = project.build(&server, &[]).ends_with(0).said();
    assert!(again.contains("up to date"), "{again}");
}

#[test]
fn timelines_stay_while_nothing_changes_and_go_with_their_cut() {
    let (project, server) = film();
    project.build(&server, &["--yes"]).ends_with(0);
    let names = ["film", "short"]
        .into_iter()
        .flat_map(|cut| ["otio", "fcpxml", "edl"].map(|ending| format!("cuts/{cut}.{ending}")));
    let names: Vec<String> = names.chain(["scenes.csv".to_string()]).collect();
    let built = project.built();
    assert_eq!(project.manifest()["cuts"][1]["timelines"][0], "cuts/short.otio");
    assert_eq!(project.manifest()["shot_list"], "scenes.csv");
    assert!(names.iter().all(|name| built.contains_key(name)), "{:?}", built.keys());

    // A build that looks at everything again writes none of them and has nothing to tell.
    // It is not there while the files of the project are a moment old.
    let _ = fs::remove_file(project.path("build/.unchanged.json"));
    let said = project.build(&server, &[]).ends_with(0).said();
    assert!(!said.contains("note:"), "{said}");
    let again = project.built();
    assert!(names.iter().all(|name| built[name] == again[name]));

    // A manifest of an older version does not know the frames: the cut is made again for nothing.
    let manifest = fs::read_to_string(project.path("build/manifest.json")).unwrap();
    let mut older: Value = serde_json::from_str(&manifest).unwrap();
    for cut in older["cuts"].as_array_mut().unwrap() {
        let cut = cut.as_object_mut().unwrap();
        cut.remove("frame_rate");
        for clip in cut["clips"].as_array_mut().unwrap() {
            clip.as_object_mut().unwrap().retain(|name, _| name != "frames" && name != "sound");
        }
    }
    fs::write(project.path("build/manifest.json"), older.to_string()).unwrap();
    project.build(&server, &[]).ends_with(0);
    assert_eq!(fs::read_to_string(project.path("build/manifest.json")).unwrap(), manifest);
    assert_eq!(server.records().tasks.len(), 3);

    // Files of an editor's own, beside ours, are nobody's business.
    project.write("build/cuts/mine.otio", "{}");
    project.edit("  short: {", "  brief: { was: short,");
    project.build(&server, &[]).ends_with(0);
    project.edit("\n  brief: {", "\nx-cuts:\n  brief: {");
    project.build(&server, &[]).ends_with(0);
    let left: HashSet<String> =
        project.built().into_keys().filter(|name| name.starts_with("cuts/")).collect();
    let expected = ["cuts/film.mp4", "cuts/film.otio", "cuts/film.fcpxml", "cuts/film.edl"];
    let expected: HashSet<String> =
        expected.into_iter().chain(["cuts/mine.otio"]).map(str::to_string).collect();
    assert_eq!(left, expected);
}

/// An event of an edit decision list.
#[derive(Debug, PartialEq)]
struct Event {
    reel: String,
    tracks: String,
    /// Source in and out, record in and out, in frames.
    times: [u64; 4],
    clip: String,
}

/// Reads an edit decision list by the grammar of CMX 3600 for cuts: a title of at most 70
/// characters, the way of counting, then events of fixed columns, each with comments after it.
fn read_edl(text: &str, base: u64) -> Vec<Event> {
    assert!(text.is_ascii() && text.ends_with('\n') && !text.contains(['\r', '\t']));
    let mut lines = text.lines();
    let title = lines.next().and_then(|line| line.strip_prefix("TITLE: ")).expect("a title");
    assert!((1..=70).contains(&title.len()));
    assert_eq!(lines.next(), Some("FCM: NON-DROP FRAME"));
    assert_eq!(lines.next(), Some(""));
    let mut events: Vec<Event> = Vec::new();
    for line in lines {
        if let Some(comment) = line.strip_prefix("* ") {
            if let Some(clip) = comment.strip_prefix("FROM CLIP NAME: ") {
                events.last_mut().expect("an event").clip = clip.to_string();
            }
            continue;
        }
        assert_eq!(line[..3].parse::<usize>().unwrap(), events.len() + 1, "{line}");
        assert_eq!((&line[3..5], &line[13..14], &line[19..20]), ("  ", " ", " "), "{line}");
        let (reel, tracks) = (line[5..13].trim_end(), line[14..19].trim_end());
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        assert!(!reel.is_empty() && reel.chars().all(is_name), "{line}");
        assert!(["V", "B", "AA/V"].contains(&tracks), "{line}");
        assert_eq!(&line[20..29], "C        ", "{line}");
        let times: Vec<u64> = line[29..].split(' ').map(|code| frames(code, base)).collect();
        let times: [u64; 4] = times.try_into().expect("four time codes");
        let (reel, tracks) = (reel.to_string(), tracks.to_string());
        events.push(Event { reel, tracks, times, clip: String::new() });
    }
    events
}

/// The frames of a time code `HH:MM:SS:FF`.
fn frames(code: &str, base: u64) -> u64 {
    assert_eq!(code.len(), 11, "{code}");
    let parts: Vec<u64> = code.split(':').map(|part| part.parse().unwrap()).collect();
    let [hours, minutes, seconds, frames] = parts[..] else { panic!("{code}") };
    assert!(hours < 24 && minutes < 60 && seconds < 60 && frames < base, "{code}");
    ((hours * 60 + minutes) * 60 + seconds) * base + frames
}

#[test]
fn edit_decision_lists_follow_their_grammar() {
    let (project, server) = film();
    project.build(&server, &["--yes"]).ends_with(0);
    check_edls(&project.path("build"));
    project.build(&server, &["--preview"]).ends_with(0);
    check_edls(&project.path("build/preview"));
}

fn check_edls(build: &Path) {
    for cut in json(&build.join("manifest.json"))["cuts"].as_array().unwrap() {
        let text = fs::read_to_string(build.join(cut["timelines"][2].as_str().unwrap())).unwrap();
        let events = read_edl(&text, 24);
        let clips = cut["clips"].as_array().unwrap();
        assert_eq!(events.len(), clips.len());
        let mut at = 0;
        for (event, clip) in events.iter().zip(clips) {
            let length = clip["frames"].as_u64().unwrap();
            assert_eq!(event.times, [0, length, at, at + length], "{event:?}");
            assert_eq!(event.clip, clip["scene"].as_str().unwrap());
            assert_eq!(event.tracks, if clip["sound"].is_object() { "B" } else { "V" });
            at += length;
        }
        let reels: HashSet<(&str, &str)> =
            events.iter().map(|event| (event.reel.as_str(), event.clip.as_str())).collect();
        let scenes: HashSet<&str> = events.iter().map(|event| event.clip.as_str()).collect();
        assert_eq!(reels.len(), scenes.len(), "a scene has one reel");
        // `BL` would be black.
        assert!(reels.contains(&("BL2", "bl")), "{reels:?}");
    }
}

/// Reads a table by the grammar of RFC 4180.
fn read_csv(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut rest = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(c) = rest.next() {
        let row = rows.last_mut().unwrap();
        let cell = row.last_mut().unwrap();
        match c {
            '"' if is_quoted && rest.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if is_quoted => {
                is_quoted = false;
                assert!(matches!(rest.peek(), Some(',' | '\r')), "text after a quote");
            }
            '"' if cell.is_empty() => is_quoted = true,
            _ if is_quoted => cell.push(c),
            ',' => row.push(String::new()),
            '\r' if rest.next_if_eq(&'\n').is_some() => rows.push(vec![String::new()]),
            '"' | '\r' | '\n' => panic!("an unquoted {c:?}"),
            _ => cell.push(c),
        }
    }
    assert!(!is_quoted);
    assert_eq!(rows.pop(), Some(vec![String::new()]), "the last line has an end");
    rows
}

#[test]
fn the_shot_list_is_a_table_of_all_scenes() {
    let (project, server) = film();
    project.build(&server, &["dawn", "--yes"]).ends_with(0);
    let rows = read_csv(&fs::read_to_string(project.path("build/scenes.csv")).unwrap());
    assert_eq!(rows.len(), 5);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    let cell = |scene: &str, column: &str| {
        let at = rows[0].iter().position(|name| name == column).unwrap();
        rows.iter().find(|row| row[0] == scene).unwrap()[at].clone()
    };
    let prompt = project.scene("dawn")["prompt"].as_str().unwrap().to_string();
    let prompt = prompt.replace('\t', " ").replace('\u{7}', "");
    assert_eq!(cell("dawn", "prompt"), format!("'{prompt}"), "not a formula");
    assert_eq!((cell("dawn", "act"), cell("dawn", "seed")), ("1".into(), "10001".into()));
    assert_eq!(
        (cell("dawn", "state"), cell("dawn", "file")),
        ("done".into(), "scenes/dawn.mp4".into())
    );
    assert_eq!(cell("host", "state"), "missing");
    assert_eq!(cell("a-harbor-at-night.en", "credits"), "50");
    assert!(rows.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@'])));
}
