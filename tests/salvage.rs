//! Paid videos are downloaded: the real program against the simulator, without a storyboard.

mod harness;

use std::fs;
use std::time::Duration;

use harness::{Project, Server, now, text};
use kling_build::sim::SimOptions;

const FILM: &str = "version: 1
defaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }
scenes:
  dawn: { type: t2v, prompt: dawn, seed: 11111 }
  dusk: { type: t2v, prompt: dusk, seed: 22222 }
";

const DAY_MS: i64 = 86_400_000;

/// A built film, with what the simulator saw of it.
fn built() -> (Server, Project) {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &[]).ends_with(0);
    (server, project)
}

fn change(project: &Project, statements: &str) {
    let ledger = rusqlite::Connection::open(project.home.path().join("ledger.db")).unwrap();
    ledger.execute_batch(statements).unwrap();
}

fn remove_objects(project: &Project) {
    fs::remove_dir_all(project.home.path().join("objects")).unwrap();
}

/// Runs `salvage` in a folder without a storyboard.
fn salvage(project: &Project, server: &Server, arguments: &[&str]) -> harness::Ran {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = project.command(server, &[&["salvage"], arguments].concat());
    harness::Ran(command.current_dir(elsewhere.path()).output().unwrap())
}

/// The film is complete without any call to the provider.
fn assert_complete_offline(project: &Project, server: &Server) {
    let requests = server.requests();
    fs::remove_dir_all(project.path("build")).unwrap();
    project.build(server, &["--offline"]).ends_with(0);
    assert_eq!(server.requests(), requests);
    assert!(project.path("build/scenes/dawn.mp4").exists());
}

#[test]
fn deleted_videos_are_downloaded_again() {
    let (server, project) = built();
    let nothing = salvage(&project, &server, &[]).ends_with(0);
    assert!(nothing.said().starts_with("nothing to salvage"), "{}", nothing.said());
    remove_objects(&project);
    let ran = salvage(&project, &server, &[]).ends_with(0);
    assert!(ran.said().contains("salvaged 2 of 2 videos for 0 credits"), "{}", ran.said());
    assert_eq!(server.records().submits, 2);
    assert_complete_offline(&project, &server);
}

#[test]
fn open_task_of_a_killed_build_is_downloaded() {
    let (server, project) = built();
    change(
        &project,
        "DELETE FROM takes; DELETE FROM artifacts;
         UPDATE submissions SET state = 'open', ended_at = NULL;",
    );
    remove_objects(&project);
    fs::remove_file(project.path("storyboard.lock")).unwrap();
    salvage(&project, &server, &[]).ends_with(0);
    assert_eq!(server.records().submits, 2);
    assert_complete_offline(&project, &server);
}

