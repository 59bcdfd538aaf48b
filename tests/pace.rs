//! The pace of a build, seen from outside: what is sent to a provider in trouble, and what is
//! reported.

mod harness;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use harness::{Project, Ran, Server, text};
use kling_build::base::Credits;
use kling_build::sim::SimOptions;
use serde_json::Value;

/// So many independent scenes, with the prompt of the first on line 4.
fn film(scenes: usize) -> Project {
    let mut text = "version: 1\ndefaults: { model: kling-2-5-turbo, duration: 5, resolution: \
                    720p }\nscenes:\n"
        .to_string();
    for at in 0..scenes {
        text += &format!("  s{at}: {{ type: t2v, prompt: shot {at}, seed: {} }}\n", 20_000 + at);
    }
    Project::new(&text)
}

/// Builds against another address than the simulator's.
fn build_at(project: &Project, server: &Server, address: &str) -> Ran {
    let arguments = ["storyboard.yaml", "--poll-interval", "0.05"];
    let mut command = project.command(server, &arguments);
    Ran(command.env("KIE_API_BASE", address).output().unwrap())
}

/// A web server that does not know the API: it answers every request with a page of HTTP 404. It
/// ends with the test's process.
fn web_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 4096];
            let _ = connection.read(&mut request);
            let _ = connection.write_all(
                b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\
                  Connection: close\r\n\r\n<h1>?</h1",
            );
        }
    });
    address
}

#[test]
fn pages_instead_of_answers_do_not_put_a_film_in_doubt() {
    let (server, project) = (Server::new(&[]), film(40));
    let said = build_at(&project, &server, &web_server()).ends_with(3).said();
    assert_eq!(project.doubts().len(), 3, "{said}");
    assert!(said.contains("that `KIE_API_BASE` is the API's address"), "{said}");
    // Unsent takes are not in doubt: with the right address they are made.
    project.build(&server, &["s7", "s39"]).ends_with(0);
    assert_eq!(server.prompts().len(), 2);
}

#[test]
fn unknown_api_address_is_requested_once() {
    let (server, project) = (Server::new(&[]), film(40));
    let said = build_at(&project, &server, &format!("{}/wrong", server.base())).ends_with(1).said();
    assert_eq!(project.doubts().len(), 0, "{said}");
    assert!(said.contains("next: check that `KIE_API_BASE` is the API's address"), "{said}");
    assert!(!said.contains("change that scene"), "{said}");
    // Which scene is sent first is up to chance; only that one was tried.
    let plan = project.run(&server, &["plan", "--json"]).ends_with(0);
    let plan: Value = serde_json::from_slice(&plan.0.stdout).unwrap();
    let takes = plan["takes"].as_array().unwrap();
    let (tried, others): (Vec<&Value>, Vec<&Value>) =
        takes.iter().partition(|take| take["action"] == "ask");
    assert_eq!((tried.len(), others.len()), (1, 39), "{plan:#}");
    let name = |take: &Value| text(&take["scene"]);
    project.build(&server, &[&name(others[0]), &name(others[38])]).ends_with(0);
    project.build(&server, &[&name(tried[0]), "--retry-failed", "1"]).ends_with(0);
    assert_eq!(server.prompts().len(), 3);
}

#[test]
fn insufficient_credits_stop_sending_and_show_the_missing_amount() {
    let server = Server::with(SimOptions {
        latency: Duration::from_millis(50),
        credits: Credits::whole(120),
        ..SimOptions::default()
    });
    let project = film(12);
    let ran = project.build(&server, &["-j", "1"]).ends_with(1);
    let said = ran.said();
    assert_eq!(server.records().submits, 3, "one refusal is enough: {said}");
    assert!(said.contains("need up to 500 credits ($2.50)"), "{said}");
    assert!(said.contains("the provider says: Insufficient credits"), "{said}");
    assert_eq!(project.doubts().len(), 0);
}

#[test]
fn what_is_no_fault_of_a_scene_is_not_remembered_against_it() {
    for (rule, sent, says) in [
        ("433:1-9", 1, "the API key's own limit is reached (433)"),
        ("model-401:1-3", 3, "The API key is not authorized to use this model (401)"),
    ] {
        let (server, project) = (Server::new(&[rule]), film(3));
        let said = project.build(&server, &["-j", "1"]).ends_with(1).said();
        assert_eq!(server.records().submits, sent, "{said}");
        assert!(said.contains(says), "{said}");
        assert!(!said.contains("invalid parameters") && !said.contains("refused"), "{said}");
        // The next build sends them: nobody has to ask for it.
        let healthy = Server::new(&[]);
        project.build(&healthy, &[]).ends_with(0);
        assert_eq!(healthy.prompts().len(), 3, "{rule}");
    }
    // Maintenance passes.
    let (server, project) = (Server::new(&["455:1"]), film(3));
    project.build(&server, &["-j", "1"]).ends_with(0);
    assert_eq!((server.records().submits, server.prompts().len()), (4, 3));
}

#[test]
fn refused_prompt_points_at_its_line_and_spares_its_siblings() {
    let (server, project) = (Server::new(&["1001:2"]), film(6));
    let said = project.build(&server, &["-j", "1"]).ends_with(1).said();
    // Which scene is sent second depends on which is prepared first.
    let made = server.prompts();
    let refused: Vec<usize> = (0..6).filter(|at| !made.contains(&format!("shot {at}"))).collect();
    assert_eq!((made.len(), refused.len()), (5, 1), "{said}");
    let (scene, line) = (refused[0], 4 + refused[0]);
    assert!(said.contains(&format!("refused  s{scene}   invalid prompt (1001)")), "{said}");
    assert!(said.contains(&format!("storyboard.yaml:{line}:")), "{said}");
}

#[test]
fn waits_as_long_as_a_busy_provider_asks() {
    // The simulator asks for a second with each refusal.
    let (server, project) = (Server::new(&["1005:1-3", "429:6"]), film(4));
    let begun = Instant::now();
    project.build(&server, &[]).ends_with(0);
    assert!(begun.elapsed() >= Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(server.records().submits, 8, "four were refused, four were taken");
}
