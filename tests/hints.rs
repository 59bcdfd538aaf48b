//! Hints: a command that the program prints chooses the film again as the user chose it.

mod harness;

use std::process::Command;

use harness::{KEY, Project, Ran, Server};
use kling_build::base::Source;
use kling_build::catalog::Catalog;
use kling_build::sim::SimOptions;

const NAME: &str = "my film.yaml";
/// A film that names neither dialect nor catalog.
const FILM: &str = "version: 1
vars: { look: fog }
scenes:
  a: { type: t2v, model: kling-4-0, prompt: \"{{look}}\", duration: 3 }
";
const MODELS: &str = r#"version: 1
jobs:
  prices: { seen: 2026-11-20, source: price page }
  models:
    kling-4-0:
      branches:
        - types: [t2v]
          prompt_max_chars: 3000
          durations: [3, 30]
          resolutions: [720p]
          aspect_ratios: ["16:9"]
          price: { per_second: { 720p: 3 } }
          typical_seconds: 60
          request:
            model: kling-4.0/text-to-video
            fields:
              prompt: { text: prompt }
              seconds: { number: duration }
"#;
/// What chooses the film, and what follows in a command that reads its values.
const CHOICE: [&str; 4] = ["--api", "jobs", "--catalog", "my models.yaml"];
const VALUES: [&str; 2] = ["--var", "look=soft light"];
const CHOSEN: &str = "--api jobs --catalog 'my models.yaml'";
const WITH_VALUES: &str = "--api jobs --catalog 'my models.yaml' --var 'look=soft light'";

fn server(faults: &[&str]) -> Server {
    let catalog = Catalog::with_file(&Source::new("models.yaml", MODELS)).unwrap();
    let faults = faults.iter().map(|rule| rule.parse().unwrap()).collect();
    Server::with(SimOptions { catalog, faults, ..SimOptions::default() })
}

fn project() -> Project {
    let project = Project::new(FILM);
    std::fs::rename(project.path("storyboard.yaml"), project.path(NAME)).unwrap();
    project.write("my models.yaml", MODELS);
    project
}

/// Runs a command about the film with everything that chooses it.
fn run(server: &Server, project: &Project, arguments: &[&str]) -> Ran {
    project.run(server, &[arguments, &CHOICE, &VALUES].concat())
}

/// The commands in a text, in the order of the text.
fn commands(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|it| it.starts_with("kling-build ")).map(str::to_string).collect()
}

/// Runs a printed command as a user would: pasted into a shell.
fn paste(server: &Server, project: &Project, command: &str) -> Ran {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_kling-build")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).env("PATH", path).current_dir(project.folder.path());
    shell.env("KLING_BUILD_HOME", project.home.path()).env("KIE_API_KEY", KEY);
    shell.env("KIE_API_BASE", server.base()).env("KIE_UPLOAD_BASE", server.base());
    Ran(shell.output().unwrap())
}

#[test]
fn printed_commands_choose_the_same_film() {
    let (server, project) = (server(&["reset-after-accept:1"]), project());
    let over = run(&server, &project, &["plan", NAME, "--budget", "5"]).ends_with(3);
    let less = format!("kling-build '{NAME}' a {WITH_VALUES}");
    assert_eq!(commands(&over.said()), [less.as_str()]);

    let doubt = run(&server, &project, &[NAME, "--poll-interval", "0.05"]).ends_with(3);
    let settle = |answer: &str| format!("kling-build settle a -f '{NAME}' {WITH_VALUES} {answer}");
    let both = [settle("--task ID"), settle("--not-sent")];
    assert_eq!(commands(&doubt.said()), both);
    let status = run(&server, &project, &["status", NAME]).ends_with(3);
    assert_eq!(commands(&status.said()), both);
    let nothing = [&["settle", "b", "-f", NAME, "--not-sent"][..], &CHOICE].concat();
    let nothing = project.run(&server, &nothing).ends_with(2);
    let lists = format!("kling-build status '{NAME}' {CHOSEN}");
    assert_eq!(commands(&nothing.said()), [lists.as_str()]);
    paste(&server, &project, &lists).ends_with(3);
    paste(&server, &project, &both[1]).ends_with(0);

    paste(&server, &project, &format!("kling-build '{NAME}' {WITH_VALUES}")).ends_with(0);
    assert_eq!(server.prompts(), ["soft light", "soft light"], "the doubt and the request again");
    let reject = [&["reject", NAME, "a", "1"][..], &CHOICE].concat();
    let reject = project.run(&server, &reject).ends_with(2).said();
    let reroll = format!("kling-build reroll '{NAME}' a {CHOSEN}");
    assert_eq!(commands(&reject), [reroll.as_str()]);
    paste(&server, &project, &format!("{reroll} --poll-interval 0.05")).ends_with(0);
    let odd = [&["pick", NAME, "a", "two"][..], &CHOICE].concat();
    let odd = project.run(&server, &odd).ends_with(2).said();
    let takes = format!("kling-build takes a -f '{NAME}' {CHOSEN}");
    assert_eq!(commands(&odd), [takes.as_str()]);
    paste(&server, &project, &takes).ends_with(0);
    assert_eq!(server.records().violations, Vec::<String>::new());
}

#[test]
fn what_the_environment_says_is_not_repeated() {
    let (server, project) = (server(&[]), project());
    let mut plan = project.command(&server, &["plan", NAME, "--budget", "5"]);
    plan.env("KIE_API", "jobs").env("KLING_BUILD_CATALOG", "my models.yaml");
    let plan = Ran(plan.output().unwrap()).ends_with(3);
    assert_eq!(commands(&plan.said()), [format!("kling-build '{NAME}' a")]);

    project.write(NAME, format!("{FILM}api: jobs\ncatalog: my models.yaml\n"));
    let plan = project.run(&server, &["plan", NAME, "--budget", "5"]).ends_with(3);
    assert_eq!(commands(&plan.said()), [format!("kling-build '{NAME}' a")]);
}
