//! Callbacks, seen from outside: the real program listens while the simulator calls, or does not.

mod harness;

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use harness::{Project, Server, text};
use kling_build::base::{Key, Token};
use kling_build::sim::SimOptions;

const FILM: &str = "\
version: 1
defaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }
scenes:
  dawn: { type: t2v, prompt: dawn, seed: 11111 }
  boats: { type: i2v, image: { scene: dawn, frame: last }, prompt: boats, seed: 22222 }
";
const DAWN: &str = "\
version: 1
defaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }
scenes:
  dawn: { type: t2v, prompt: dawn, seed: 11111 }
";

fn server(seconds: f64, faults: &[&str]) -> Server {
    Server::with(options(seconds, faults))
}

fn options(seconds: f64, faults: &[&str]) -> SimOptions {
    SimOptions {
        latency: Duration::from_secs_f64(seconds),
        faults: faults.iter().map(|rule| rule.parse().unwrap()).collect(),
        ..SimOptions::default()
    }
}

/// An address without a listener, and the arguments that make the program listen there.
fn hooks() -> Vec<String> {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (listen, url) = (free.to_string(), format!("http://{free}/hooks"));
    ["storyboard.yaml", "--webhook-listen", &listen, "--webhook-url", &url]
        .map(str::to_string)
        .to_vec()
}

fn run(project: &Project, server: &Server, hooks: &[String], more: &[&str]) -> harness::Ran {
    let arguments: Vec<&str> =
        hooks.iter().map(String::as_str).chain(more.iter().copied()).collect();
    project.run(server, &arguments)
}

#[test]
fn a_callback_is_quicker_than_the_next_poll() {
    let (server, project) = (server(3.2, &[]), Project::new(DAWN));
    let begun = Instant::now();
    run(&project, &server, &hooks(), &["--poll-interval", "60"]).ends_with(0);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    let records = server.records();
    assert_eq!(records.tasks[0].polls.len(), 1);
    assert_eq!(records.callbacks[0].answer, Some(200));
    assert_eq!(records.violations, Vec::<String>::new());
}

#[test]
fn callback_address_is_not_part_of_the_recipe() {
    let (server, project) = (server(0.05, &[]), Project::new(DAWN));
    run(&project, &server, &hooks(), &["--poll-interval", "0.05"]).ends_with(0);
    let address = text(&server.records().tasks[0].request["callBackUrl"]);
    let token: Token = address.rsplit_once('/').unwrap().1.parse().unwrap();
    let row = project.ledger().submission_of(&token, "kling-rehearsal").unwrap().unwrap();
    assert_eq!(row.key, text(&project.scene("dawn")["key"]).parse().map(Key).unwrap());
    let shown = format!("{}{}", project.manifest(), project.lock());
    assert!(!shown.contains(token.as_str()), "a token leaked");
    project.build(&server, &["--locked"]).ends_with(0);
    let again = ["reroll", "storyboard.yaml", "dawn", "--poll-interval", "0.05"];
    project.run(&server, &again).ends_with(0);
    assert!(server.records().tasks[1].request.get("callBackUrl").is_none());
}

#[test]
fn callback_settles_a_lost_answer() {
    for fault in ["reset-after-accept", "500-after-accept", "cut-after-accept"] {
        let (server, project) = (server(0.4, &[fault]), Project::new(FILM));
        let hooks = hooks();
        run(&project, &server, &hooks, &["--poll-interval", "0.1"]).ends_with(0);
        assert_eq!(server.prompts(), ["dawn", "boats"], "{fault}");
        assert_eq!(project.doubts().len(), 0, "{fault}");
        assert_eq!(project.scene("dawn")["task"], server.tasks_for("dawn")[0].as_str());
    }
}

#[test]
fn early_callback_settles_a_lost_answer() {
    let server = server(0.4, &["reset-after-accept", "callback-early"]);
    let project = Project::new(FILM);
    run(&project, &server, &hooks(), &["--poll-interval", "0.1"]).ends_with(0);
    assert_eq!(server.prompts(), ["dawn", "boats"]);
}

#[test]
fn doubt_without_callback_needs_a_person() {
    let server = server(0.1, &["reset-after-accept", "callback-lost:*"]);
    let project = Project::new(FILM);
    let more = ["--poll-interval", "0.1", "--webhook-wait", "1"];
    let ran = run(&project, &server, &hooks(), &more).ends_with(3);
    assert!(ran.said().contains("settle dawn --task ID"), "{}", ran.said());
    assert_eq!(server.prompts(), ["dawn"]);
    assert_eq!(project.doubts().len(), 1);
}

