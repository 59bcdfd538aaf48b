//! A project of an earlier version: its lock and its ledger of version 4 are still valid.

mod harness;

use std::fs;

use harness::{Project, Server, text};
use serde_json::Value;

#[test]
fn project_of_an_earlier_program_is_neither_stale_nor_paid_again() {
    let server = Server::new(&[]);
    let project = Project::new(include_str!("before/storyboard.yaml"));
    project.write("storyboard.lock", include_str!("before/storyboard.lock"));
    let storyboard = fs::canonicalize(project.path("storyboard.yaml")).unwrap();
    let rows =
        include_str!("before/ledger.sql").replace("STORYBOARD", &storyboard.display().to_string());
    let ledger = rusqlite::Connection::open(project.home.path().join("ledger.db")).unwrap();
    ledger.execute_batch(&rows).unwrap();
    drop(ledger);
    // A plan checks only the length of a stored video.
    for take in project.lock()["scenes"].as_object().unwrap().values() {
        let digest = text(&take["artifact"]);
        let folder = project.home.path().join("objects").join(&digest[..2]);
        fs::create_dir_all(&folder).unwrap();
        let bytes = take["bytes"].as_u64().unwrap() as usize;
        fs::write(folder.join(&digest), vec![0; bytes]).unwrap();
    }

    // The doubt asks for a decision.
    let ran = project.run(&server, &["plan", "--json", "storyboard.yaml"]).ends_with(3);
    let plan: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    let said: Vec<String> = plan["takes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|take| format!("{} {}", text(&take["scene"]), text(&take["action"])))
        .collect();
    let expected = ["dawn reuse", "night reuse", "boats ask", "fog ask", "rain resume"];
    assert_eq!(said, expected, "{plan:#}");
    assert!(ran.said().contains("generation failed"), "{}", ran.said());
    let costs = plan["takes"].as_array().unwrap().iter().map(|take| take["credits_max"].clone());
    assert!(costs.into_iter().all(|cost| cost == 0 || cost == 0.0), "{plan:#}");
    assert_eq!(server.requests(), 0);
}
