//! Builds that are asked to stop, and builds that nobody can be asked about: the lock is up to date
//! at every moment, and money is spent only with the user's consent.
#![cfg(unix)]

mod harness;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use harness::{Project, Ran, Server};
use kling_build::sim::SimOptions;

const FILM: &str = "
version: 1
defaults: { model: kling-2-6 }
scenes:
  dawn: { type: t2v, prompt: the harbor at dawn }
  noon: { type: t2v, prompt: the harbor at noon }
  dusk: { type: t2v, prompt: the harbor at dusk }
";

/// A simulator that makes one video at a time.
fn one_by_one() -> Server {
    Server::with(SimOptions {
        latency: Duration::from_millis(700),
        concurrent_tasks: 1,
        ..SimOptions::default()
    })
}

/// Waits until the lock of a running build names a take.
fn wait_for_first_take(project: &Project, build: &mut Child) {
    for _ in 0..600 {
        let is_locked = project.path("storyboard.lock").exists();
        assert!(build.try_wait().unwrap().is_none(), "the build ended before its lock was seen");
        if is_locked {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the lock names nothing while the build runs");
}

fn signal(build: &Child, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(build.id().to_string()).status();
    assert!(sent.unwrap().success());
}

#[test]
fn signals_stop_a_build_as_ctrl_c_does_and_the_lock_names_what_was_finished() {
    for name in ["TERM", "HUP", "INT"] {
        let (server, project) = (one_by_one(), Project::new(FILM));
        let mut build = project
            .command(&server, &["storyboard.yaml", "--poll-interval", "0.05"])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for_first_take(&project, &mut build);
        signal(&build, name);
        let ran = Ran(build.wait_with_output().unwrap()).ends_with(130);
        let locked = project.locked_scenes().len();
        assert!((1..3).contains(&locked), "{name}: {locked} takes in the lock: {}", ran.said());
        assert!(project.doubts().is_empty(), "{name} left a request in doubt");
        project.build(&server, &[]).ends_with(0);
        assert_eq!(server.records().tasks.len(), 3, "{name}: each scene is paid once");
    }
}

#[test]
fn a_killed_build_leaves_its_finished_takes_in_the_lock() {
    let (server, project) = (one_by_one(), Project::new(FILM));
    let mut build = project
        .command(&server, &["storyboard.yaml", "--poll-interval", "0.05", "--quiet"])
        .spawn()
        .unwrap();
    wait_for_first_take(&project, &mut build);
    build.kill().unwrap();
    build.wait().unwrap();
    let locked = project.locked_scenes().len();
    assert!((1..3).contains(&locked), "{locked} takes in the lock");
}

#[test]
fn a_reader_that_goes_away_does_not_stop_a_build() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    let program = env!("CARGO_BIN_EXE_kling-build");
    let line =
        format!("({program} storyboard.yaml --poll-interval 0.05; echo $? >code) 2>&1 | head -1");
    let mut shell = Command::new("sh");
    let with_environment = project.command(&server, &[]);
    shell.args(["-c", &line]).current_dir(project.folder.path());
    for (name, value) in with_environment.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.stdout(Stdio::null()).status().unwrap();
    for _ in 0..200 {
        if project.path("code").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(std::fs::read_to_string(project.path("code")).unwrap().trim(), "0");
    assert_eq!(project.locked_scenes().len(), 3);
}

/// The program with a key for the paid API, in a session without a terminal. It must refuse before it
/// sends anything.
fn paid(project: &Project, arguments: &[&str]) -> Ran {
    let mut command = Command::new("setsid");
    command
        .args(["--wait", env!("CARGO_BIN_EXE_kling-build"), "storyboard.yaml"])
        .args(arguments)
        .current_dir(project.folder.path())
        .env("KLING_BUILD_HOME", project.home.path())
        .env("KIE_API_KEY", harness::KEY)
        .env_remove("KIE_API_BASE")
        .stdin(Stdio::null());
    Ran(command.output().unwrap())
}

#[test]
fn without_a_terminal_a_build_that_costs_needs_consent_in_words() {
    let project = Project::new(FILM);
    for quiet in [&["--quiet"][..], &["--json"], &[]] {
        let refused = paid(&project, quiet).ends_with(3).said();
        assert!(refused.contains("--yes") && refused.contains("--budget 210"), "{refused}");
    }
    // A budget that does not cover the cost is no consent.
    paid(&project, &["--budget", "10"]).ends_with(3);
    assert!(!project.path("storyboard.lock").exists());
}
