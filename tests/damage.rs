//! Damaged bytes in the store: they never reach the film, and nothing is paid because of them.

mod harness;

use std::fs;
use std::path::PathBuf;

use harness::{Project, Server, files_under, text};

const FILM: &str = "
version: 1
defaults: { model: kling-2-6 }
scenes:
  dawn: { type: t2v, prompt: the harbor at dawn }
  chase: { type: i2v, image: { scene: dawn, frame: last }, prompt: a boat chase }
";

/// The file of a scene's video in the store.
fn object(project: &Project, scene: &str) -> PathBuf {
    let digest = text(&project.scene(scene)["artifact"]);
    project.home.path().join("objects").join(&digest[..2]).join(&digest)
}

/// Changes one byte and nothing else.
fn flip(path: &PathBuf) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let _ = fs::remove_file(path);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_video_goes_to_quarantine_and_is_restored_for_nothing() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &[]).ends_with(0);
    let (film, chase) =
        (fs::read(project.path("build/scenes/chase.mp4")).unwrap(), object(&project, "chase"));
    flip(&chase);
    fs::remove_dir_all(project.path("build")).unwrap();
    let said = project.build(&server, &[]).ends_with(1).said();
    assert!(said.contains("chase") && said.contains("quarantine"), "{said}");
    assert!(!project.path("build/scenes/chase.mp4").exists(), "damaged bytes are in the film");
    assert!(!chase.exists());
    assert_eq!(
        files_under(&project.home.path().join("quarantine")).len(),
        2,
        "a file and its note"
    );
    project.build(&server, &[]).ends_with(0);
    assert_eq!(fs::read(project.path("build/scenes/chase.mp4")).unwrap(), film);
    let records = server.records();
    assert_eq!(records.tasks.len(), 2, "nothing is paid again");
    assert_eq!(records.tasks[1].downloads, 2);
}

#[test]
fn damage_in_the_store_does_not_hold_up_a_film_that_is_placed_already() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &[]).ends_with(0);
    let chase = object(&project, "chase");
    let mut bytes = fs::read(&chase).unwrap();
    let index = bytes.windows(4).position(|four| four == b"moov").unwrap();
    bytes[index] ^= 1;
    fs::remove_file(&chase).unwrap();
    fs::write(&chase, bytes).unwrap();
    // The manifest is written anew, with what the videos say of themselves.
    fs::remove_file(project.path("build/manifest.json")).unwrap();
    project.build(&server, &[]).ends_with(0);
    assert_eq!(project.scene("chase")["width"], 1920);
    assert_eq!(server.records().tasks.len(), 2);
}

#[test]
fn what_cannot_be_moved_is_not_said_to_be_in_quarantine() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &[]).ends_with(0);
    let chase = object(&project, "chase");
    flip(&chase);
    fs::remove_dir_all(project.path("build")).unwrap();
    let quarantine = project.home.path().join("quarantine");
    fs::write(&quarantine, "a file where the folder should be").unwrap();
    for more in [&[][..], &["--json"]] {
        let said = project.build(&server, more).ends_with(1).said();
        assert!(said.contains("not movable") && !said.contains("is in quarantine"), "{said}");
        assert!(chase.exists() && !project.path("build/scenes/chase.mp4").exists());
    }
    let said = project.run(&server, &["store", "verify"]).ends_with(1).said();
    assert!(said.contains("fix: make the store") && !said.contains("again for free"), "{said}");
    fs::remove_file(&quarantine).unwrap();
    project.build(&server, &[]).ends_with(1);
    let notes = files_under(&quarantine);
    let note = notes.iter().find(|(name, _)| name.ends_with(".txt")).expect("a note").1;
    assert!(!String::from_utf8_lossy(&note.0).contains("verify"), "a build moved it");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.records().tasks.len(), 2);
}

#[test]
fn a_damaged_frame_is_drawn_again_before_it_is_sent() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &[]).ends_with(0);
    let frames = project.home.path().join("frames");
    let before = files_under(&frames);
    let name = before.keys().next().expect("a frame was drawn").clone();
    fs::write(frames.join(&name), b"not a picture").unwrap();
    project.edit("a boat chase", "a slow boat chase");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(files_under(&frames)[&name].0, before[&name].0);
    // A frame of a damaged video is not sent at all.
    let tasks = server.records().tasks.len();
    flip(&object(&project, "dawn"));
    project.edit("a slow boat chase", "a very slow boat chase");
    let said = project.build(&server, &[]).ends_with(1).said();
    assert!(said.contains("damaged"), "{said}");
    assert_eq!(server.records().tasks.len(), tasks);
}
