//! The harness: a project, a home and a simulator, and the real program run with them.
//!
//! Nothing here parses the program's messages; tests check exit codes, files and what the simulator
//! saw.

#![allow(dead_code, reason = "each test file uses the part that it needs")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use kling_build::base::Moment;
use kling_build::plan::SubmissionOutcome;
use kling_build::sim::{Sim, SimOptions, SimRecords};
use kling_build::store::{Home, Ledger, LedgerRow, LocalDisk};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The key that the program is given; it must not appear anywhere.
pub const KEY: &str = "kie-0123456789-very-secret";

/// A simulator on a thread of its own.
pub struct Server {
    runtime: Runtime,
    sim: Sim,
}

impl Server {
    /// Tasks end almost at once; `faults` as in `kling-build sim --fault`.
    pub fn new(faults: &[&str]) -> Server {
        Server::with(SimOptions {
            latency: Duration::from_millis(50),
            faults: faults.iter().map(|rule| rule.parse().unwrap()).collect(),
            ..SimOptions::default()
        })
    }

    pub fn with(options: SimOptions) -> Server {
        let runtime = Runtime::new().unwrap();
        let sim = runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            Sim::start(listener, options).await.unwrap()
        });
        Server { runtime, sim }
    }

    pub fn base(&self) -> String {
        self.sim.base_url().to_string()
    }

    pub fn records(&self) -> SimRecords {
        self.sim.records()
    }

    /// The prompts of the tasks created, in order; for an avatar, its voice's address.
    pub fn prompts(&self) -> Vec<String> {
        self.records().tasks.iter().map(prompt_in).collect()
    }

    /// The ids of the tasks created for a prompt.
    pub fn tasks_for(&self, prompt: &str) -> Vec<String> {
        let tasks = self.records().tasks;
        let made = tasks.iter().filter(|task| prompt_in(task) == prompt);
        made.map(|task| task.id.to_string()).collect()
    }

    /// How many requests of any kind it has answered.
    pub fn requests(&self) -> u64 {
        let records = self.records();
        let of_tasks = records.tasks.iter().map(|task| task.polls.len() as u64 + task.downloads);
        records.submits + records.uploads + of_tasks.sum::<u64>()
    }
}

/// A project folder and the store of its user.
pub struct Project {
    pub folder: TempDir,
    pub home: TempDir,
}

impl Project {
    pub fn new(storyboard: &str) -> Project {
        let project =
            Project { folder: tempfile::tempdir().unwrap(), home: tempfile::tempdir().unwrap() };
        project.write("storyboard.yaml", storyboard);
        project
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    /// Writes a picture of one colour.
    pub fn picture(&self, name: &str, red: u8) {
        let picture = image::RgbImage::from_pixel(640, 360, image::Rgb([red, 90, 120]));
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        picture.save(self.path(name)).unwrap();
    }

    /// Writes a video of so many seconds, 1280×720 at 24 pictures per second.
    pub fn video(&self, name: &str, seconds: u32) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        let source = format!("testsrc=size=1280x720:rate=24:duration={seconds}");
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-f", "lavfi", "-i", &source])
            .args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"])
            .arg(self.path(name))
            .status();
        assert!(made.expect("ffmpeg is installed").success());
    }

    /// Changes the storyboard.
    pub fn edit(&self, old: &str, new: &str) {
        let text = fs::read_to_string(self.path("storyboard.yaml")).unwrap();
        assert!(text.contains(old), "the storyboard holds `{old}`");
        self.write("storyboard.yaml", text.replace(old, new));
    }

    /// The program, ready to run in the project against a simulator.
    pub fn command(&self, server: &Server, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kling-build"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("KLING_BUILD_HOME", self.home.path())
            .env("KIE_API_KEY", KEY)
            .env("KIE_API_BASE", server.base())
            .env("KIE_UPLOAD_BASE", server.base())
            .env_remove("RUST_LOG")
            .env_remove("NO_COLOR");
        command
    }

    pub fn run(&self, server: &Server, arguments: &[&str]) -> Ran {
        Ran(self.command(server, arguments).output().unwrap())
    }

    /// Builds with quick polls.
    pub fn build(&self, server: &Server, arguments: &[&str]) -> Ran {
        let common = ["storyboard.yaml", "--poll-interval", "0.05"];
        self.run(server, &[&common, arguments].concat())
    }

    /// Each file of the build directory with its bytes and time of change.
    pub fn built(&self) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
        files_under(&self.path("build"))
    }

    pub fn manifest(&self) -> Value {
        json(&self.path("build/manifest.json"))
    }

    pub fn lock(&self) -> Value {
        json(&self.path("storyboard.lock"))
    }

    /// The takes of each scene that has one, by scene, as the lock has them.
    pub fn locked_scenes(&self) -> BTreeMap<String, Vec<Value>> {
        let lock = self.lock();
        let takes = |scene: &Value| scene["takes"].as_array().unwrap().clone();
        let scenes = lock["scenes"].as_object().unwrap().iter();
        let scenes = scenes.map(|(scene, locked)| (scene.clone(), takes(locked)));
        scenes.filter(|(_, takes)| !takes.is_empty()).collect()
    }

    /// The picked take of a scene, as the lock has it.
    pub fn locked(&self, scene: &str) -> Value {
        let locked = &self.lock()["scenes"][scene];
        let takes = locked["takes"].as_array().into_iter().flatten();
        takes.clone().find(|take| take["take"] == locked["picked"]).cloned().unwrap_or_default()
    }

    /// The scene's entry in the manifest.
    pub fn scene(&self, scene: &str) -> Value {
        let manifest = self.manifest();
        let scenes = manifest["scenes"].as_array().unwrap();
        scenes.iter().find(|entry| entry["scene"] == scene).cloned().unwrap_or_default()
    }

    pub fn ledger(&self) -> Ledger {
        Ledger::open(&LocalDisk, &Home::at(self.home.path()).ledger()).unwrap()
    }

    /// The submissions with an unknown outcome.
    pub fn doubts(&self) -> Vec<LedgerRow> {
        let path = fs::canonicalize(self.path("storyboard.yaml")).unwrap();
        let mut rows = self.ledger().unsettled(&path.display().to_string()).unwrap();
        rows.retain(|row| row.submission.outcome == SubmissionOutcome::Doubt);
        rows
    }
}

/// How the program ended.
pub struct Ran(pub Output);

impl Ran {
    pub fn code(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }

    /// Everything that it printed.
    pub fn said(&self) -> String {
        let (out, err) = (&self.0.stdout, &self.0.stderr);
        format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
    }

    #[track_caller]
    pub fn ends_with(self, code: i32) -> Ran {
        assert_eq!(self.code(), code, "{}", self.said());
        self
    }
}

/// Every file under a folder with its bytes and time of change, by path.
pub fn files_under(folder: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                let changed = path.metadata().unwrap().modified().unwrap();
                files.insert(name, (fs::read(&path).unwrap(), changed));
            }
        }
    }
    files
}

pub fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The prompt of a task's request, in either dialect.
#[allow(dead_code, reason = "not every test asks")]
pub fn prompt_in(task: &kling_build::sim::TaskRecord) -> String {
    let request = &task.request;
    text(request.get("input").unwrap_or(request).get("prompt").unwrap_or(&request["prompt"]))
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

/// The present.
pub fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Moment::from_millis(since.as_millis() as i64)
}
