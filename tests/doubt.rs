//! Doubts: a request was sent and no answer came. The real program against the simulator.

mod harness;

use std::fs;

use harness::{Project, Ran, Server, text};

const FILM: &str = "version: 1
defaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }
scenes:
  dawn: { type: t2v, prompt: the harbor at dawn, seed: 11111 }
";

/// A film whose only request was accepted, but the answer was lost.
fn in_doubt(faults: &[&str]) -> (Server, Project) {
    let faults = [&["reset-after-accept:1"], faults].concat();
    let (server, project) = (Server::new(&faults), Project::new(FILM));
    project.build(&server, &[]).ends_with(3);
    (server, project)
}

fn settle(project: &Project, server: &Server, arguments: &[&str]) -> Ran {
    project.run(server, &[&["settle", "dawn"], arguments].concat())
}

#[test]
fn read_only_commands_show_everything_known_about_a_doubt() {
    let (server, project) = in_doubt(&[]);
    for command in ["plan", "status"] {
        let said = project.run(&server, &[command]).ends_with(3).said();
        for known in [
            "ask",
            "may cost up to 50 credits ($0.25)",
            "before a task id came back",
            "requested: kling-2-5-turbo, 5 s, 720p, 16:9, seed 11111",
            "prompt: the harbor at dawn",
            "`kling-build settle dawn --task ID`",
            "`kling-build settle dawn --not-sent`",
        ] {
            assert!(said.contains(known), "{command} does not say `{known}`:\n{said}");
        }
        project.run(&server, &[command, "--json"]).ends_with(3);
    }
    let status = project.run(&server, &["status", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.0.stdout).unwrap();
    assert_eq!(text(&status["unsettled"][0]["recipe"]["prompt"]), "the harbor at dawn");
    assert_eq!(server.records().submits, 1);
}

#[test]
fn only_the_named_doubt_is_settled() {
    let (server, project) = (Server::new(&["reset-after-accept:1", "reset:2"]), Project::new(FILM));
    project.build(&server, &[]).ends_with(3);
    project.edit("at dawn", "at noon");
    project.build(&server, &[]).ends_with(3);
    let doubts = project.doubts();
    assert_eq!(doubts.len(), 2);
    let (first, second) = (doubts[0].id.to_string(), doubts[1].id.to_string());
    let said = project.run(&server, &["status"]).ends_with(3).said();
    assert!(said.contains(&format!("settle dawn --doubt {second} --not-sent`")), "{said}");
    // Settling the wrong one could pay twice.
    settle(&project, &server, &["--not-sent"]).ends_with(2);
    settle(&project, &server, &["--not-sent", "--doubt", "77"]).ends_with(2);
    assert_eq!(project.doubts().len(), 2);
    settle(&project, &server, &["--not-sent", "--doubt", &second]).ends_with(0);
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts(), ["the harbor at dawn", "the harbor at noon"]);
    // The other still needs a decision: that task was paid for.
    project.run(&server, &["status"]).ends_with(3);
    let task = server.tasks_for("the harbor at dawn").remove(0);
    settle(&project, &server, &["--task", &task, "--doubt", &first]).ends_with(0);
    project.run(&server, &["salvage"]).ends_with(0);
    project.edit("at noon", "at dawn");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.records().tasks.len(), 2);
}

#[test]
fn a_task_that_failed_is_paid_again_only_on_demand() {
    let (server, project) = in_doubt(&["fail:1"]);
    let task = server.tasks_for("the harbor at dawn").remove(0);
    std::thread::sleep(std::time::Duration::from_millis(100));
    let said = settle(&project, &server, &["--task", &task]).ends_with(0).said();
    assert!(said.contains("failed without a video"), "{said}");
    project.build(&server, &[]).ends_with(1);
    assert_eq!(server.records().submits, 1);
    project.build(&server, &["--retry-failed", "1"]).ends_with(0);
    assert_eq!(server.records().submits, 2);
}

#[test]
fn next_build_downloads_a_finished_task() {
    let (server, project) = in_doubt(&[]);
    let task = server.tasks_for("the harbor at dawn").remove(0);
    std::thread::sleep(std::time::Duration::from_millis(100));
    let said = settle(&project, &server, &["--task", &task]).ends_with(0).said();
    assert!(said.contains("it has finished"), "{said}");
    let plan = project.run(&server, &["plan"]).ends_with(0).said();
    assert!(plan.contains("restore") && plan.contains("nothing to pay"), "{plan}");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(text(&project.scene("dawn")["task"]), task);
    assert_eq!(server.records().submits, 1);
    // A settled doubt stays settled.
    settle(&project, &server, &["--task", &task]).ends_with(2);
    settle(&project, &server, &["--not-sent"]).ends_with(2);
}

#[test]
fn unreachable_provider_does_not_change_the_doubt() {
    let (server, project) = in_doubt(&[]);
    let task = server.tasks_for("the harbor at dawn").remove(0);
    let arguments = ["settle", "dawn", "--task", &task];
    let mut command = project.command(&server, &arguments);
    command.env("KIE_API_BASE", "http://127.0.0.1:1");
    let said = Ran(command.output().unwrap()).ends_with(1).said();
    assert!(said.contains("could not be asked about task"), "{said}");
    assert!(said.contains("nothing was changed"), "{said}");
    let mut command = project.command(&server, &arguments);
    Ran(command.env_remove("KIE_API_KEY").output().unwrap()).ends_with(2);
    assert_eq!(project.doubts().len(), 1);
    // Settling it as not sent needs no call to the provider.
    let mut command = project.command(&server, &["settle", "dawn", "--not-sent"]);
    Ran(command.env_remove("KIE_API_KEY").output().unwrap()).ends_with(0);
    assert_eq!(project.doubts().len(), 0);
}

#[test]
fn task_without_a_record_can_be_settled_later() {
    let (server, project) = in_doubt(&["not-visible:1"]);
    let task = server.tasks_for("the harbor at dawn").remove(0);
    let said = settle(&project, &server, &["--task", &task]).ends_with(2).said();
    assert!(said.contains("wait a minute if the task is new"), "{said}");
    settle(&project, &server, &["--task", &task]).ends_with(0);
}

#[test]
fn doubt_remains_after_its_scene_is_removed() {
    let (server, project) = in_doubt(&[]);
    project.edit("dawn:", "noon:");
    project.edit("at dawn", "at noon");
    project.build(&server, &[]).ends_with(0);
    let said = project.run(&server, &["status"]).ends_with(3).said();
    assert!(said.contains("`dawn` may be running"), "{said}");
    let task = server.tasks_for("the harbor at dawn").remove(0);
    settle(&project, &server, &["--task", &task]).ends_with(0);
    fs::remove_dir_all(project.path("build")).unwrap();
    project.run(&server, &["salvage"]).ends_with(0);
    assert_eq!(server.records().tasks[0].downloads, 1);
    assert_eq!(project.locked("dawn"), serde_json::Value::Null);
}
