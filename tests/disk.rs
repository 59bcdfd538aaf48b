//! Disks that are full, read-only, separate or damaged: the real program against the simulator.
//!
//! Tests that need a disk of their own run in a mount namespace (`unshare`), which most Linux
//! systems offer to unprivileged users; elsewhere they say so and pass.
#![cfg(target_os = "linux")]

mod harness;

use std::fs;
use std::process::Command;

use harness::{Project, Ran, Server};

const FILM: &str = "version: 1
defaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }
scenes:
  dawn: { type: t2v, prompt: dawn, seed: 11111 }
  dusk: { type: t2v, prompt: dusk, seed: 22222 }
";

/// The build as a line of a shell script.
const BUILD: &str = "\"$PROGRAM\" storyboard.yaml --poll-interval 0.05";

fn stand() -> (Server, Project) {
    (Server::new(&[]), Project::new(FILM))
}

/// Runs a shell script in the project, in a mount namespace of its own. `$STORE` is the store's
/// folder; `None` if the system does not allow namespaces.
fn in_namespace(project: &Project, server: &Server, script: &str) -> Option<Ran> {
    let has = Command::new("unshare").args(["-rm", "true"]).output();
    if !has.is_ok_and(|ran| ran.status.success()) {
        eprintln!("skipped: `unshare -rm` is not allowed here");
        return None;
    }
    let plain = project.command(server, &[]);
    let mut command = Command::new("unshare");
    command
        .args(["-rm", "sh", "-uc", script])
        .current_dir(project.folder.path())
        .env("PROGRAM", plain.get_program())
        .env("STORE", project.home.path());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Some(Ran(command.output().unwrap()))
}

/// Settles each doubt as a person would who reads the provider's log page.
fn settle(project: &Project, server: &Server) {
    for row in project.doubts() {
        let tasks = server.tasks_for(&row.scene);
        let id = row.id.to_string();
        let decision = match tasks.first() {
            Some(task) => vec!["--task", task],
            None => vec!["--not-sent"],
        };
        let named = ["settle", &row.scene, "--doubt", &id];
        project.run(server, &[&named[..], &decision].concat()).ends_with(0);
    }
}

/// Each scene was paid for once, and the film is complete.
fn paid_once(project: &Project, server: &Server, what: &str) {
    settle(project, server);
    let ran = project.build(server, &[]);
    assert_eq!(ran.code(), 0, "{what}: {}", ran.said());
    for scene in ["dawn", "dusk"] {
        assert_eq!(server.tasks_for(scene).len(), 1, "{what}: `{scene}` was paid again");
        assert!(project.path(&format!("build/scenes/{scene}.mp4")).exists(), "{what}");
    }
}

#[test]
fn full_store_loses_and_repays_nothing() {
    // From no space at all to space for one video of the two.
    for left in [0, 8, 24, 48, 72, 96, 120, 160] {
        let (server, project) = stand();
        let script = format!(
            "mkdir full && mount -t tmpfs -o size=4m none full && export KLING_BUILD_HOME=\"$PWD/full\"
             \"$PROGRAM\" salvage >/dev/null 2>&1
             head -c {left}k /dev/zero >full/room && cat /dev/zero >full/filler 2>/dev/null
             rm full/room
             {BUILD}; echo \"first: $?\"
             rm full/filler
             cp -r full/. \"$STORE\"; umount full; rmdir full"
        );
        let Some(ran) = in_namespace(&project, &server, &script) else { return };
        let said = ran.said();
        assert!(!said.contains("first: 0"), "{left} kB were enough: {said}");
        assert!(said.contains("full"), "{left} kB: nothing says that the disk is full: {said}");
        paid_once(&project, &server, &format!("{left} kB left"));
    }
}

#[test]
fn a_full_build_directory_keeps_the_videos_in_the_store() {
    let (server, project) = stand();
    let script = format!(
        "mkdir build && mount -t tmpfs -o size=80k none build
         {BUILD}; echo \"first: $?\"
         umount build"
    );
    let Some(ran) = in_namespace(&project, &server, &script) else { return };
    let said = ran.said();
    assert!(said.contains("first: 1"), "{said}");
    assert!(said.contains("make room or choose another folder"), "{said}");
    let requests = server.requests();
    paid_once(&project, &server, "with room");
    assert_eq!(server.requests(), requests, "all of it came from the store");
}

