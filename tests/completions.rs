//! Completions in the shells themselves: what the TAB key makes of a line.

mod harness;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use harness::{Project, files_under};

const FILM: &str = "version: 1
include: acts/end.yaml
profiles: { draft: { resolution: 720p } }
defaults: { tags: [teaser] }
matrix: { lang: [en, de] }
scenes:
  opening-shot: { type: t2v, prompt: \"fog, {{lang}}\", tags: act1 }
  harbor: { type: t2v, prompt: rain }
";

fn project() -> Project {
    let project = Project::new("version: 1\nscenes: { dawn: { type: t2v, prompt: fog } }\n");
    project.write("film.yaml", FILM);
    project.write("acts/end.yaml", "scenes: { final: { type: t2v, prompt: night } }\n");
    project.write("broken.yaml", "scenes: [\n");
    project
}

/// A shell, unless this machine does not have it; the check of changes has all of them.
fn shell(name: &str) -> Option<&str> {
    let found = Command::new(name).arg("--version").stdout(Stdio::null()).status().is_ok();
    assert!(found || std::env::var_os("CI").is_none(), "there is no {name}");
    found.then_some(name)
}

/// The command in a project; this program is the first that is found.
fn command(project: &Project, name: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_kling-build")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(name);
    command.current_dir(project.folder.path()).env("PATH", path).env("TERM", "dumb");
    command.env("KLING_BUILD_HOME", project.home.path());
    command
}

#[cfg(target_os = "linux")] // `script` of other systems has other options
/// Types lines in an interactive shell and returns what each of them became; `⇥` is the TAB key.
fn typed(project: &Project, shell: &str, setup: &str, lines: &[&str]) -> Vec<String> {
    // Ctrl-A and `echo` print the line instead of running it.
    let keys: String = lines.iter().map(|line| format!("{line}\u{1}echo GOT:\n")).collect();
    let mut running = command(project, "script")
        .args(["-q", "-e", "-c", shell, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let keys = format!("{setup}\n{keys}exit\n").replace('⇥', "\t");
    let mut stdin = running.stdin.take().unwrap();
    stdin.write_all(keys.as_bytes()).unwrap();
    let output = running.wait_with_output().unwrap();
    drop(stdin);
    let text = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    let got = text.lines().filter_map(|line| line.strip_prefix("GOT:"));
    got.map(|line| line.trim_end().to_string()).collect()
}

/// Lines as typed, and as completed.
const LINES: [(&str, &str); 8] = [
    ("kling-build film.yaml op⇥", "kling-build film.yaml opening-shot"),
    ("kling-build har⇥", "kling-build har"),
    ("kling-build plan film.yaml --json harbor.e⇥", "kling-build plan film.yaml --json harbor.en"),
    ("kling-build film.yaml harbor fi⇥", "kling-build film.yaml harbor final"),
    ("kling-build film.yaml tag:ac⇥", "kling-build film.yaml tag:act1"),
    ("kling-build film.yaml --profile=d⇥", "kling-build film.yaml --profile=draft"),
    ("kling-build settle -f film.yaml harbor.d⇥", "kling-build settle -f film.yaml harbor.de"),
    ("kling-build broken.yaml op⇥", "kling-build broken.yaml op"),
];

fn expected(lines: &[(&str, &str)]) -> Vec<String> {
    lines.iter().map(|(_, line)| line.to_string()).collect()
}

fn keys<'l>(lines: &[(&'l str, &str)]) -> Vec<&'l str> {
    lines.iter().map(|(keys, _)| *keys).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn bash_completes_scenes_tags_and_profiles() {
    let Some(bash) = shell("bash") else { return };
    let project = project();
    let setup =
        "PS1=; bind 'set enable-bracketed-paste off'; source <(kling-build completions bash)";
    let got = typed(&project, &format!("{bash} --norc -i"), setup, &keys(&LINES));
    assert_eq!(got, expected(&LINES));
}

#[cfg(target_os = "linux")]
#[test]
fn zsh_completes_scenes_tags_and_profiles() {
    let Some(zsh) = shell("zsh") else { return };
    let project = project();
    let setup = "PS1=; unsetopt zle_bracketed_paste; bindkey -e; autoload -U compinit; compinit -u -D; \
                 source <(kling-build completions zsh)";
    let got = typed(&project, &format!("{zsh} -f -i"), setup, &keys(&LINES));
    assert_eq!(got, expected(&LINES));
}

#[test]
fn fish_completes_scenes_tags_and_profiles() {
    let Some(fish) = shell("fish") else { return };
    let project = project();
    for (keys, line) in LINES {
        let (keys, line) = (keys.trim_end_matches('⇥'), line.rsplit(' ').next().unwrap());
        let script = format!("kling-build completions fish | source; complete -C '{keys}'");
        let output = command(&project, fish).args(["--no-config", "-c", &script]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let found: Vec<&str> = text.lines().filter_map(|line| line.split('\t').next()).collect();
        let is_complete = !keys.ends_with(line);
        assert_eq!(found.contains(&line), is_complete, "{keys}: {text}");
    }
}

#[test]
fn completing_writes_nothing_and_says_nothing() {
    let project = project();
    let before = files_under(project.folder.path());
    for words in [&["film.yaml", ""][..], &["broken.yaml", ""], &["none.yaml", ""], &["", ""]] {
        let output = command(&project, env!("CARGO_BIN_EXE_kling-build"))
            .args([&["--", "kling-build"], words].concat())
            .env("KLING_BUILD_COMPLETE", "fish")
            .output()
            .unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{words:?}: {output:?}");
    }
    assert_eq!(files_under(project.folder.path()), before);
    assert!(files_under(project.home.path()).is_empty());
}
