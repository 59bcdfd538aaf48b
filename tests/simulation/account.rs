//! The account at the provider: tasks, what they cost, and what is true at the provider.
//!
//! This is the judge. Whatever the program does, every paid task is here, and a task that pays a
//! second time for the same take is recorded as a violation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use kling_build::base::{Credits, Digest, Key};
use kling_build::catalog::Dialect;

use crate::disk::Machine;
use crate::wall::Wall;

/// A day.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// How long a finished video can be downloaded (`kling-api.md`, "Storage Duration").
pub const RETENTION: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// How long a task's record can be read (`kie-jobs-api.md` section 5: two months).
const RECORDS: Duration = Duration::from_secs(60 * 24 * 60 * 60);
/// The shortest time between two polls of a task (`kling-api.md`, "Integration Notes").
pub const POLL_MIN: Duration = Duration::from_secs(3);

/// How often the provider must tell one process that a video is gone before the program may
/// believe it.
const DENIALS: u32 = 5;

/// A paid task.
#[derive(Clone, Debug)]
pub struct Task {
    pub id: String,
    pub key: Key,
    /// The dialect of the API that it was made in.
    pub api: Dialect,
    /// The process that sent it.
    pub sender: u64,
    pub credits: Credits,
    pub ends: Duration,
    /// How long its video can be downloaded.
    pub kept: Duration,
    pub fails: bool,
    /// Until when the records do not show it.
    pub hidden_until: Duration,
    /// The video that it makes.
    pub digest: Digest,
    pub video: std::sync::Arc<Vec<u8>>,
    /// Whether the user gave up on it: the machine that knew it is gone.
    pub given_up: bool,
    /// Whether it was sent from a machine that is gone; its lock may name it.
    pub of_another_machine: bool,
    /// When it was accepted.
    pub begins: Duration,
    /// Whether the answer to its request arrived.
    pub answered: bool,
    /// Whether a poll has already said that it is finished.
    pub seen_finished: bool,
    /// When a process got its whole video.
    pub fetched_at: BTreeMap<u64, Duration>,
    pub polled_at: Option<Duration>,
    /// How often each process was answered that its video is gone.
    pub denied: BTreeMap<u64, u32>,
}

impl Task {
    /// Whether its video can be downloaded.
    pub fn serves(&self, now: Duration) -> bool {
        !self.fails && self.ends <= now && now < self.ends + self.kept
    }
}

/// A file that the provider hosts.
struct Upload {
    /// Until when it can be downloaded.
    until: Duration,
    /// The processes that were told that it cannot.
    refused: Vec<u64>,
    /// Whether one of them has ended since in good order.
    is_known_dead: bool,
}

#[derive(Default)]
struct Books {
    tasks: Vec<Task>,
    uploads: BTreeMap<String, Upload>,
    requests: u64,
    violations: Vec<String>,
}

/// The account.
pub struct Account {
    pub wall: Wall,
    /// The machine whose store must not have what is paid for.
    machine: Arc<Machine>,
    books: Mutex<Books>,
}

impl Account {
    pub fn new(wall: Wall, machine: Arc<Machine>) -> Account {
        Account { wall, machine, books: Mutex::default() }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().expect("no process panics while it holds the account")
    }

    /// Accepts a request and charges for it. `make` receives the task's number. It is a violation
    /// if a task of the same key may still give a video, or if its video lies in the store.
    pub fn accept(&self, make: impl FnOnce(usize) -> Task) -> Task {
        let mut books = self.books();
        let task = make(books.tasks.len() + 1);
        let now = self.wall.elapsed();
        let may_give = |other: &Task| {
            !(other.fails && other.ends <= now)
                && now < other.ends + other.kept
                && other.denied.values().all(|denied| *denied < DENIALS)
        };
        let paid_for = books.tasks.iter().find(|other| {
            other.key == task.key
                && !other.given_up
                && (may_give(other) || self.machine.has_artifact(&other.digest))
        });
        if let Some(other) = paid_for {
            let what = format!("paid twice: {} is the same as {}", task.id, other.id);
            books.violations.push(what);
        }
        books.tasks.push(task.clone());
        task
    }

    /// The record of a task, counted as a poll. Asking in another dialect than that of its request
    /// is a violation.
    pub fn poll(&self, id: &str, api: Dialect) -> Option<Task> {
        let now = self.wall.elapsed();
        let mut books = self.books();
        let other = books.tasks.iter().find(|task| task.id == id && task.api != api);
        if let Some(other) = other.map(|task| task.api) {
            books.violations.push(format!("{id} is of the dialect {other}, asked in {api}"));
            return None;
        }
        let task = books.tasks.iter_mut().find(|task| task.id == id)?;
        let gap = task.polled_at.map(|at| now - at);
        task.polled_at = Some(now);
        let task = task.clone();
        if let Some(gap) = gap.filter(|gap| *gap < POLL_MIN) {
            books.violations.push(format!("{id} was polled again after {gap:?}"));
        }
        let gone = task.ends + RECORDS <= now || now < task.hidden_until;
        (!gone).then_some(task)
    }