#[test]
fn later_run_receives_callbacks_of_an_earlier_one() {
    let (server, project) = (server(4.0, &["reset-after-accept"]), Project::new(FILM));
    let hooks = hooks();
    let more = ["--poll-interval", "0.1", "--webhook-wait"];
    run(&project, &server, &hooks, &[&more[..], &["0"]].concat()).ends_with(3);
    assert_eq!(project.doubts().len(), 1);
    run(&project, &server, &hooks, &[&more[..], &["60"]].concat()).ends_with(0);
    assert_eq!(server.prompts(), ["dawn", "boats"]);
}

#[test]
fn run_of_another_storyboard_receives_them_too() {
    let (server, project) = (server(3.0, &["reset-after-accept"]), Project::new(DAWN));
    let hooks = hooks();
    let more = ["--poll-interval", "0.1", "--webhook-wait", "0"];
    run(&project, &server, &hooks, &more).ends_with(3);
    project.write("other.yaml", DAWN.replace("prompt: dawn", "prompt: dusk"));
    let mut other = hooks.clone();
    other[0] = "other.yaml".into();
    run(&project, &server, &other, &[&more[..], &["-o", "build-other"]].concat()).ends_with(0);
    assert_eq!(project.doubts().len(), 0, "the first film's doubt is settled");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts(), ["dawn", "dusk"]);
}

#[test]
fn faulty_callbacks_are_harmless() {
    for fault in ["lost", "early", "late", "twice", "forged"] {
        let rule = format!("callback-{fault}:*");
        let (server, project) = (server(0.7, &[&rule]), Project::new(FILM));
        run(&project, &server, &hooks(), &["--poll-interval", "0.3"]).ends_with(0);
        let records = server.records();
        assert_eq!(server.prompts(), ["dawn", "boats"], "{fault}");
        assert_eq!(records.violations, Vec::<String>::new(), "{fault}");
        for task in &records.tasks {
            let gaps: Vec<Duration> = task.polls.windows(2).map(|two| two[1] - two[0]).collect();
            let shortest = Duration::from_millis(280);
            assert!(gaps.iter().all(|gap| *gap >= shortest), "{fault}: {gaps:?}");
            assert_eq!(task.downloads, 1, "{fault}");
        }
    }
}

#[test]
fn only_signed_callbacks_are_accepted() {
    for (secret, answer) in [("whsec-right", 200), ("whsec-wrong", 401)] {
        let webhook_secret = Some("whsec-right".into());
        let server = Server::with(SimOptions { webhook_secret, ..options(0.3, &[]) });
        let project = Project::new(DAWN);
        let mut command: Command = project.command(&server, &[]);
        command.args(hooks()).args(["--poll-interval", "0.5"]).env("KIE_WEBHOOK_SECRET", secret);
        let ran = harness::Ran(command.output().unwrap()).ends_with(0);
        assert_eq!(server.records().callbacks[0].answer, Some(answer));
        assert_eq!(ran.said().contains("compare `KIE_WEBHOOK_SECRET`"), answer == 401);
        assert!(!ran.said().contains("whsec"), "{}", ran.said());
    }
}

#[test]
fn misuse_is_refused_before_anything_is_sent() {
    let (server, project) = (server(0.1, &[]), Project::new(DAWN));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let occupied = taken.local_addr().unwrap().to_string();
    let url = ["--webhook-url", "http://localhost:9/x"];
    let cases: [(&[&str], &str); 6] = [
        (&["--webhook-listen", "127.0.0.1:0"], "--webhook-url <URL>"),
        (&url, "--webhook-listen <HOST:PORT>"),
        (&["--webhook-listen", "9000", url[0], url[1]], "HOST:PORT, such as 127.0.0.1:9000"),
        (&["--webhook-listen", ":0", url[0], "http://hooks.example.com"], "HOST:PORT"),
        (&["--webhook-listen", "[::1]:0", url[0], "http://hooks.example.com"], "use https"),
        (&["--webhook-listen", &occupied, url[0], url[1]], "cannot listen for callbacks on"),
    ];
    for (arguments, words) in cases {
        let ran = project.build(&server, arguments).ends_with(2);
        assert!(ran.said().contains(words), "{arguments:?}: {}", ran.said());
    }
    project
        .build(&server, &["--preview", "--webhook-listen", "[::1]:0", url[0], url[1]])
        .ends_with(2);
    let mut real = project.command(&server, &["--webhook-listen", "[::1]:0", url[0], url[1]]);
    let ran = real.env("KIE_API_BASE", "https://api.example").arg("--yes").output().unwrap();
    let ran = harness::Ran(ran).ends_with(2);
    assert!(
        ran.said().contains("is a loopback address, which the provider cannot reach"),
        "{}",
        ran.said()
    );
    assert_eq!(server.requests(), 0);
}
