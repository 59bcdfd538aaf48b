//! What must be true of lock, ledger, store and build directory.

use std::path::Path;
use std::sync::Arc;

use kling_build::base::{Digest, TaskId};
use kling_build::plan::{Lock, SubmissionOutcome};
use kling_build::store::{Home, Ledger, Objects};

use crate::account::RETENTION;
use crate::disk::{HOME, SimDisk};
use crate::history::{CLONES, History, OWN_FILE};
use crate::process::Process;

/// Whether a file is one that was never finished.
fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

impl History {
    pub fn lock(&self, clone: &str) -> Result<Option<Lock>, String> {
        let Some(bytes) = self.machine.get(format!("{clone}/storyboard.lock")) else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())?;
        Lock::parse(&text).map(Some).map_err(|error| format!("the lock is damaged: {error}"))
    }

    pub fn ledger(&self, process: &Arc<Process>) -> Result<Ledger, String> {
        let disk = SimDisk { machine: Arc::clone(&self.machine), process: Arc::clone(process) };
        let path = Home::at(HOME).ledger();
        Ledger::open(&disk, &path).map_err(|error| error.to_string())
    }

    /// What must be true whenever no build is running.
    pub fn judge(&mut self) -> Result<(), String> {
        if let Some(violation) = self.account.violations().first() {
            return Err(violation.clone());
        }
        self.judge_locks()?;
        if self.has_own_file && self.machine.get(OWN_FILE).is_none() {
            return Err("a file of the user's is gone".into());
        }
        let process = self.process(None, 0..0);
        let ledger = self.ledger(&process)?;
        for (key, tasks) in self.account.by_key() {
            let mut forgotten = Vec::new();
            for task in tasks.iter().filter(|task| !task.given_up && !task.of_another_machine) {
                let known = ledger.sent(&TaskId::new(&*task.id)).map_err(|e| e.to_string())?;
                if known.is_none() {
                    forgotten.push(task.id.clone());
                }
            }
            let rows = ledger.unsettled_of(&key).map_err(|error| error.to_string())?;
            let doubts =
                rows.iter().filter(|row| row.submission.outcome == SubmissionOutcome::Doubt);
            if forgotten.len() > doubts.count() {
                return Err(format!("nobody knows of the paid tasks {forgotten:?}"));
            }
        }
        Ok(())
    }

    /// Every locked artifact exists and matches the lock, unless it was lost from outside and its
    /// task can restore it.
    fn judge_locks(&self) -> Result<(), String> {
        let objects = self.objects();
        for clone in CLONES {
            let lock = self.lock(clone)?.unwrap_or_default();
            let takes = lock.scenes.iter();
            for (scene, take) in
                takes.flat_map(|(scene, locked)| locked.takes.iter().map(move |take| (scene, take)))
            {
                let excused = self.excused.contains(&take.artifact);
                match self.machine.get(objects.path(&take.artifact)) {
                    Some(bytes) if !excused && Digest::of(&bytes) != take.artifact => {
                        return Err(format!("the artifact of {scene} is damaged"));
                    }
                    Some(_) => {}
                    None if excused || self.has_lost_artifacts() => {}
                    None => return Err(format!("the artifact of {scene} is missing")),
                }
            }
        }
        Ok(())
    }

    pub fn has_lost_artifacts(&self) -> bool {
        self.summary.log.contains("are lost") || self.summary.log.contains("are left")
    }

    pub fn objects(&self) -> Objects {
        let process = Arc::new(Process::new(0, None, 0..0));
        let disk = SimDisk { machine: Arc::clone(&self.machine), process };
        Objects::at(Arc::new(disk), Home::at(HOME).objects())
    }

    /// What must be true when the film is finished.
    pub fn judge_the_end(&mut self) -> Result<(), String> {
        let session = self.look()?;
        if !session.plan.is_up_to_date() {
            return Err("the plan of a finished film has something to do".into());
        }
        let lock = self.lock(CLONES[0])?.unwrap_or_default();
        let objects = self.objects();
        for take in session.plan.scenes() {
            let Some(locked) = lock.picked(&take.scene) else {
                return Err(format!("{} is finished and not in the lock", take.scene));
            };
            let artifact = self.machine.get(objects.path(&locked.artifact));
            let built = self.machine.get(format!("/a/build/scenes/{}.mp4", take.scene));
            if built.is_none_or(|built| Digest::of(&built) != locked.artifact) {
                return Err(format!("the file of {} is not what it should be", take.scene));
            }
            if artifact.is_none() {
                return Err(format!("the artifact of {} is missing at the end", take.scene));
            }
        }
        let ours: Vec<Digest> = self.account.tasks().into_iter().map(|task| task.digest).collect();
        for path in self.machine.files_in("/a/build/scenes") {
            let scene = path.file_stem().unwrap_or_default();
            let is_left = session.plan.takes.iter().all(|take| *take.scene.as_str() != *scene);
            let bytes = self.machine.get(&path).unwrap_or_default();
            // If two killed builds had different takes, it is unknown which of them wrote it.
            let is_ours = ours.contains(&Digest::of(&bytes)) && self.summary.deaths < 2;
            if is_left && is_ours && !is_hidden(&path) {
                return Err(format!("{} is left of a scene that is gone", path.display()));
            }
        }
        let wanted: Vec<_> = session.plan.takes.iter().filter_map(|take| take.key).collect();
        let now = self.wall.elapsed();
        for task in self.account.tasks() {
            // One that is kept longer than promised may have been denied and paid for again.
            if task.serves(now)
                && now < task.ends + RETENTION
                && !task.given_up
                && !self.excused.contains(&task.digest)
                && wanted.contains(&task.key)
                && self.machine.get(objects.path(&task.digest)).is_none()
                && !self.has_lost_artifacts()
            {
                return Err(format!("the paid video of {} was never fetched", task.id));
            }
        }
        Ok(())
    }
}
