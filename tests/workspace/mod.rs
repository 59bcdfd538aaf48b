//! Workspace: a folder with a storyboard, and the program run in it, without key and network.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder with a storyboard, and a store beside it.
pub struct Workspace(TempDir);

impl Workspace {
    /// A workspace with this storyboard.
    pub fn new(film: &str) -> Workspace {
        let workspace = Workspace(tempfile::tempdir().unwrap());
        fs::write(workspace.path("storyboard.yaml"), film).unwrap();
        workspace
    }

    /// The path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a command in the folder.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::cargo_bin("kling-build").unwrap();
        command.current_dir(self.0.path()).args(arguments).env_clear();
        // No font of this machine may decide a test.
        command.env("KLING_BUILD_FONTS", self.path("fonts"));
        command.env("KLING_BUILD_HOME", self.path("home")).output().unwrap()
    }

    /// Exit code, stdout and stderr in one text, without what changes from run to run.
    pub fn transcript(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let folder = self.0.path().display().to_string();
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap().replace(&folder, "FOLDER");
            text.lines().map(|line| without_time(line) + "\n").collect::<String>()
        };
        format!(
            "$ kling-build {}\n-- stdout\n{}-- stderr\n{}-- exit code {}\n",
            arguments.join(" "),
            text(&output.stdout),
            text(&output.stderr),
            output.status.code().unwrap()
        )
    }
}

/// `previewed 2 scenes in 3.1s · …` without the time.
fn without_time(line: &str) -> String {
    match (line.split_once(" in "), line.split_once(" · ")) {
        (Some((before, _)), Some((_, after))) if line.starts_with("previewed") => {
            format!("{before} in TIME · {after}")
        }
        _ => line.to_string(),
    }
}