#[test]
fn running_tasks_are_left_for_later() {
    let server =
        Server::with(SimOptions { latency: Duration::from_secs(600), ..SimOptions::default() });
    let project = Project::new(FILM);
    let mut child = project
        .command(&server, &["storyboard.yaml", "--poll-interval", "0.05"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while server.records().tasks.iter().filter(|task| !task.polls.is_empty()).count() < 2 {
        std::thread::sleep(Duration::from_millis(20));
        assert!(child.try_wait().unwrap().is_none(), "the build ended by itself");
    }
    // Its holder lives, so that process is responsible for the take.
    let ran = salvage(&project, &server, &[]).ends_with(0);
    assert_eq!(ran.said().matches("elsewhere").count(), 2, "{}", ran.said());
    child.kill().unwrap();
    child.wait().unwrap();
    let ran = salvage(&project, &server, &[]).ends_with(0);
    assert_eq!(ran.said().matches(" generating ").count(), 2, "{}", ran.said());
    assert!(ran.said().contains("2 tasks not finished yet"), "{}", ran.said());
}

#[test]
fn expired_videos_are_reported_without_asking() {
    let (server, project) = built();
    remove_objects(&project);
    let long_ago = now().millis() - 15 * DAY_MS;
    change(&project, &format!("UPDATE submissions SET ended_at = {long_ago}"));
    let requests = server.requests();
    let ran = salvage(&project, &server, &[]).ends_with(0);
    assert!(ran.said().contains("2 tasks finished longer ago"), "{}", ran.said());
    assert!(ran.said().contains("100 credits"), "{}", ran.said());
    assert_eq!(server.requests(), requests);
    // Asking is free, and a provider may keep more than it promises.
    salvage(&project, &server, &["--all"]).ends_with(0);
    assert_complete_offline(&project, &server);
}

#[test]
fn an_open_task_that_the_provider_no_longer_knows_is_gone() {
    let (_, project) = built();
    let other = Server::new(&[]);
    let long_ago = now().millis() - 15 * DAY_MS;
    change(
        &project,
        &format!(
            "DELETE FROM takes; DELETE FROM artifacts;
             UPDATE submissions SET state = 'open', ended_at = NULL, intended_at = {long_ago}"
        ),
    );
    let ran = salvage(&project, &other, &[]).ends_with(1);
    assert_eq!(ran.said().matches(" gone ").count(), 2, "{}", ran.said());
    salvage(&project, &other, &[]).ends_with(0);
}

#[test]
fn rehearsal_is_not_asked_about_paid_tasks() {
    let (server, project) = built();
    remove_objects(&project);
    change(&project, "UPDATE submissions SET family = 'kling' WHERE scene = 'dawn'");
    let ran = salvage(&project, &server, &[]).ends_with(0);
    assert!(ran.said().contains("salvaged 1 of 1 video "), "{}", ran.said());
    let asked = |scene: &str| {
        let tasks = server.records().tasks;
        tasks
            .iter()
            .filter(|task| text(&task.request["prompt"]) == scene)
            .map(|t| t.downloads)
            .sum::<u64>()
    };
    assert_eq!((asked("dawn"), asked("dusk")), (1, 2));
}

#[test]
fn doubt_must_be_settled_first() {
    let (server, project) = (Server::new(&["reset-after-accept:1"]), Project::new(FILM));
    project.build(&server, &["-j", "1"]).ends_with(3);
    let ran = salvage(&project, &server, &[]).ends_with(3);
    assert!(ran.said().contains("is in doubt since"), "{}", ran.said());
}

#[test]
fn a_provider_that_cannot_be_reached_costs_nothing() {
    let (server, project) = built();
    remove_objects(&project);
    let (base, home) = (server.base(), project.home.path().join("ledger.db"));
    drop(server);
    let mut command = assert_cmd::Command::cargo_bin("kling-build").unwrap();
    let ran = command
        .arg("salvage")
        .env("KLING_BUILD_HOME", project.home.path())
        .env("KIE_API_KEY", harness::KEY)
        .env("KIE_API_BASE", &base)
        .output()
        .unwrap();
    let ran = harness::Ran(ran).ends_with(1);
    assert_eq!(ran.said().matches(" missed ").count(), 2, "{}", ran.said());
    let ledger = rusqlite::Connection::open(home).unwrap();
    let finished: i64 = ledger
        .query_row("SELECT count(*) FROM submissions WHERE state = 'finished'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(finished, 2);
}

#[test]
fn changed_video_is_kept_beside_the_known_one() {
    let (server, project) = built();
    remove_objects(&project);
    let digest = text(&project.scene("dawn")["artifact"]);
    let other = kling_build::base::Digest::of(b"another video").to_string();
    change(
        &project,
        &format!(
            "UPDATE takes SET digest = '{other}' WHERE digest = '{digest}';
             UPDATE artifacts SET digest = '{other}' WHERE digest = '{digest}';"
        ),
    );
    let ran = salvage(&project, &server, &[]).ends_with(1);
    assert!(ran.said().contains("but this store had"), "{}", ran.said());
    let kept = project.home.path().join("objects").join(&digest[..2]).join(&digest);
    assert!(kept.exists(), "it was paid");
    salvage(&project, &server, &[]).ends_with(0);
}

#[test]
fn replaced_take_is_downloaded_on_demand_and_stays_replaced() {
    let (server, project) = built();
    // It was lost here, and a person said that the provider has lost it as well.
    remove_objects(&project);
    project.run(&server, &["settle", "dawn", "--gone"]).ends_with(0);
    project.build(&server, &["dawn"]).ends_with(0);
    let newer = server.tasks_for("dawn").remove(1);
    remove_objects(&project);
    // The simulator gives equal requests the same video; the tasks distinguish two takes of a key.
    let ran = salvage(&project, &server, &[]).ends_with(0);
    assert!(ran.said().contains("salvaged 2 of 2 videos"), "{}", ran.said());
    remove_objects(&project);
    let ran = salvage(&project, &server, &["--all"]).ends_with(0);
    assert!(ran.said().contains("salvaged 3 of 3 videos"), "{}", ran.said());
    let ledger = project.ledger();
    let key = text(&project.scene("dawn")["key"]).parse().unwrap();
    assert_eq!(ledger.take(&key).unwrap().unwrap().task.as_str(), newer);
}
