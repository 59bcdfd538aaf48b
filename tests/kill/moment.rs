//! Moments: when to kill a build, by the clock or by its progress.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Project, Server};

/// How often to check whether the moment has come.
const LOOK: Duration = Duration::from_micros(500);
/// When to kill a build at the latest, if the awaited event does not happen any more.
const LATEST: Duration = Duration::from_millis(700);
/// The time limit of a build that is not killed.
const BUILD_MAX: Duration = Duration::from_secs(120);

/// When a build is killed.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// After this time.
    After(Duration),
    /// After it has printed so many events.
    Events(usize),
    /// After the simulator has received so many of its submits.
    Submits(u64),
    /// After it has requested so many videos from the simulator.
    Downloads(u64),
    /// After so many files have appeared in the build directory.
    Files(usize),
}

/// A running build.
pub struct Running<'a> {
    child: Child,
    events: Arc<AtomicUsize>,
    project: &'a Project,
    server: &'a Server,
    begun: Instant,
    before: Counts,
}

/// The counts when the build began.
struct Counts {
    submits: u64,
    downloads: u64,
    files: usize,
}

impl Moment {
    /// A random moment; each phase of a build gets its share.
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
    /// Starts a build; its output is counted and discarded.
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

    /// Kills it at a moment. Returns whether it was still running then.
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

/// How many files are under a folder that may change meanwhile or not exist.
fn files_in(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let count = |path: &Path| if path.is_dir() { files_in(path) } else { 1 };
    entries.flatten().map(|entry| count(&entry.path())).sum()
}
