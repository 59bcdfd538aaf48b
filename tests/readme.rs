//! The README is correct: its contents are parsed, checked and compared with the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use kling_build::runner::Exit;
use kling_build::sim::FaultKind;

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(path).expect("the README is there")
}

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .map(|part| part.split("```").next().unwrap_or_default().to_string())
        .collect()
}

fn kling_build(arguments: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("kling-build").expect("the program is built");
    command.args(arguments).output().expect("the program runs")
}

#[test]
fn its_storyboard_is_valid() {
    let yaml = blocks("yaml");
    let [storyboard] = yaml.as_slice() else { panic!("one storyboard is shown: {yaml:?}") };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("storyboard.yaml");
    fs::write(&path, storyboard).unwrap();
    let path = path.to_str().unwrap();
    let checked = kling_build(&["check", path]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let plan = kling_build(&["plan", path]);
    let plan = String::from_utf8(plan.stdout).unwrap();
    assert!(plan.contains("at most 100 of 120 credits ($0.50)"), "{plan}");
    assert!(readme().contains(&plan), "the README shows another plan than:\n{plan}");
}

#[test]
fn its_commands_exist() {
    let help = String::from_utf8(kling_build(&["--help"]).stdout).unwrap();
    let commands = help.split("Commands:").nth(1).and_then(|rest| rest.split("Arguments:").next());
    let known: BTreeSet<&str> =
        commands.unwrap().lines().filter_map(|line| line.split_whitespace().next()).collect();
    let text = readme();
    let named: BTreeSet<&str> = text
        .split("kling-build ")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next())
        .filter(|word| {
            ["check", "plan", "expand", "graph", "catalog", "schema", "sim", "settle", "status"]
                .contains(word)
        })
        .collect();
    assert!(named.len() >= 6, "{named:?}");
    assert!(named.is_subset(&known), "{named:?} are named, {known:?} exist");
    for flag in [
        "--preview",
        "--budget",
        "--locked",
        "--offline",
        "--yes",
        "--retry-failed",
        "--api-key-file",
        "--poll-interval",
        "--webhook-listen",
        "--webhook-url",
        "--webhook-wait",
        "--var",
        "--vars",
        "--json",
        "--color",
    ] {
        assert!(text.contains(flag), "the README does not name {flag}");
        assert!(help.contains(flag), "there is no {flag}");
    }
}

#[test]
fn its_tables_match_the_program() {
    let text = readme();
    for exit in [Exit::Done, Exit::Failed, Exit::Usage, Exit::Decision, Exit::Interrupted] {
        assert!(text.contains(&format!("\n| {} | ", exit.code())), "{exit:?}");
    }
    let help = kling_build(&["sim", "--help"]).stdout;
    let help = String::from_utf8(help).unwrap();
    for kind in FaultKind::ALL {
        assert!(help.contains(kind.as_str()), "{}", kind.as_str());
    }
    let catalog = kling_build(&["catalog", "--json"]).stdout;
    let catalog: serde_json::Value = serde_json::from_slice(&catalog).unwrap();
    let catalog = catalog.to_string();
    for model in ["kling-2-1", "kling-2-1-pro", "kling-2-5-turbo", "kling-2-6", "kling-avatar"] {
        assert!(catalog.contains(&format!("\"{model}\"")), "there is no model {model}");
        assert!(text.contains(&format!("`{model}`")), "the README does not name {model}");
    }
    let environment = fs::read_to_string("src/cli/environment.rs").unwrap();
    for variable in ["KIE_API_KEY", "KIE_API_BASE", "KIE_UPLOAD_BASE", "KIE_WEBHOOK_SECRET"] {
        assert!(environment.contains(variable) && text.contains(&format!("| `{variable}` |")));
    }
}

#[test]
fn its_files_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (at, _) in readme().match_indices("](") {
        let text = readme();
        let target = text[at + 2..].split(')').next().unwrap();
        assert!(target.starts_with("https://") || root.join(target).exists(), "{target}");
    }
    for name in ["examples/product-launch/storyboard.yaml", ".ci/run", "tests/architecture"] {
        assert!(readme().contains(name) && root.join(name).exists(), "{name}");
    }
    assert!(readme().lines().count() < 300);
}
