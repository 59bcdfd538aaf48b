//! Store commands: the real program, on the results of builds against the simulator.

mod harness;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness::{Project, Ran, Server, text};
use kling_build::store::{Claims, LocalDisk};

const FILM: &str = "version: 1
defaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }
scenes:
  dawn: { type: t2v, prompt: dawn, seed: 11111 }
  dusk: { type: t2v, prompt: dusk, seed: 22222 }
";

fn built() -> (Server, Project) {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &[]).ends_with(0);
    (server, project)
}

fn store(project: &Project, server: &Server, arguments: &[&str]) -> Ran {
    project.run(server, &[&["store"], arguments].concat())
}

fn object(project: &Project, scene: &str) -> PathBuf {
    let digest = text(&project.scene(scene)["artifact"]);
    project.home.path().join("objects").join(&digest[..2]).join(digest)
}

/// Replaces a read-only file.
fn overwrite(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn rebuild(project: &Project, server: &Server, arguments: &[&str]) -> Ran {
    fs::remove_dir_all(project.path("build")).unwrap();
    project.build(server, arguments)
}

#[test]
fn damage_is_moved_aside_and_the_take_comes_back() {
    let (server, project) = built();
    store(&project, &server, &["verify"]).ends_with(0);
    let path = object(&project, "dawn");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    overwrite(&path, &bytes);

    let said = store(&project, &server, &["verify"]).ends_with(1).said();
    assert!(said.contains("damaged: `dawn` of "), "{said}");
    assert!(said.contains("13 days left at the provider"), "{said}");
    let aside = harness::files_under(&project.home.path().join("quarantine"));
    assert!(aside.values().any(|(kept, _)| *kept == bytes), "nothing is deleted");
    assert!(aside.keys().any(|name| name.ends_with(".txt")), "{:?}", aside.keys());
    assert!(!path.exists());
    store(&project, &server, &["verify"]).ends_with(0);

    rebuild(&project, &server, &[]).ends_with(0);
    assert_eq!(server.records().submits, 2, "it came back for nothing");
    assert!(path.exists());
}

#[test]
fn leftovers_are_removed_only_while_the_store_is_idle() {
    let (server, project) = built();
    let left = project.home.path().join("objects/.incoming-x1");
    fs::write(&left, b"half a video").unwrap();
    let claims = Claims::at(Arc::new(LocalDisk), project.home.path().join("claims"));
    let working = claims.claim("build-other", "process 1").unwrap().unwrap();
    store(&project, &server, &["verify"]).ends_with(0);
    assert!(left.exists(), "its writer may live");
    drop(working);
    store(&project, &server, &["verify"]).ends_with(0);
    assert!(!left.exists());
}

#[test]
fn gc_removes_only_videos_that_no_lock_names() {
    let (server, project) = built();
    let old = object(&project, "dawn");
    project.edit("prompt: dawn", "prompt: noon");
    project.build(&server, &[]).ends_with(0);
    // Every take is kept, until a person rejects it.
    let said = store(&project, &server, &["gc", "--older-than", "0", "--yes"]).ends_with(0).said();
    assert!(said.starts_with("nothing to remove"), "{said}");
    project.run(&server, &["reject", "dawn", "1"]).ends_with(0);
    // Unused, but not for long.
    let said = store(&project, &server, &["gc", "--yes"]).ends_with(0).said();
    assert!(said.starts_with("nothing to remove"), "{said}");
    // Listing removes nothing.
    let said = store(&project, &server, &["gc", "--older-than", "0"]).ends_with(3).said();
    assert!(said.contains("dawn") && said.contains("1 video · "), "{said}");
    assert!(!said.contains("dusk"), "{said}");
    assert!(old.exists());
    store(&project, &server, &["gc", "--older-than", "0", "--yes"]).ends_with(0);
    assert!(!old.exists());
    rebuild(&project, &server, &["--offline"]).ends_with(0);
    // The ledger still knows it: it is downloaded again while the provider has it.
    project.edit("prompt: noon", "prompt: dawn");
    rebuild(&project, &server, &["--budget", "0"]).ends_with(0);
    assert_eq!(server.records().submits, 3);
}

#[test]
fn a_lock_that_cannot_be_read_may_use_anything() {
    let (server, project) = built();
    let lock = fs::canonicalize(project.path("storyboard.lock")).unwrap();
    let kept = fs::read(&lock).unwrap();
    let gc = |arguments: &[&str]| {
        store(&project, &server, &[&["gc", "--older-than", "0", "--yes"], arguments].concat())
    };
    for broken in [None, Some("<<<<<<< HEAD\n"), Some("{ \"version\": 99 }")] {
        fs::remove_file(&lock).unwrap();
        if let Some(text) = broken {
            fs::write(&lock, text).unwrap();
        }
        let said = gc(&[]).ends_with(0).said();
        assert!(said.contains("cannot be read"), "{said}");
        assert!(said.contains(&format!("--forget {}", lock.display())), "{said}");
        assert!(object(&project, "dawn").exists());
        fs::write(&lock, &kept).unwrap();
    }
    // `--forget` refuses a lock that can be read.
    let path = lock.display().to_string();
    gc(&["--forget", &path]).ends_with(2);
    assert!(object(&project, "dawn").exists());
    let (dawn, dusk) = (object(&project, "dawn"), object(&project, "dusk"));
    fs::remove_file(&lock).unwrap();
    gc(&["--forget", &path]).ends_with(0);
    assert!(!dawn.exists() && !dusk.exists());
    gc(&[]).ends_with(0);
    // Once found again it counts again, whether or not a build has read it since.
    project.run(&server, &["salvage"]).ends_with(0);
    fs::write(&lock, &kept).unwrap();
    gc(&[]).ends_with(0);
    assert!(dawn.exists() && dusk.exists());
}

#[test]
fn videos_of_an_unseen_lock_are_kept() {
    let (server, project) = built();
    let ledger = rusqlite::Connection::open(project.home.path().join("ledger.db")).unwrap();
    // Like an old ledger on a machine that only restored.
    let forget = "DELETE FROM locks; DELETE FROM lock_takes; DELETE FROM submissions;";
    ledger.execute_batch(forget).unwrap();
    let said = store(&project, &server, &["gc", "--older-than", "0", "--yes"]).ends_with(0).said();
    assert!(said.contains("2 videos (") && said.contains("does not know their film"), "{said}");
    assert!(object(&project, "dawn").exists());
}

#[test]
fn videos_used_by_another_film_are_kept() {
    let (server, project) = built();
    let other = Project::new(FILM);
    let mut command = other.command(&server, &["storyboard.yaml", "--poll-interval", "0.05"]);
    Ran(command.env("KLING_BUILD_HOME", project.home.path()).output().unwrap()).ends_with(0);
    assert_eq!(server.records().submits, 2, "nothing was paid again");
    project.edit("prompt: dawn", "prompt: noon");
    project.build(&server, &[]).ends_with(0);
    let said = store(&project, &server, &["gc", "--older-than", "0", "--yes"]).ends_with(0).said();
    assert!(said.starts_with("nothing to remove"), "{said}");
}

#[test]
fn nothing_is_removed_during_a_build() {
    let (server, project) = built();
    project.edit("prompt: dawn", "prompt: noon");
    let old = object(&project, "dawn");
    project.build(&server, &[]).ends_with(0);
    project.run(&server, &["reject", "dawn", "1"]).ends_with(0);
    let claims = Claims::at(Arc::new(LocalDisk), project.home.path().join("claims"));
    let working = claims.claim("build-other", "process 1").unwrap().unwrap();
    let gc = || store(&project, &server, &["gc", "--older-than", "0", "--yes"]);
    let said = gc().ends_with(1).said();
    assert!(said.contains("the store is in use: process 1"), "{said}");
    assert!(old.exists());
    drop(working);
    gc().ends_with(0);
    assert!(!old.exists());
}

#[test]
fn build_waits_for_a_running_gc() {
    let (server, project) = built();
    let claims = Claims::at(Arc::new(LocalDisk), project.home.path().join("claims"));
    let whole = claims.claim_whole("process 1 clears").unwrap().unwrap();
    fs::remove_dir_all(project.path("build")).unwrap();
    let mut child = project
        .command(&server, &["storyboard.yaml"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    drop(whole);
    let ran = Ran(child.wait_with_output().unwrap()).ends_with(0);
    assert!(ran.said().contains("waiting: process 1 clears"), "{}", ran.said());
}

#[test]
fn old_ledger_finds_locks_by_their_storyboards() {
    let (server, project) = built();
    let ledger = rusqlite::Connection::open(project.home.path().join("ledger.db")).unwrap();
    ledger.execute_batch("DELETE FROM locks; DELETE FROM lock_takes;").unwrap();
    let said = store(&project, &server, &["gc", "--older-than", "0", "--yes"]).ends_with(0).said();
    assert!(said.starts_with("nothing to remove"), "{said}");
}

#[test]
fn list_shows_the_owner_of_each_video() {
    let (server, project) = built();
    fs::write(project.home.path().join("objects/odd"), b"no video").unwrap();
    let said = store(&project, &server, &["list"]).ends_with(0).said();
    for shown in ["SCENE", "dawn", "dusk", "kling-2-5-turbo", "storyboard.yaml"] {
        assert!(said.contains(shown), "`{shown}` is missing:\n{said}");
    }
    assert!(said.contains("2 videos · ") && said.contains("100 credits"), "{said}");
    let empty = tempfile::tempdir().unwrap();
    let mut command = project.command(&server, &["store", "list"]);
    command.env("KLING_BUILD_HOME", empty.path().join("none"));
    assert!(Ran(command.output().unwrap()).ends_with(0).said().starts_with("0 videos"));
    assert!(!empty.path().join("none").exists(), "looking makes nothing");
}
