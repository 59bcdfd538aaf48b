//! Power cuts: the order in which the real program writes, syncs, renames and sends, as the system
//! saw it, loses nothing at any cut.
//!
//! The program runs under `strace` against the simulator, and the rules check its trace. Without
//! `strace` this says so and passes, except where `CI` is set.
#![cfg(target_os = "linux")]

mod rules;
#[path = "../harness/mod.rs"]
mod harness;
mod trace;

use std::fs;
use std::path::Path;
use std::process::Command;

use harness::{Project, Server, text};
use rules::Run;

const PROMPTS: [&str; 4] = ["dawn over a bay", "the tide turns", "gulls rise up", "night falls"];

fn film() -> Project {
    let scene = |id: &str, seed: u32, prompt: &str, more: &str| {
        format!("  {id}: {{ prompt: {prompt}, seed: {seed}, {more} }}\n")
    };
    let text = "version: 1\ndefaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }\n\
                scenes:\n"
        .to_string()
        + &scene("dawn", 11_111, PROMPTS[0], "type: t2v")
        + &scene("tide", 11_112, PROMPTS[1], "type: i2v, image: { scene: dawn, frame: last }")
        + &scene("gulls", 11_113, PROMPTS[2], "type: t2v")
        + &scene("night", 11_114, PROMPTS[3], "type: i2v, image: host.png")
        + "cuts:\n  day: { scenes: [dawn, tide] }\n";
    let project = Project::new(&text);
    project.picture("host.png", 80);
    project
}

/// Whether `strace` can be used here; in CI it must be usable.
fn strace_works() -> bool {
    let works = Command::new("strace").args(["-o", "/dev/null", "true"]).status();
    let works = works.is_ok_and(|status| status.success());
    assert!(works || std::env::var_os("CI").is_none(), "`strace` is needed: see .ci/run");
    if !works {
        println!("skipped: `strace` is not installed or may not trace");
    }
    works
}

/// Builds under `strace`, with a store whose folders are all new.
fn traced(project: &Project, server: &Server, home: &Path) -> Run {
    let plain = project.command(server, &["storyboard.yaml", "--poll-interval", "0.1", "--json"]);
    let file = project.home.path().join("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-yy", "-s", "20000", "-e", "signal=none", "-e"]);
    command.arg(format!("trace={}", trace::CALLS)).arg("-o").arg(&file).arg(plain.get_program());
    command.args(plain.get_args()).current_dir(project.folder.path());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ended = command.env("KLING_BUILD_HOME", home).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let traced = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
    let cwd = fs::canonicalize(project.folder.path()).unwrap();
    Run { calls: trace::read(&traced, &cwd), home: home.to_path_buf(), project: cwd }
}

#[test]
fn a_power_cut_at_any_moment_loses_nothing() {
    if !strace_works() {
        return;
    }
    let (project, server) = (film(), Server::new(&[]));
    let home = fs::canonicalize(project.home.path()).unwrap().join("deep/store");
    let run = traced(&project, &server, &home);
    let tasks: Vec<String> =
        server.records().tasks.iter().map(|task| task.id.to_string()).collect();
    let manifest = project.manifest();
    let scenes = manifest["scenes"].as_array().unwrap();
    let digests: Vec<String> = scenes.iter().map(|scene| text(&scene["artifact"])).collect();
    assert_eq!((tasks.len(), digests.len()), (PROMPTS.len(), PROMPTS.len()));
    // Four videos; each with its poster in `build/`; a cut, a frame, a lock, two pages, a record.
    assert!(run.files_placed() >= 4 * 3 + 6, "the trace has {} files", run.files_placed());

    let broken = [
        run.renames_last(),
        run.folders_last(),
        run.ledger_is_known(),
        run.intent_comes_first(&PROMPTS),
        run.task_comes_second(&tasks),
        run.artifact_comes_before_its_mention(&digests),
        run.ledger_comes_before_the_user(&digests),
    ];
    assert_eq!(broken.concat(), Vec::<String>::new());
}
