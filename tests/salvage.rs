//! What was paid comes home: the real program against the simulator, without a storyboard.

mod stand;

use std::fs;
use std::time::Duration;

use kling_build::sim::SimOptions;
use stand::{Project, Server, now, text};

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

/// Runs `salvage` where there is no storyboard.
fn salvage(project: &Project, server: &Server, arguments: &[&str]) -> stand::Ran {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = project.command(server, &[&["salvage"], arguments].concat());
    stand::Ran(command.current_dir(elsewhere.path()).output().unwrap())
}

/// The film is there without asking the provider for anything.
fn is_at_hand(project: &Project, server: &Server) {
    let requests = server.requests();
    fs::remove_dir_all(project.path("build")).unwrap();
    project.build(server, &["--offline"]).ends_with(0);
    assert_eq!(server.requests(), requests);
    assert!(project.path("build/scenes/dawn.mp4").exists());
}

#[test]
fn a_store_whose_videos_were_deleted_is_filled_again() {
    let (server, project) = built();
    let nothing = salvage(&project, &server, &[]).ends_with(0);
    assert!(nothing.said().starts_with("nothing to salvage"), "{}", nothing.said());
    remove_objects(&project);
    let ran = salvage(&project, &server, &[]).ends_with(0);
    assert!(ran.said().contains("salvaged 2 of 2 videos for 0 credits"), "{}", ran.said());
    assert_eq!(server.records().submits, 2);
    is_at_hand(&project, &server);
}

#[test]
fn a_task_that_a_killed_build_left_open_comes_home() {
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
    is_at_hand(&project, &server);
}

#[test]
fn what_is_still_generating_is_left_for_later() {
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
    // Its holder lives: the take is its business.
    let ran = salvage(&project, &server, &[]).ends_with(0);
    assert_eq!(ran.said().matches("elsewhere").count(), 2, "{}", ran.said());
    child.kill().unwrap();
    child.wait().unwrap();
    let ran = salvage(&project, &server, &[]).ends_with(0);
    assert_eq!(ran.said().matches(" generating ").count(), 2, "{}", ran.said());
    assert!(ran.said().contains("2 tasks not finished yet"), "{}", ran.said());
}

#[test]
fn what_the_provider_has_deleted_is_told_once_and_not_asked_for() {
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
    is_at_hand(&project, &server);
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
fn paid_tasks_are_not_asked_for_at_a_rehearsal() {
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
fn a_doubt_has_to_be_decided_first() {
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
        .env("KIE_API_KEY", stand::KEY)
        .env("KIE_API_BASE", &base)
        .output()
        .unwrap();
    let ran = stand::Ran(ran).ends_with(1);
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
fn a_video_that_is_no_longer_the_same_is_kept_beside() {
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
fn a_take_that_a_newer_one_replaced_is_fetched_on_demand_and_stays_replaced() {
    let (server, project) = built();
    project.build(&server, &["dawn", "--force", "dawn"]).ends_with(0);
    let newer = server.tasks_for("dawn").remove(1);
    remove_objects(&project);
    // The simulator gives one request one video; two takes of a key are told apart by their tasks.
    let ran = salvage(&project, &server, &[]).ends_with(0);
    assert!(ran.said().contains("salvaged 2 of 2 videos"), "{}", ran.said());
    remove_objects(&project);
    let ran = salvage(&project, &server, &["--all"]).ends_with(0);
    assert!(ran.said().contains("salvaged 3 of 3 videos"), "{}", ran.said());
    let ledger = project.ledger();
    let key = text(&project.scene("dawn")["key"]).parse().unwrap();
    assert_eq!(ledger.take(&key).unwrap().unwrap().task.as_str(), newer);
}
