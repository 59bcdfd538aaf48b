//! What people and disks do between two builds: doubts are settled, the store is verified, cleared
//! and filled, and bits flip.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use kling_build::base::{Digest, TaskId};
use kling_build::plan::{ProviderFamily, SubmissionOutcome};
use kling_build::report::SalvagedTask;
use kling_build::runner::{OpenStore, Salvage, Session, SessionAccess};
use tokio::time::sleep;

use crate::account::{DAY, POLL_MIN};
use crate::disk::HOME;
use crate::history::{CLONES, History, options};
use crate::process::Process;
use crate::remote::{Allowed, Remote, Weather};

/// The family of the takes that the simulated provider makes.
const FAMILY: &str = ProviderFamily::Kling.as_str();

/// Whether an artifact has the bytes that its name says.
fn is_whole((digest, bytes): &(Digest, Arc<Vec<u8>>)) -> bool {
    Digest::of(bytes) == *digest
}

impl History {
    /// A process that does something else than building; sometimes it is killed.
    pub fn helper(&mut self) -> Arc<Process> {
        let dies_at = (self.chance.u8(..4) == 0).then(|| self.chance.u64(1..40));
        self.process(dies_at, 0..0)
    }

    fn store(&self, process: &Arc<Process>) -> Option<OpenStore> {
        let environment = self.environment(process);
        OpenStore::open(&environment, self.wall.clock(), SessionAccess::ReadWrite).ok()
    }

    /// A bit flips in an artifact or in a frame that was sent once.
    pub fn damage(&mut self) {
        let folder = if self.chance.u8(..4) == 0 { "frames" } else { "objects" };
        let mut files = self.machine.files_in(format!("{HOME}/{folder}"));
        files.retain(|path| !path.to_string_lossy().contains("/.incoming"));
        let Some(path) = self.chance.choice(files) else { return };
        let length = self.machine.get(&path).map_or(0, |bytes| bytes.len());
        let at = self.chance.usize(..length.max(1));
        self.machine.damage(&path, at);
        let digest = path.file_name().and_then(|name| name.to_str()?.parse::<Digest>().ok());
        self.excused.extend(digest);
        self.say(format!("a bit flips in {}", path.display()));
    }

    /// `store verify`: no damaged artifact stays, and no undamaged one goes.
    pub fn verify(&mut self) -> Result<(), String> {
        let process = self.helper();
        let before = self.machine.artifacts();
        if let Some(store) = self.store(&process) {
            drop(store.verify(&mut |_, _| {}));
        }
        self.machine.bury(&process);
        for (digest, _) in before.iter().filter(|artifact| is_whole(artifact)) {
            if !self.machine.has_artifact(digest) {
                return Err(format!("`store verify` removed {digest}"));
            }
        }
        let stays = self.machine.artifacts().iter().any(|artifact| !is_whole(artifact));
        if stays && !process.is_dead() {
            return Err("`store verify` left a damaged artifact in the store".into());
        }
        let aside = self.machine.files_in(format!("{HOME}/quarantine"));
        for (_, bytes) in before.iter().filter(|artifact| !is_whole(artifact)) {
            let mut places = self.machine.artifacts().into_iter().map(|artifact| artifact.1);
            let is_aside = aside.iter().any(|path| self.machine.get(path).as_ref() == Some(bytes));
            if !is_aside && !places.any(|there| there == *bytes) {
                return Err("`store verify` deleted a damaged artifact".into());
            }
        }
        self.say("the store is verified");
        Ok(())
    }

    /// `store gc`: nothing that a known lock names is removed.
    pub fn clear(&mut self) -> Result<(), String> {
        let process = self.helper();
        let before: BTreeSet<Digest> = self.machine.artifacts().into_iter().map(|a| a.0).collect();
        let age = [Duration::ZERO, DAY, DAY * 30][self.chance.usize(..3)];
        let mut named = BTreeSet::new();
        if let Some(store) = self.store(&process) {
            let locks = store.store.ledger.locks().unwrap_or_default();
            for clone in CLONES {
                if locks.iter().any(|lock| lock.path.starts_with(clone)) {
                    let lock = self.lock(clone)?.unwrap_or_default();
                    named.extend(lock.artifacts());
                }
            }
            let nothing = BTreeSet::new();
            let cleared = store
                .garbage(&nothing, age)
                .and_then(|garbage| store.clear(&garbage, &nothing, age));
            drop(cleared);
        }
        self.machine.bury(&process);
        let now: BTreeSet<Digest> = self.machine.artifacts().into_iter().map(|a| a.0).collect();
        let removed: Vec<Digest> = before.difference(&now).copied().collect();
        if let Some(digest) = removed.iter().find(|digest| named.contains(digest)) {
            return Err(format!("`store gc` removed {digest}, which a lock names"));
        }
        self.say(format!("the store is cleared of {}", removed.len()));
        self.excused.extend(removed);
        Ok(())
    }

