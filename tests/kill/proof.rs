//! Proof: what must be true after killed builds have been left to finish.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use kling_build::base::Digest;
use kling_build::sim::TaskRecord;
use kling_build::store::{Home, LocalDisk, Objects, digest_of};
use serde_json::Value;

use crate::film;
use crate::harness::{Project, Server, files_under, prompt_in};

/// How long the simulator must receive no new submit before its log is read: the last request of a
/// killed program may still be on its way through the system.
const QUIET: Duration = Duration::from_millis(200);

/// Settles each doubt as a person would who reads the provider's log page.
pub fn settle_doubts(project: &Project, server: &Server, before: usize) -> usize {
    let doubts = project.doubts();
    if doubts.is_empty() {
        return 0;
    }
    wait_for_quiet(server);
    let count = doubts.len();
    for row in doubts {
        let prompt = film::prompt_of(&row.scene);
        let tasks = server.records().tasks.split_off(before);
        let task = tasks.iter().find(|task| prompt_in(task) == prompt);
        let decision = match task {
            Some(task) => vec!["settle", row.scene.as_str(), "--task", task.id.as_str()],
            None => vec!["settle", row.scene.as_str(), "--not-sent"],
        };
        project.run(server, &decision).ends_with(0);
    }
    count
}

fn wait_for_quiet(server: &Server) {
    let mut seen = server.records().submits;
    loop {
        sleep(QUIET);
        let now = server.records().submits;
        if std::mem::replace(&mut seen, now) == now {
            return;
        }
    }
}

/// Every scene of a film was paid for once: one task for each prompt.
pub fn assert_paid_once(tasks: &[TaskRecord], scenes: usize) {
    let mut paid = BTreeMap::new();
    for task in tasks {
        *paid.entry(prompt_in(task)).or_insert(0) += 1;
    }
    let once: BTreeMap<String, i32> = (0..scenes).map(|at| (film::prompt(at), 1)).collect();
    assert_eq!(paid, once, "each scene is paid once");
}

/// Every task has its complete video in the store.
pub fn assert_none_lost(tasks: &[TaskRecord], home: &Project) {
    let ledger = rusqlite::Connection::open(Home::at(home.home.path()).ledger()).unwrap();
    let objects = Objects::at(Arc::new(LocalDisk), Home::at(home.home.path()).objects());
    for task in tasks {
        assert!(task.downloads > 0, "{} was never downloaded", task.id);
        let stored = ledger.query_row(
            "SELECT digest FROM artifacts WHERE task = ?1 ORDER BY stored_at DESC",
            [task.id.as_str()],
            |row| row.get::<_, String>(0),
        );
        let digest: Digest =
            stored.unwrap_or_else(|_| panic!("{} is lost", task.id)).parse().unwrap();
        assert_eq!(
            digest_of(&LocalDisk, &objects.path(&digest)).unwrap(),
            digest,
            "{} is damaged",
            task.id
        );
    }
}

/// Two projects contain the same film: locks and manifests except for task ids and times, and every
/// file of the build directory by name, videos and posters by their bytes.
pub fn assert_same_film(project: &Project, calm: &Project) {
    assert_eq!(without_ids_and_times(project.lock()), without_ids_and_times(calm.lock()));
    assert_eq!(without_ids_and_times(project.manifest()), without_ids_and_times(calm.manifest()));
    let names = |project: &Project| -> Vec<String> {
        files_under(&project.path(".")).into_keys().collect()
    };
    assert_eq!(names(project), names(calm), "nothing half-made is left");
    let built = project.built();
    for (name, (bytes, _)) in calm.built() {
        if name.ends_with(".mp4") || name.ends_with(".jpg") {
            assert!(built[&name].0 == bytes, "{name} differs");
        }
    }
}

/// A lock or manifest without what differs between two runs: task ids and times.
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
