//! Man pages: each command has one, with what `--help` says about it.

use std::fs;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kling-build")).args(arguments).output().unwrap()
}

/// Roff as plain text: no requests, no fonts, and hyphens that are not escaped.
fn plain(roff: &str) -> String {
    let fonts = ["\\fB", "\\fI", "\\fR"];
    let plain = fonts.iter().fold(roff.replace("\\-", "-"), |text, font| text.replace(font, ""));
    assert!(!plain.contains("\u{1b}"), "colours in a man page");
    plain
}

/// The commands that `--help` lists.
fn commands() -> Vec<String> {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    // Explanations that go on in the next line are indented further.
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_string).collect()
}

#[test]
fn the_page_names_every_command() {
    let output = run(&["man"]);
    assert!(output.status.success());
    let page = plain(&String::from_utf8(output.stdout).unwrap());
    for part in [".SH NAME\nkling-build - Turns", ".SH SYNOPSIS", ".SH OPTIONS", "--profile"] {
        assert!(page.contains(part), "no `{part}` in\n{page}");
    }
    assert!(page.contains("130 interrupted"), "the exit codes are not in the page");
    let commands = commands();
    assert!(commands.len() > 12, "{commands:?}");
    for command in commands.iter().filter(|command| *command != "help") {
        assert!(page.contains(&format!("kling-build-{command}(1)")), "no `{command}` in the page");
    }
}

#[test]
fn each_command_has_a_page_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man/man1");
    // Twice: an update replaces the pages.
    for _ in 0..2 {
        let output = run(&["man", "--out", out.to_str().unwrap()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty());
    }
    let commands = commands();
    let own = commands.iter().filter(|command| *command != "help");
    let names = own.map(|command| format!("kling-build-{command}"));
    let inner = ["kling-build", "kling-build-store-gc", "kling-build-store-verify"];
    for name in names.chain(inner.map(str::to_string)) {
        let page = plain(&fs::read_to_string(out.join(format!("{name}.1"))).unwrap());
        assert!(page.contains(&format!(".SH NAME\n{name} - ")), "{name}: {page}");
        assert!(page.contains(".SH SYNOPSIS"), "{name}: {page}");
    }
    assert!(!out.join("kling-build-help.1").exists());
    let beside = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(beside.into_iter().all(|name| name.to_string_lossy().ends_with(".1")));
    let file = out.join("kling-build.1");
    assert_eq!(run(&["man", "--out", file.to_str().unwrap()]).status.code(), Some(1));
}
