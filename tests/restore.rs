//! Lost files that the provider still has are restored for free: the real program.

mod harness;

use std::fs;

use harness::{Project, Server, now, text};
use serde_json::Value;

const FILM: &str = "version: 1
defaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }
scenes:
  dawn: { type: t2v, prompt: dawn, seed: 11111 }
  dusk: { type: i2v, prompt: dusk, seed: 22222, image: { scene: dawn, frame: last } }
";

const DAY_MS: i64 = 86_400_000;

/// A built film, and the contents of its build directory.
fn built() -> (Server, Project) {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &[]).ends_with(0);
    (server, project)
}

/// The possible losses, each by itself: a new machine has only storyboard and lock.
fn losses(project: &Project) -> [(&'static str, Vec<std::path::PathBuf>); 3] {
    let home = project.home.path();
    let ledger = ["ledger.db", "ledger.db-wal", "ledger.db-shm"].map(|name| home.join(name));
    let objects = home.join("objects");
    [
        ("the store's videos", vec![objects.clone()]),
        ("the ledger and the videos", [&ledger[..], &[objects]].concat()),
        ("the whole home", vec![home.to_path_buf()]),
    ]
}

fn lose(paths: &[std::path::PathBuf]) {
    for path in paths {
        let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
    }
}

/// Moves the ends of all tasks into the past, in the lock and in the ledger.
fn age(project: &Project, days: i64) {
    let at = kling_build::base::Moment::from_millis(now().millis() - days * DAY_MS);
    let mut lock = project.lock();
    for scene in lock["scenes"].as_object_mut().unwrap().values_mut() {
        for take in scene["takes"].as_array_mut().unwrap() {
            take["finished"] = Value::from(at.to_string());
        }
    }
    project.write("storyboard.lock", serde_json::to_string_pretty(&lock).unwrap() + "\n");
    let ledger = rusqlite::Connection::open(project.home.path().join("ledger.db")).unwrap();
    ledger.execute("UPDATE submissions SET ended_at = ?1", [at.millis()]).unwrap();
    ledger.execute("UPDATE takes SET finished_at = ?1", [at.millis()]).unwrap();
}

#[test]
fn each_loss_is_restored_for_free() {
    for case in 0..3 {
        let (server, project) = built();
        let before = project.manifest();
        age(&project, 3);
        let lock = fs::read(project.path("storyboard.lock")).unwrap();
        let (what, paths) = &losses(&project)[case];
        lose(paths);
        fs::remove_dir_all(project.path("build")).unwrap();

        let plan = project.run(&server, &["plan"]).ends_with(0).said();
        assert_eq!(plan.matches(" restore ").count(), 2, "{what}: {plan}");
        assert!(plan.contains("download again, 10 days left at the provider"), "{what}: {plan}");
        assert!(plan.contains("nothing to pay"), "{what}: {plan}");
        project.build(&server, &["--budget", "0"]).ends_with(0);
        assert_eq!(server.records().submits, 2, "{what}");
        assert_eq!(fs::read(project.path("storyboard.lock")).unwrap(), lock, "{what}");
        let artifacts = |manifest: &Value| -> Vec<Value> {
            let scenes = manifest["scenes"].as_array().unwrap();
            scenes.iter().map(|scene| scene["artifact"].clone()).collect()
        };
        assert_eq!(artifacts(&project.manifest()), artifacts(&before), "{what}");
        // Everything is as if nothing had been lost.
        fs::remove_dir_all(project.path("build")).unwrap();
        project.build(&server, &["--locked", "--offline"]).ends_with(0);
    }
}

#[test]
fn plan_explains_the_cost_after_fourteen_days() {
    for case in 0..3 {
        let (server, project) = built();
        age(&project, 15);
        let (what, paths) = &losses(&project)[case];
        lose(paths);
        let plan = project.run(&server, &["plan"]).ends_with(0).said();
        assert!(
            plan.contains("its video is lost, both here and at the provider"),
            "{what}: {plan}"
        );
        assert!(plan.contains("at most 100 credits"), "{what}: {plan}");
        project.build(&server, &["--budget", "0"]).ends_with(3);
        assert_eq!(server.records().submits, 2, "{what}");
    }
}

#[test]
fn truncated_video_is_not_used() {
    let (server, project) = built();
    let before = fs::read(project.path("build/scenes/dusk.mp4")).unwrap();
    let digest = text(&project.scene("dusk")["artifact"]);
    let object = project.home.path().join("objects").join(&digest[..2]).join(&digest);
    fs::remove_file(&object).unwrap();
    fs::write(&object, &before[..before.len() / 2]).unwrap();
    fs::remove_dir_all(project.path("build")).unwrap();
    project.build(&server, &["--offline"]).ends_with(3);
    project.build(&server, &[]).ends_with(0);
    assert_eq!(fs::read(&object).unwrap(), before);
    assert_eq!(fs::read(project.path("build/scenes/dusk.mp4")).unwrap(), before);
    assert_eq!(server.records().submits, 2);
}

#[test]
fn changed_video_of_a_task_is_not_used_silently() {
    for with_ledger in [true, false] {
        let (server, project) = built();
        let digest = text(&project.scene("dusk")["artifact"]);
        let other = kling_build::base::Digest::of(b"another video").to_string();
        let lock = fs::read_to_string(project.path("storyboard.lock")).unwrap();
        let lock = lock.replace(&digest, &other);
        project.write("storyboard.lock", &lock);
        lose(&losses(&project)[if with_ledger { 0 } else { 2 }].1);
        fs::remove_dir_all(project.path("build")).unwrap();

        let said = project.build(&server, &[]).ends_with(1).said();
        assert!(said.contains("the next run uses it at no cost"), "{said}");
        let named = |project: &Project| text(&project.locked("dusk")["artifact"]);
        assert_eq!(named(&project), other, "the lock is as it was");
        // Only a user who accepts a change of the film gets one.
        let said = project.build(&server, &["--locked"]).ends_with(3).said();
        assert!(said.contains("the locked video is lost; another take is stored"), "{said}");
        project.build(&server, &[]).ends_with(0);
        assert_eq!(named(&project), digest);
        assert_eq!(server.records().submits, 2, "with ledger: {with_ledger}");
    }
}
