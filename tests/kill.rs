//! The real program, killed with `SIGKILL` at random moments, then left to finish.
#![cfg(unix)]

mod stand;

use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kling_build::sim::SimOptions;
use serde_json::Value;
use stand::{Project, Server, files_under};

const KILLS: usize = 10;
const SCENES: usize = 12;

/// Twelve scenes with two chains of frames.
fn film() -> String {
    let mut film = String::from(
        "version: 1\ntitle: Twelve\ndefaults: { model: kling-2-5-turbo, duration: 5, \
         resolution: 720p, aspect_ratio: \"16:9\" }\nscenes:\n",
    );
    for at in 0..SCENES {
        let (kind, image) = match at {
            4 => ("i2v", ", image: { scene: s0, frame: last }"),
            8 => ("i2v", ", image: { scene: s4, frame: first }"),
            5 => ("i2v", ", image: { scene: s1, frame: 1.5 }"),
            _ => ("t2v", ""),
        };
        let seed = 20_000 + at;
        film.push_str(&format!(
            "  s{at}: {{ type: {kind}, prompt: \"shot number {at}\", seed: {seed}{image} }}\n"
        ));
    }
    film + "cuts:\n  whole: { scenes: [s0, s4, s8, s11] }\n"
}

/// A lock or manifest without what two runs cannot share: task ids and times.
fn without_ids_and_times(mut value: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for name in ["task", "finished", "made"] {
                    fields.remove(name);
                }
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut value);
    value
}

fn names(project: &Project, folder: &str) -> Vec<String> {
    files_under(&project.path(folder)).into_keys().collect()
}

/// Decides each doubt as a person would who looks at the provider's log page.
fn settle_doubts(project: &Project, server: &Server, before: usize) {
    for row in project.doubts() {
        let number = row.scene.trim_start_matches('s');
        let tasks = server.records().tasks.split_off(before);
        let prompt = format!("shot number {number}");
        let task = tasks.iter().find(|task| task.request["prompt"] == prompt.as_str());
        let decision = match task {
            Some(task) => vec!["settle".into(), row.scene, "--task".into(), task.id.to_string()],
            None => vec!["settle".into(), row.scene, "--not-sent".into()],
        };
        let decision: Vec<&str> = decision.iter().map(String::as_str).collect();
        project.run(server, &decision).ends_with(0);
    }
}

#[test]
fn ten_kills_change_nothing() {
    let seed = std::env::var("KILL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos() as u64
    });
    println!("KILL_SEED={seed}");
    let mut chance = fastrand::Rng::with_seed(seed);
    let server =
        Server::with(SimOptions { latency: Duration::from_millis(250), ..SimOptions::default() });

    // Undisturbed first; the simulator keeps the videos, which are the same for the same requests.
    let calm = Project::new(&film());
    calm.run(&server, &["storyboard.yaml", "--poll-interval", "0.1"]).ends_with(0);
    let before = server.records().tasks.len();
    assert_eq!(before, SCENES);

    let killed = Project::new(&film());
    let mut kills = 0;
    for _ in 0..KILLS {
        let mut command = killed.command(&server, &["storyboard.yaml", "--poll-interval", "0.1"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let wait = Duration::from_millis(chance.u64(10..500));
        sleep(wait);
        kills += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        println!("killed after {wait:?}, {} tasks", server.records().tasks.len() - before);
    }
    assert!(kills >= KILLS / 2, "only {kills} of {KILLS} runs were still going when killed");

    settle_doubts(&killed, &server, before);
    killed.run(&server, &["storyboard.yaml", "--poll-interval", "0.1"]).ends_with(0);

    let records = server.records();
    assert_eq!(records.tasks.len() - before, SCENES, "one task per scene");
    assert!(records.running_max <= 10, "{} tasks at once", records.running_max);
    assert_eq!(records.violations, Vec::<String>::new());
    let stripped = |project: &Project| {
        (without_ids_and_times(project.manifest()), without_ids_and_times(project.lock()))
    };
    assert_eq!(stripped(&killed), stripped(&calm));
    assert_eq!(names(&killed, "."), names(&calm, "."), "nothing half-made is left");
    for (name, (bytes, _)) in calm.built() {
        if name.ends_with(".mp4") || name.ends_with(".jpg") {
            assert!(killed.built()[&name].0 == bytes, "{name} is the same video");
        }
    }
}
