//! A process of the program: it can die between any two effects.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// A process. Once it is dead, nothing that it does has an effect.
#[derive(Debug)]
pub struct Process {
    pub id: u64,
    /// How many effects it has had.
    effects: AtomicU64,
    /// The effect before which it dies.
    dies_at: u64,
    /// The effects during which the disk is full.
    full: Range<u64>,
    dead: AtomicBool,
    died: Notify,
    /// The file after whose renaming it dies.
    dies_placing: Option<PathBuf>,
    /// When the user first asked it to stop.
    interrupted: OnceLock<Duration>,
}

impl Process {
    pub fn new(id: u64, dies_at: Option<u64>, full: Range<u64>) -> Process {
        Process {
            id,
            effects: AtomicU64::new(0),
            dies_at: dies_at.unwrap_or(u64::MAX),
            full,
            dead: AtomicBool::new(false),
            died: Notify::new(),
            dies_placing: None,
            interrupted: OnceLock::new(),
        }
    }

    /// The same process; it dies as soon as a file has this name.
    pub fn dying_placing(self, path: Option<PathBuf>) -> Process {
        Process { dies_placing: path, ..self }
    }

    /// A file has got its name.
    pub fn placed(&self, path: &Path) {
        if self.dies_placing.as_deref() == Some(path) {
            self.die();
        }
    }

    fn die(&self) {
        self.dead.store(true, Ordering::Relaxed);
        self.died.notify_one();
    }

    /// Records that the user asks it to stop.
    pub fn interrupt(&self, now: Duration) {
        self.interrupted.get_or_init(|| now);
    }

    /// Whether the user has asked it to stop before this moment.
    pub fn is_interrupted_before(&self, now: Duration) -> bool {
        self.interrupted.get().is_some_and(|at| *at < now)
    }

    /// Counts an effect that is about to happen; it does not happen if the process is or becomes
    /// dead.
    pub fn step(&self) -> io::Result<()> {
        if !self.is_dead() && self.effects.fetch_add(1, Ordering::Relaxed) + 1 >= self.dies_at {
            self.die();
        }
        if self.is_dead() { Err(io::Error::other("the process is dead")) } else { Ok(()) }
    }

    /// Counts an effect that needs room on the disk.
    pub fn step_writing(&self) -> io::Result<()> {
        self.step()?;
        if self.full.contains(&self.effects()) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        Ok(())
    }

    /// Whether the disk was full at any of the effects so far.
    pub fn had_full_disk(&self) -> bool {
        !self.full.is_empty() && self.full.start <= self.effects()
    }

    /// How many effects it has had.
    pub fn effects(&self) -> u64 {
        self.effects.load(Ordering::Relaxed)
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// Ends when the process dies.
    pub async fn died(&self) {
        self.died.notified().await;
    }

    /// Continues unless the process is dead; a dead one waits forever.
    pub async fn step_or_die(&self) {
        if self.step().is_err() {
            std::future::pending().await
        }
    }
}