#[test]
fn read_only_build_directory_is_found_before_paying() {
    let (server, project) = stand();
    let script = format!(
        "mkdir build && mount -t tmpfs -o ro none build
         {BUILD}; echo \"first: $?\"
         umount build"
    );
    let Some(ran) = in_namespace(&project, &server, &script) else { return };
    assert!(ran.said().contains("first: 2"), "{}", ran.said());
    assert!(ran.said().contains("cannot be written"), "{}", ran.said());
    assert_eq!(server.requests(), 0);
    paid_once(&project, &server, "writable");
}

#[test]
fn read_only_store_is_found_before_paying() {
    let (server, project) = stand();
    project.build(&server, &["dawn"]).ends_with(0);
    let requests = server.requests();
    let script = format!(
        "mount --bind \"$STORE\" \"$STORE\" && mount -o remount,bind,ro \"$STORE\"
         {BUILD}; echo \"first: $?\""
    );
    let Some(ran) = in_namespace(&project, &server, &script) else { return };
    let said = ran.said();
    assert!(said.contains("first: 1"), "{said}");
    assert!(said.contains("ledger.db") && said.contains("KLING_BUILD_HOME"), "{said}");
    assert_eq!(server.requests(), requests);
    paid_once(&project, &server, "writable");
}

#[test]
fn store_can_be_on_another_disk() {
    let (server, project) = stand();
    let script = format!(
        "mkdir other && mount -t tmpfs none other && export KLING_BUILD_HOME=\"$PWD/other/home\"
         {BUILD} && rm -r build && {BUILD} --offline --locked; echo \"both: $?\"
         umount other; rmdir other"
    );
    let Some(ran) = in_namespace(&project, &server, &script) else { return };
    assert!(ran.said().contains("both: 0"), "{}", ran.said());
    assert!(project.path("build/scenes/dusk.mp4").exists());
    assert_eq!(server.records().submits, 2);
}

#[test]
fn file_size_limit_acts_like_a_full_disk() {
    // From too little for a ledger to enough for it but too little for a video.
    for blocks in [40, 160] {
        let (server, project) = stand();
        let mut command = Command::new("bash");
        let plain = project.command(&server, &[]);
        command
            .args(["-c", &format!("ulimit -f {blocks}; exec {BUILD}")])
            .current_dir(project.folder.path())
            .env("PROGRAM", plain.get_program());
        for (name, value) in plain.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        let ran = Ran(command.output().unwrap());
        println!("{blocks} blocks: {:?} {}", ran.0.status, ran.said());
        paid_once(&project, &server, &format!("{blocks} blocks"));
    }
}

#[test]
fn damaged_ledger_is_never_treated_as_empty() {
    let (server, project) = stand();
    project.build(&server, &[]).ends_with(0);
    let ledger = project.home.path().join("ledger.db");
    let whole = fs::read(&ledger).unwrap();
    let requests = server.requests();
    fs::write(&ledger, b"this was a database once, until a disk failed").unwrap();
    for arguments in [
        &["reroll", "storyboard.yaml", "dawn"][..],
        &["plan"],
        &["status"],
        &["salvage"],
        &["store", "gc"],
        &["store", "verify"],
    ] {
        let said = project.run(&server, arguments).ends_with(1).said();
        for known in [&ledger.display().to_string()[..], "it is damaged: put back a copy"] {
            assert!(said.contains(known), "{arguments:?} does not say `{known}`: {said}");
        }
    }
    assert_eq!(server.requests(), requests);
    assert!(fs::read(&ledger).unwrap().starts_with(b"this was a database once"), "left as it is");
    // With a backup restored, or without any ledger, nothing that a lock names is paid for again.
    for copy in [Some(whole), None] {
        for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
            let _ = fs::remove_file(project.home.path().join(name));
        }
        if let Some(bytes) = copy {
            fs::write(&ledger, bytes).unwrap();
        }
        let _ = fs::remove_dir_all(project.path("build"));
        project.build(&server, &["--locked", "--offline"]).ends_with(0);
    }
    assert_eq!(server.requests(), requests);
}

#[test]
fn two_storyboards_never_share_a_lock() {
    for other in ["storyboard.yml", "Storyboard.yaml"] {
        let (server, project) = stand();
        project.write(other, "version: 1\nscenes:\n  sea: { type: t2v, prompt: the sea }\n");
        let said = project.build(&server, &[]).ends_with(2).said();
        assert!(said.contains(&format!("`storyboard.yaml` and `{other}` would share")), "{said}");
        assert_eq!(server.requests(), 0);
        // A file of variables is not a storyboard.
        project.write(other, "product: Aurora\n");
        project.build(&server, &[]).ends_with(0);
    }
}
