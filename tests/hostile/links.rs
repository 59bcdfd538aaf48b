//! Symbolic links that came with a project: nothing outside is written, removed or made public, and
//! nothing hangs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use kling_build::store::Stamp;
use tempfile::TempDir;

use crate::harness::{Project, Ran, Server, files_under};

const FILM: &str = "version: 1\ndefaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }\n\
                    scenes:\n  dawn: { type: t2v, prompt: dawn, seed: 11111 }\n\
                    cuts:\n  day: { scenes: [dawn] }\n";
/// The time limit of a build that might read something endless.
const BUILD_MAX: Duration = Duration::from_secs(30);

/// A user's folder with a file in it, which must not change.
struct Outside {
    folder: TempDir,
    before: Vec<(String, Vec<u8>, Stamp)>,
}

impl Outside {
    fn new() -> Outside {
        let folder = tempfile::tempdir().unwrap();
        for name in ["file", "dawn.mp4", "dawn.jpg", ".new-file", "scenes/dawn.mp4", "ledger.db"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, format!("the user's {name}")).unwrap();
        }
        let mut outside = Outside { folder, before: Vec::new() };
        outside.before = outside.now();
        outside
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn now(&self) -> Vec<(String, Vec<u8>, Stamp)> {
        let files = files_under(self.folder.path()).into_iter();
        files
            .map(|(name, (bytes, _))| {
                let stamp = Stamp::of_metadata(&fs::metadata(self.path(&name)).unwrap());
                (name, bytes, stamp)
            })
            .collect()
    }

    #[track_caller]
    fn assert_untouched(&self, what: &str) {
        assert!(self.now() == self.before, "{what}: something outside was touched");
    }
}