    /// Whether there is such a task.
    pub fn has(&self, id: &str) -> bool {
        self.books().tasks.iter().any(|task| task.id == id)
    }

    /// Records that the answer to a task's request arrived.
    pub fn answered(&self, id: &str) {
        if let Some(task) = self.books().tasks.iter_mut().find(|task| task.id == id) {
            task.answered = true;
        }
    }

    /// Records that the program has learned of a task's end.
    pub fn told_finished(&self, id: &str) {
        if let Some(task) = self.books().tasks.iter_mut().find(|task| task.id == id) {
            task.seen_finished = true;
        }
    }

    /// The task whose video is at an address.
    pub fn at_address(&self, address: &str) -> Option<Task> {
        let id = address.rsplit('/').next()?.split('.').next()?;
        let now = self.wall.elapsed();
        let books = self.books();
        let task = books.tasks.iter().find(|task| task.id == id)?;
        task.serves(now).then(|| task.clone())
    }

    /// Records an upload, and until when it can be downloaded; returns its address.
    pub fn upload(&self, digest: Digest, extension: &str, lasts: Duration) -> String {
        let mut books = self.books();
        let address = format!(
            "https://files.kie.ai/{}-{}.{extension}",
            books.uploads.len() + 1,
            digest.short()
        );
        let until = self.wall.elapsed() + lasts;
        let upload = Upload { until, refused: Vec::new(), is_known_dead: false };
        books.uploads.insert(address.clone(), upload);
        address
    }

    /// Records that a process that was told of dead uploads has ended in good order.
    pub fn knows_dead_uploads(&self, process: u64) {
        for upload in self.books().uploads.values_mut() {
            upload.is_known_dead |= upload.refused.contains(&process);
        }
    }

    /// Whether an upload can be downloaded; other addresses always can. The process is told if not.
    pub fn is_up(&self, address: &str, process: u64) -> bool {
        let now = self.wall.elapsed();
        let mut books = self.books();
        let Some(upload) = books.uploads.get_mut(address) else {
            return !address.starts_with("https://files.kie.ai/");
        };
        if now >= upload.until {
            upload.refused.push(process);
            if upload.is_known_dead {
                books.violations.push(format!("{address} was sent though it is known to be dead"));
            }
            return false;
        }
        true
    }

    /// How many tasks a process has running that it knows of.
    pub fn running(&self, process: u64) -> usize {
        let now = self.wall.elapsed();
        let books = self.books();
        let is_running = |task: &&Task| {
            // One that is silent for long gives its slot back.
            task.sender == process && task.answered && now < task.ends && now < task.begins + HOUR
        };
        books.tasks.iter().filter(is_running).count()
    }

    /// How often a key has failed since it last succeeded, as far as the program was told.
    pub fn failures(&self, key: &Key) -> usize {
        let books = self.books();
        let of_key = books.tasks.iter().rev().filter(|task| task.key == *key && !task.given_up);
        of_key.take_while(|task| task.fails).filter(|task| task.seen_finished).count()
    }

    /// Records that a process has a task's whole video.
    pub fn fetched(&self, id: &str, process: u64) {
        let now = self.wall.elapsed();
        if let Some(task) = self.books().tasks.iter_mut().find(|task| task.id == id) {
            task.fetched_at.insert(process, now);
        }
    }

    /// Records that a promise was broken.
    pub fn violated(&self, what: String) {
        self.books().violations.push(what);
    }

    /// Every task.
    pub fn tasks(&self) -> Vec<Task> {
        self.books().tasks.clone()
    }

    /// Records that a process has learned that the task's video is gone.
    pub fn deny(&self, id: &str, process: u64) {
        if let Some(task) = self.books().tasks.iter_mut().find(|task| task.id == id) {
            *task.denied.entry(process).or_default() += 1;
        }
    }

    /// Changes every task.
    pub fn for_each(&self, change: impl FnMut(&mut Task)) {
        self.books().tasks.iter_mut().for_each(change);
    }

    /// The credits that a process has spent.
    pub fn spent_by(&self, process: u64) -> Credits {
        let books = self.books();
        books.tasks.iter().filter(|task| task.sender == process).map(|task| task.credits).sum()
    }

    /// Counts a request of any kind.
    pub fn count_request(&self) {
        self.books().requests += 1;
    }

    pub fn requests(&self) -> u64 {
        self.books().requests
    }

    pub fn violations(&self) -> Vec<String> {
        self.books().violations.clone()
    }

    /// The tasks of each key.
    pub fn by_key(&self) -> BTreeMap<Key, Vec<Task>> {
        let mut by_key: BTreeMap<Key, Vec<Task>> = BTreeMap::new();
        for task in self.tasks() {
            by_key.entry(task.key).or_default().push(task);
        }
        by_key
    }
}
