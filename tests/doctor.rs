//! `doctor`: what works, what does not, and what to do; nothing is made and nothing is paid.

mod harness;

use std::net::TcpListener;

use harness::{Project, Ran, Server};
use kling_build::base::Credits;
use kling_build::sim::SimOptions;
use serde_json::Value;

const FILM: &str = "version: 1\napi: jobs\nscenes:\n  a: { type: t2v, prompt: fog }\n";

/// What the doctor found about one thing: its health, and all words about it.
fn found(ran: &Ran, about: &str) -> Vec<(String, String)> {
    let document: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    assert_eq!(document["healthy"].as_bool(), Some(ran.code() == 0));
    let findings = document["findings"].as_array().unwrap().iter();
    let wanted = findings.filter(|finding| finding["about"] == about);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let words = |one: &Value| format!("{} → {}", text(&one["text"]), text(&one["advice"]));
    wanted.map(|one| (text(&one["health"]), words(one))).collect()
}

#[track_caller]
fn assert_found(ran: &Ran, about: &str, health: &str, words: &str) {
    let all = found(ran, about);
    let fits = |one: &(String, String)| one.0 == health && one.1.contains(words);
    assert!(all.iter().any(fits), "{about} {health} {words}: {all:?}\n{}", ran.said());
}

#[test]
fn a_healthy_set_up_is_said_line_by_line() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    let ran = project.run(&server, &["doctor", "--json"]).ends_with(0);
    assert_found(&ran, "api", "ok", "answers in the dialect `jobs`, and so does `kling`");
    assert_found(&ran, "balance", "ok", "10000 credits");
    assert_found(&ran, "clock", "ok", "agrees");
    assert_found(&ran, "upload", "ok", "127.0.0.1 is reached");
    assert_found(&ran, "slots", "ok", "10 of 10 are free");
    assert_found(&ran, "store", "ok", "0 videos");
    assert!(found(&ran, "webhook").is_empty() && found(&ran, "model").is_empty());
    let records = server.records();
    assert_eq!((records.submits, records.violations.len()), (0, 0), "{:?}", records.violations);
    let said = project.run(&server, &["doctor"]).ends_with(0).said();
    assert!(said.ends_with("nothing stands in the way of a build\n"), "{said}");
    assert!(said.lines().all(|line| !line.contains(harness::KEY)), "{said}");
}

#[test]
fn every_trouble_has_its_advice() {
    let options = SimOptions { credits: Credits::ZERO, ..SimOptions::default() };
    let (server, project) = (Server::with(options), Project::new(FILM));
    let doctor = |name: &str, value: Option<&str>| {
        let mut command = project.command(&server, &["doctor", "--json"]);
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
        Ran(command.output().unwrap()).ends_with(1)
    };
    let ran = project.run(&server, &["doctor", "--json"]).ends_with(0);
    assert_found(&ran, "balance", "note", "no credits are left → top up");
    assert_found(&doctor("KIE_API_KEY", None), "key", "fail", "set `KIE_API_KEY`");
    assert_found(&doctor("KIE_API_KEY", Some("two words")), "key", "fail", "key");
    let insecure = doctor("KIE_API_BASE", Some("http://example.org"));
    assert_found(&insecure, "api", "fail", "unencrypted");
    // Every path below that one is the same nothing.
    let nowhere = doctor("KIE_API_BASE", Some(&format!("{}/nothing", server.base())));
    assert_found(
        &nowhere,
        "api",
        "fail",
        "does not know the dialect `jobs` → check `KIE_API_BASE`",
    );
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = doctor("KIE_API_BASE", Some(&format!("http://{closed}")));
    assert_found(&silent, "api", "fail", "no connection to 127.0.0.1");
    let silent = doctor("KIE_UPLOAD_BASE", Some(&format!("http://{closed}")));
    assert_found(&silent, "upload", "fail", "allow the host");
    // A film with errors is for `check`.
    project.write("storyboard.yaml", "version: 1\nscenes: [\n");
    project.run(&server, &["doctor", "--json", "--api", "jobs"]).ends_with(0);
    project.run(&server, &["doctor", "missing.yaml", "--json"]).ends_with(0);
}

#[test]
fn a_callback_is_sent_to_itself() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (listen, other) = (free(), free());
    let doctor = |listen: &str, url: &str| {
        let hook = ["doctor", "--json", "--webhook-listen", listen, "--webhook-url", url];
        let mut command = project.command(&server, &hook);
        Ran(command.env("KIE_WEBHOOK_SECRET", "example-hmac-key").output().unwrap())
    };
    let ran = doctor(&listen, &format!("http://{listen}/hook")).ends_with(0);
    assert_found(&ran, "webhook", "ok", &format!("arrives on {listen}"));
    let ran = doctor(&listen, &format!("http://{other}/hook")).ends_with(1);
    assert_found(&ran, "webhook", "fail", "no connection");
    // The simulator answers every path, but forwards nothing.
    let ran = doctor(&listen, &format!("{}/hook", server.base())).ends_with(1);
    assert_found(&ran, "webhook", "fail", "no callback arrives");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = doctor(&address, &format!("http://{address}/hook")).ends_with(1);
    assert_found(&ran, "webhook", "fail", "cannot listen");
}

#[test]
fn a_model_is_asked_about_only_on_request() {
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    let ran =
        project.run(&server, &["doctor", "--json", "--probe", "kling-2-5-turbo"]).ends_with(0);
    assert_found(&ran, "model", "ok", "`kling/v2-5-turbo-text-to-video-pro` is there");
    assert_found(&ran, "model", "ok", "`kling/v2-5-turbo-image-to-video-pro` is there");
    assert!(server.records().tasks.is_empty());
    let unknown = project.run(&server, &["doctor", "--json", "--probe", "kling-9"]).ends_with(1);
    assert_found(&unknown, "model", "fail", "no model `kling-9`");
    // The user's catalog has a name that the server does not know.
    let catalog = project.run(&server, &["catalog", "--print"]).ends_with(0);
    let text = String::from_utf8(catalog.0.stdout).unwrap();
    project.write("models.yaml", text.replace("kling/v2-1-pro", "kling/v2-1-gone"));
    let arguments = ["doctor", "--json", "--probe", "kling-2-1-pro", "--catalog", "models.yaml"];
    let gone = project.run(&server, &arguments).ends_with(1);
    assert_found(&gone, "model", "fail", "does not know `kling/v2-1-gone`");
}

#[test]
fn what_earlier_builds_left_is_counted() {
    let (server, project) = (Server::new(&["reset-after-accept:1"]), Project::new(FILM));
    project.build(&server, &[]);
    let ran = project.run(&server, &["doctor", "--json"]).ends_with(0);
    assert_found(&ran, "doubts", "note", "1 request with an unknown outcome");
    let (server, project) = (Server::new(&[]), Project::new(FILM));
    project.build(&server, &[]).ends_with(0);
    let ran = project.run(&server, &["doctor", "--json"]).ends_with(0);
    assert_found(&ran, "store", "ok", "1 video in");
    std::fs::remove_dir_all(project.home.path().join("objects")).unwrap();
    let ran = project.run(&server, &["doctor", "--json"]).ends_with(0);
    assert_found(&ran, "store", "note", "missing: 1 → `kling-build salvage`");
}