/// Runs a build that may read forever, and ends it if it does.
#[track_caller]
fn bounded(project: &Project, server: &Server, arguments: &[&str]) -> Ran {
    let common = ["storyboard.yaml", "--poll-interval", "0.05"];
    let mut command = project.command(server, &[&common, arguments].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > BUILD_MAX {
            child.kill().unwrap();
            panic!("{arguments:?} hangs: {}", Ran(child.wait_with_output().unwrap()).said());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ran(child.wait_with_output().unwrap())
}

/// Puts a link into a project, creating the folders above it.
fn link(project: &Project, at: &str, to: &PathBuf) {
    let at = project.path(at);
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    symlink(to, at).unwrap();
}

#[test]
fn no_file_is_written_through_a_symlinked_folder() {
    for (at, arguments) in [
        ("build", &[][..]),
        ("build/scenes", &[]),
        ("build/posters", &[]),
        ("build/cuts", &[]),
        ("build", &["--preview"]),
        ("build/preview", &["--preview"]),
        ("build/preview/scenes", &["--preview"]),
        ("build/preview/.store", &["--preview"]),
        ("build/preview/.store/objects", &["--preview"]),
        ("build/preview/.store/claims", &["--preview"]),
        ("build/preview/.store/objects/ab", &["--preview"]),
        ("out/preview", &["--preview", "-o", "out"]),
        ("out/scenes", &["-o", "out"]),
    ] {
        let (server, project, outside) = (Server::new(&[]), Project::new(FILM), Outside::new());
        link(&project, at, &outside.folder.path().to_path_buf());
        let ran = bounded(&project, &server, arguments).ends_with(2);
        assert!(ran.said().contains(&format!("error: `{at}` is a symbolic link to `")));
        assert_eq!(server.requests(), 0, "{at}: refused before anything is sent");
        outside.assert_untouched(at);
        // Commands that only look refuse it as well: they open the store.
        let looked = [&["plan", "storyboard.yaml"], arguments].concat();
        project.run(&server, &looked).ends_with(2);
        outside.assert_untouched(at);
        // As the message says, it works without the link.
        fs::remove_file(project.path(at)).unwrap();
        bounded(&project, &server, arguments).ends_with(0);
        outside.assert_untouched(at);
    }
}

#[test]
fn no_file_is_written_through_a_symlink() {
    let preview = &["--preview"][..];
    for (at, to, arguments) in [
        ("build/scenes/dawn.mp4", "dawn.mp4", &[][..]),
        ("build/posters/dawn.jpg", "dawn.jpg", &[]),
        ("build/cuts/day.mp4", "missing", &[]),
        ("build/manifest.json", "file", &[]),
        ("build/index.html", "file", &[]),
        ("build/.kling-build.json", "file", &[]),
        ("build/.unchanged.json", "file", &[]),
        ("storyboard.lock", "missing", &[]),
        ("build/preview/.store/ledger.db", "ledger.db", preview),
        ("build/preview/.store/ledger.db", "missing", preview),
        ("build/preview/.store/ledger.db-wal", "file", preview),
    ] {
        let (server, project, outside) = (Server::new(&[]), Project::new(FILM), Outside::new());
        link(&project, at, &outside.path(to));
        let code = bounded(&project, &server, arguments).code();
        assert!((0..=2).contains(&code), "{at}: {code}");
        outside.assert_untouched(at);
        assert!(server.prompts().len() <= 1, "{at}: paid once at most");
    }
}

/// A claim is a file whose name follows from the storyboard, and claiming truncates the file.
#[test]
fn claiming_does_not_truncate_user_files() {
    let (server, project, outside) = (Server::new(&[]), Project::new(FILM), Outside::new());
    let storyboard = fs::canonicalize(project.path("storyboard.yaml")).unwrap();
    let digest = kling_build::base::Digest::of(storyboard.display().to_string().as_bytes());
    let claim = format!("build/preview/.store/claims/build-{digest}");
    link(&project, &claim, &outside.path("file"));
    bounded(&project, &server, &["--preview"]).ends_with(2);
    outside.assert_untouched("a claim");
}

/// The record in a build directory lists what a build may remove.
#[test]
fn files_outside_the_build_directory_are_not_removed() {
    let (server, project, outside) = (Server::new(&[]), Project::new(FILM), Outside::new());
    bounded(&project, &server, &[]).ends_with(0);
    let memory = project.path("build/.kling-build.json");
    let remembered = fs::read_to_string(&memory).unwrap();
    let victim = outside.path("file");
    let stamp = Stamp::of_metadata(&fs::metadata(&victim).unwrap());
    let stamp = serde_json::to_string(&stamp).unwrap();
    let digest = "0".repeat(64);
    let climbing = format!("{}{}", "../".repeat(20), &victim.display().to_string()[1..]);
    for name in [victim.display().to_string(), climbing, "./../storyboard.yaml".into()] {
        let entry = format!("{{\"{name}\":{{\"stamp\":{stamp},\"digest\":\"{digest}\"}},");
        fs::write(&memory, remembered.replacen('{', &entry, 1)).unwrap();
        fs::remove_file(project.path("build/.unchanged.json")).ok();
        bounded(&project, &server, &[]).ends_with(0);
        outside.assert_untouched(&name);
        assert!(project.path("storyboard.yaml").exists());
    }
    let manifest = project.path("build/manifest.json");
    let listed = fs::read_to_string(&manifest).unwrap();
    let path = victim.display().to_string();
    fs::write(&manifest, listed.replace("scenes/dawn.mp4", &path)).unwrap();
    fs::remove_file(project.path("build/.unchanged.json")).ok();
    bounded(&project, &server, &[]).ends_with(0);
    outside.assert_untouched("a manifest");
}

#[test]
fn only_regular_files_are_read() {
    let state = ["build/manifest.json", "build/.kling-build.json", "build/.unchanged.json"];
    for (at, code) in state.map(|at| (at, 0..=1)).into_iter().chain([("storyboard.lock", 2..=2)]) {
        let (server, project) = (Server::new(&[]), Project::new(FILM));
        link(&project, at, &PathBuf::from("/dev/zero"));
        let ran = bounded(&project, &server, &[]);
        assert!(code.contains(&ran.code()), "{at}: {}", ran.said());
        // A build may have put its own file there, or removed the link.
        let _ = fs::remove_file(project.path(at));
        let made = std::process::Command::new("mkfifo").arg(project.path(at)).status().unwrap();
        assert!(made.success());
        let ran = bounded(&project, &server, &[]);
        assert!(code.contains(&ran.code()), "{at}: {}", ran.said());
    }
}

#[test]
fn symlinks_out_of_the_project_are_not_uploaded() {
    let film = FILM.replace("type: t2v", "type: i2v, image: host.png");
    let (server, project, outside) = (Server::new(&[]), Project::new(&film), Outside::new());
    project.picture("photo.png", 7);
    fs::rename(project.path("photo.png"), outside.path("photo.png")).unwrap();
    for to in [outside.path("photo.png"), PathBuf::from("elsewhere/photo.png")] {
        let _ = fs::remove_file(project.path("host.png"));
        let _ = symlink(outside.folder.path(), project.path("elsewhere"));
        link(&project, "host.png", &to);
        let said = project.build(&server, &[]).ends_with(2).said();
        assert!(
            said.contains("`host.png` is a symbolic link that leads out of the project"),
            "{said}"
        );
        assert!(said.contains("storyboard.yaml:4:"), "{said}");
        assert_eq!(server.requests(), 0);
    }
    // Links inside the project, or inside the work tree that contains the project, are fine.
    fs::remove_file(project.path("host.png")).unwrap();
    fs::create_dir(project.path("assets")).unwrap();
    fs::copy(outside.path("photo.png"), project.path("assets/photo.png")).unwrap();
    symlink("assets/photo.png", project.path("host.png")).unwrap();
    project.build(&server, &[]).ends_with(0);
    fs::create_dir(project.path(".git")).unwrap();
    fs::create_dir(project.path("film")).unwrap();
    fs::copy(project.path("storyboard.yaml"), project.path("film/storyboard.yaml")).unwrap();
    symlink("../assets/photo.png", project.path("film/host.png")).unwrap();
    let build = ["film/storyboard.yaml", "--poll-interval", "0.05"];
    project.run(&server, &build).ends_with(0);
}
