//! Moments: when a build is killed, by the clock or by what it has done so far.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::stand::{Project, Server};

/// How often it is looked whether the moment has come.
const LOOK: Duration = Duration::from_micros(500);
/// When a build is killed at the latest, where what it waits for does not come any more.
const LATEST: Duration = Duration::from_millis(700);
/// How long a build may take that nobody kills.
const BUILD_MAX: Duration = Duration::from_secs(120);

/// When a build is killed.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// So long after its start.
    After(Duration),
    /// When it has printed so many events.
    Events(usize),
    /// When the simulator has got so many submits from it.
    Submits(u64),
    /// When the simulator has been asked for so many videos by it.
    Downloads(u64),
    /// When so many files have come into the build directory.
    Files(usize),
}

/// A build that runs.
pub struct Running<'a> {
    child: Child,
    events: Arc<AtomicUsize>,
    project: &'a Project,
    server: &'a Server,
    begun: Instant,
    before: Counts,
}

/// What had been counted when the build began.
struct Counts {
    submits: u64,
    downloads: u64,
    files: usize,
}

impl Moment {
    /// A moment by chance; each phase of a build gets its share.
    pub fn draw(chance: &mut fastrand::Rng) -> Moment {
        match chance.u8(0..10) {
            0..4 => Moment::After(Duration::from_millis(chance.u64(20..600))),
            4..6 => Moment::Events(chance.usize(1..60)),
            6..8 => Moment::Submits(chance.u64(1..8)),
            8 => Moment::Downloads(chance.u64(1..8)),
            _ => Moment::Files(chance.usize(1..50)),
        }
    }
}

impl<'a> Running<'a> {
    /// Starts a build; what it prints is counted and thrown away.
    pub fn start(project: &'a Project, server: &'a Server, home: &Project) -> Running<'a> {
        let before = Counts::now(project, server);
        let arguments = ["storyboard.yaml", "--poll-interval", "0.1", "--json"];
        let mut command = project.command(server, &arguments);
        command.env("KLING_BUILD_HOME", home.home.path());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let events = Arc::new(AtomicUsize::new(0));
        let (printed, count) = (child.stdout.take().unwrap(), Arc::clone(&events));
        thread::spawn(move || {
            for _ in BufReader::new(printed).lines() {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        Running { child, events, project, server, begun: Instant::now(), before }
    }

    /// Kills it at a moment. Whether it was still going then.
    pub fn kill_at(mut self, moment: Moment) -> bool {
        while !self.has_come(moment) && self.begun.elapsed() < LATEST {
            if self.has_ended() {
                return false;
            }
            thread::sleep(LOOK);
        }
        let was_going = !self.has_ended();
        // On Unix this is `SIGKILL`: nothing of the program runs after it.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        was_going
    }

    /// Waits for its end; its exit code.
    pub fn wait(mut self) -> i32 {
        while !self.has_ended() {
            thread::sleep(LOOK);
        }
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    fn has_ended(&mut self) -> bool {
        assert!(self.begun.elapsed() < BUILD_MAX, "a build hangs");
        self.child.try_wait().unwrap().is_some()
    }

    fn has_come(&self, moment: Moment) -> bool {
        let before = &self.before;
        match moment {
            Moment::After(wait) => self.begun.elapsed() >= wait,
            Moment::Events(count) => self.events.load(Ordering::Relaxed) >= count,
            Moment::Submits(count) => self.server.records().submits >= before.submits + count,
            Moment::Downloads(count) => downloads(self.server) >= before.downloads + count,
            Moment::Files(count) => files_in(&self.project.path("build")) >= before.files + count,
        }
    }
}

impl Counts {
    fn now(project: &Project, server: &Server) -> Counts {
        Counts {
            submits: server.records().submits,
            downloads: downloads(server),
            files: files_in(&project.path("build")),
        }
    }
}

fn downloads(server: &Server) -> u64 {
    server.records().tasks.iter().map(|task| task.downloads).sum()
}

/// How many files are under a folder that may change meanwhile, or not be there.
fn files_in(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let count = |path: &Path| if path.is_dir() { files_in(path) } else { 1 };
    entries.flatten().map(|entry| count(&entry.path())).sum()
}