    /// `salvage`: it pays for nothing, and after one that nothing disturbs the store has every
    /// video that the ledger knows of and the provider still has.
    pub async fn salvage(&mut self) -> Result<(), String> {
        // People are slower than the shortest time between two polls.
        sleep(POLL_MIN).await;
        let (process, weather) = (self.helper(), self.weather());
        let begun = self.wall.elapsed();
        let remote = self.remote(&process, weather);
        let all = self.chance.bool();
        if let Some(store) = self.store(&process) {
            let salvage = Salvage::of(store, Arc::new(remote));
            let mut quiet = |_: &SalvagedTask| {};
            tokio::select! {
                biased;
                () = process.died() => {}
                report = salvage.run(all, &mut quiet) => drop(report),
            }
        }
        self.machine.bury(&process);
        sleep(POLL_MIN).await;
        self.say(format!("a salvage is done, {weather:?}, all: {all}"));
        if self.account.spent_by(process.id) > kling_build::base::Credits::ZERO {
            return Err("a salvage has paid".into());
        }
        if process.is_dead() || weather.faults > 0 || !all {
            return Ok(());
        }
        let ledger = self.ledger(&process)?;
        for task in self.account.tasks() {
            let known = ledger.sent(&TaskId::new(&*task.id)).map_err(|e| e.to_string())?.is_some();
            let is_there = self.machine.get(self.objects().path(&task.digest)).is_some();
            if known && task.serves(begun) && task.serves(self.wall.elapsed()) && !is_there {
                return Err(format!("the video of {} was not salvaged", task.id));
            }
        }
        Ok(())
    }

    fn remote(&mut self, process: &Arc<Process>, weather: Weather) -> Remote {
        let ends = (Arc::clone(&self.account), Arc::clone(&self.machine));
        let allowed = Allowed { tasks: 0, failures: 0, lock: None };
        let (hooks, chance) = (self.hooks.clone(), self.chance.fork());
        Remote::new(ends, hooks, Arc::clone(process), (weather, allowed, self.api), chance)
    }

    /// Where the provider has lost every video of a scene, a person says so.
    pub fn declare_gone(&mut self) -> Result<(), String> {
        let process = self.process(None, 0..0);
        let environment = self.environment(&process);
        let options = options(CLONES[0], &self.plain(Weather::CLEAR));
        let clock = self.wall.clock();
        let session =
            Session::open(options, environment, clock, SessionAccess::ReadWrite, &mut |_| {})
                .map_err(|refusal| format!("{:?}", refusal.diagnostics))?;
        let now = self.wall.elapsed();
        for take in &session.plan.takes {
            let tasks = self.account.tasks().into_iter();
            let mut of_key = tasks.filter(|task| Some(task.key) == take.key && !task.given_up);
            if of_key.all(|task| task.ends <= now && !task.serves(now))
                && session.settle_gone(take.scene.as_str(), Some(take.number)).is_ok()
            {
                self.say(format!("the videos of {} are said to be gone", take.scene));
            }
        }
        drop(session);
        self.machine.bury(&process);
        Ok(())
    }

    /// A person who can read the provider's log page settles every doubt, truthfully.
    pub fn settle(&mut self) -> Result<(), String> {
        let process = self.process(None, 0..0);
        let doubts = self.ledger(&process)?.doubts(FAMILY).map_err(|error| error.to_string())?;
        if doubts.is_empty() {
            return Ok(());
        }
        for clone in CLONES {
            let options = options(clone, &self.plain(Weather::CLEAR));
            let environment = self.environment(&process);
            let session = Session::open(
                options,
                environment,
                self.wall.clock(),
                SessionAccess::ReadWrite,
                &mut |_| {},
            )
            .map_err(|refusal| format!("{:?}", refusal.diagnostics))?;
            let rows = session.unsettled().map_err(|refusal| format!("{refusal:?}"))?;
            let now = session.now();
            for row in rows.iter().filter(|row| row.submission.outcome == SubmissionOutcome::Doubt)
            {
                let unknown = self.account.tasks().into_iter().find(|task| {
                    task.key == row.key
                        && !task.given_up
                        && !task.of_another_machine
                        && session.ledger().sent(&TaskId::new(&*task.id)).is_ok_and(|k| k.is_none())
                });
                let settled = match &unknown {
                    Some(task) => session.ledger().settle_as(row.id, &TaskId::new(&*task.id), now),
                    None => session.ledger().settle_not_sent(row.id, now),
                };
                settled.map_err(|error| error.to_string())?;
                self.summary.doubts += 1;
                let became = unknown.map_or("not sent".to_string(), |task| task.id);
                self.say(format!("the doubt about {} is settled: {became}", row.scene));
            }
        }
        self.machine.bury(&process);
        Ok(())
    }
}
