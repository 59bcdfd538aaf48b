//! The ledger: what this machine intended, submitted, paid and received.
//!
//! SQLite in WAL mode with full synchronisation: what a call has written when it returns survives
//! a power cut. [`Intent`] is what the types hold of the money rule: nobody can send a request
//! without one, and only [`Ledger::intend`] makes one, for a claimed key.

mod artifacts;
mod callbacks;
mod likeness;
mod locks;
mod memory;
mod rows;
mod schema;
mod tasks;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

pub use artifacts::{KnownArtifact, Origin};
pub use callbacks::Naming;
pub use locks::KnownLock;
pub use rows::{IntentNote, KnownTake, LedgerRow, NewSubmission};
use rows::{ROW, parsed, read_row, read_submission, read_take};
use schema::{SCHEMA, UPGRADES};
pub use tasks::KnownTask;

use super::claim::Claim;
use super::disk::Disk;
use crate::base::{Digest, Key, Moment, TaskId, Token};
use crate::plan::{Evidence, Failure};

/// The form of the database that this program writes.
const VERSION: i64 = 1 + UPGRADES.len() as i64;
/// How long a call waits for another process that is writing.
const BUSY_MAX: Duration = Duration::from_secs(20);
/// How long a call that SQLite does not wait with waits before it tries again.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// How many finished tasks tell how long a model usually needs.
const HISTORY: usize = 20;

/// The ledger of a store; clones share one connection.
#[derive(Clone)]
pub struct Ledger(Arc<Mutex<Connection>>);

/// Why the ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A newer program wrote it.
    #[error("the ledger has version {0}, this program knows version {VERSION}")]
    Newer(i64),
    /// The database refused.
    #[error("the ledger cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// One task cannot be what two requests became.
    #[error("task {0} is what another request became")]
    Taken(TaskId),
    /// Its folder cannot be made.
    #[error("the ledger's folder cannot be made: {0}")]
    Folder(#[from] std::io::Error),
}

impl LedgerError {
    /// What a person can do about it.
    pub fn fix(&self) -> &'static str {
        let code = match self {
            LedgerError::Newer(_) => return "install the version of kling-build that wrote it",
            LedgerError::Taken(_) => {
                return "look at the provider's log page for the task that the request became";
            }
            LedgerError::Folder(_) => None,
            LedgerError::Database(error) => error.sqlite_error_code(),
        };
        match code {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                "it is damaged: put back a copy of it, or move it away (with its `-wal` and `-shm`) \
                 and look at the provider's log page before you build: takes that a lock names are \
                 found again, but tasks that run and doubts were known only there"
            }
            Some(ErrorCode::DiskFull) => {
                "make room on its disk and run again: what was sent is in the ledger"
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "another program keeps it locked: end that and run again"
            }
            _ => {
                "make its folder and its disk writable, or set `KLING_BUILD_HOME` to a folder that \
                 is; nothing is lost"
            }
        }
    }
}

type Result<T> = std::result::Result<T, LedgerError>;

/// A recorded intent: the right to send one request once.
#[derive(Debug)]
pub struct Intent(i64);

/// Switches to WAL mode. SQLite does not wait for other processes while it switches, whatever its
/// busy time-out is, and two builds may come to a new ledger at the same moment.
fn use_wal(connection: &Connection) -> Result<()> {
    let begun = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && begun.elapsed() < BUSY_MAX =>
            {
                std::thread::sleep(BUSY_PAUSE);
            }
            done => return Ok(done?),
        }
    }
}

impl Ledger {
    /// Opens the ledger at a path, making it if there is none.
    pub fn open(disk: &dyn Disk, path: &Path) -> Result<Ledger> {
        disk.make_folder(super::atomic::folder_of(path))?;
        let connection = disk.database(path)?;
        connection.busy_timeout(BUSY_MAX)?;
        use_wal(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let ledger = Ledger(Arc::new(Mutex::new(connection)));
        ledger.migrate()?;
        Ok(ledger)
    }

    /// An empty ledger that is never written to a disk: for looking where there is none yet.
    pub fn in_memory() -> Result<Ledger> {
        let ledger = Ledger(Arc::new(Mutex::new(Connection::open_in_memory()?)));
        ledger.migrate()?;
        Ok(ledger)
    }

    fn migrate(&self) -> Result<()> {
        let mut connection = self.lock();
        // Two processes may come to an empty ledger at the same time.
        let change =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let version: i64 = change.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let steps = match usize::try_from(version) {
            Ok(0) => {
                change.execute_batch(SCHEMA)?;
                UPGRADES
            }
            Ok(known) => UPGRADES.get(known - 1..).ok_or(LedgerError::Newer(version))?,
            Err(_) => return Err(LedgerError::Newer(version)),
        };
        if version != VERSION {
            steps.iter().try_for_each(|step| change.execute_batch(step))?;
            change.pragma_update(None, "user_version", VERSION)?;
            change.commit()?;
        }
        Ok(())
    }

    /// Records the intent to send a request. The claim shows that nobody else is about to send the
    /// same one.
    pub fn intend(&self, claim: &Claim, new: &NewSubmission<'_>, now: Moment) -> Result<Intent> {
        debug_assert_eq!(claim.name(), new.key.to_string(), "the claim is of another key");
        let connection = self.lock();
        connection.execute(
            "INSERT INTO submissions (key, family, storyboard, scene, model, seed, random_seed,
                 credits_max, recipe, intended_at, state, token)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'intended', ?11)",
            params![
                new.key.to_string(),
                new.family,
                new.storyboard,
                new.scene,
                new.model,
                new.seed,
                new.random_seed,
                new.credits_max.thousandths(),
                new.recipe,
                now.millis(),
                new.token.map(Token::as_str),
            ],
        )?;
        Ok(Intent(connection.last_insert_rowid()))
    }

    /// Records the task id that an intent was answered with.
    ///
    /// # Errors
    /// Also where that task is another intent's: the answer is wrong, and the intent stays in doubt.
    pub fn accept(&self, intent: &Intent, task: &TaskId, now: Moment) -> Result<()> {
        let recorded = self.lock().execute(
            "UPDATE submissions SET state = 'open', task = ?2, accepted_at = ?3
             WHERE id = ?1 AND NOT EXISTS
                 (SELECT 1 FROM submissions WHERE task = ?2 AND id != ?1)",
            params![intent.0, task.as_str(), now.millis()],
        )?;
        if recorded == 0 { Err(LedgerError::Taken(task.clone())) } else { Ok(()) }
    }

    /// Records what is known of an intent that was not answered with a task id.
    pub fn note(&self, intent: &Intent, note: IntentNote<'_>, now: Moment) -> Result<()> {
        let (state, failure) = match note {
            IntentNote::NotAccepted(failure) => ("not-accepted", failure),
            IntentNote::Refused(failure) => ("failed", failure),
            IntentNote::Doubt(failure) => ("intended", failure),
        };
        self.lock().execute(
            "UPDATE submissions SET state = ?2, code = ?3, message = ?4, ended_at = ?5
             WHERE id = ?1",
            params![intent.0, state, failure.code, failure.message, now.millis()],
        )?;
        Ok(())
    }

    /// Records that a task has finished with a video, at that moment; not before it was intended,
    /// whatever somebody's clock says.
    pub fn finish(&self, task: &TaskId, at: Moment) -> Result<()> {
        self.lock().execute(
            "UPDATE submissions SET state = 'finished', ended_at = max(?2, intended_at)
             WHERE task = ?1 AND state = 'open'",
            params![task.as_str(), at.millis()],
        )?;
        Ok(())
    }

    /// Takes a finished task that was sent before that moment for one that finished as soon as it
    /// was sent.
    pub fn finished_when_sent(&self, task: &TaskId, before: Moment) -> Result<()> {
        self.lock().execute(
            "UPDATE submissions SET ended_at = intended_at
             WHERE task = ?1 AND state = 'finished' AND intended_at < ?2",
            params![task.as_str(), before.millis()],
        )?;
        Ok(())
    }

    /// Records that an open task has ended without a video. One that has finished with a video is
    /// never taken for failed, whatever the provider says afterwards.
    pub fn fail(&self, task: &TaskId, failure: &Failure, now: Moment) -> Result<()> {
        self.lock().execute(
            "UPDATE submissions SET state = 'failed', code = ?2, message = ?3, ended_at = ?4
             WHERE task = ?1 AND state = 'open'",
            params![task.as_str(), failure.code, failure.message, now.millis()],
        )?;
        Ok(())
    }

    /// Records that a key's video is in the store, and is the key's take from now on.
    pub fn store(&self, key: &Key, take: &KnownTake, now: Moment) -> Result<()> {
        let mut connection = self.lock();
        let change = connection.transaction()?;
        change.execute(
            "INSERT OR REPLACE INTO takes (key, digest, bytes, task, finished_at, stored_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                key.to_string(),
                take.digest.to_string(),
                take.bytes as i64,
                take.task.as_str(),
                take.finished.millis(),
                now.millis(),
            ],
        )?;
        artifacts::keep(&change, key, take, now)?;
        Ok(change.commit()?)
    }

    /// The stored take of a key.
    pub fn take(&self, key: &Key) -> Result<Option<KnownTake>> {
        let connection = self.lock();
        let mut statement = connection
            .prepare_cached("SELECT digest, bytes, task, finished_at FROM takes WHERE key = ?1")?;
        Ok(statement.query_row([key.to_string()], read_take).optional()?)
    }

    /// What is known of a key; `holds` says whether the store still has a video of that digest and
    /// length in bytes.
    pub fn evidence(&self, key: &Key, holds: &dyn Fn(&Digest, u64) -> bool) -> Result<Evidence> {
        let take = self.take(key)?;
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT intended_at, state, task, ended_at, code, message FROM submissions
             WHERE key = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([key.to_string()], |row| read_submission(row, 0))?;
        let submissions = rows.collect::<std::result::Result<_, _>>()?;
        let mut evidence = Evidence { submissions, ..Evidence::default() };
        if let Some(take) = take {
            evidence.mark_received(&take.task);
            evidence.present = holds(&take.digest, take.bytes);
            evidence.digest = Some(take.digest);
            evidence.task = Some(take.task);
        }
        Ok(evidence)
    }

    /// When the task was finished, as far as this ledger knows.
    pub fn finished_at(&self, task: &TaskId) -> Result<Option<Moment>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT ended_at FROM submissions WHERE task = ?1 AND state = 'finished'",
        )?;
        let at: Option<i64> = statement.query_row([task.as_str()], |row| row.get(0)).optional()?;
        Ok(at.map(Moment::from_millis))
    }

    /// The seed of the scene's latest submission with a drawn seed, unless its take is the locked
    /// one: an interrupted build goes on with it instead of paying for another, also where the
    /// video had come already and only the lock was not written.
    pub fn unfinished_random_seed(
        &self,
        storyboard: &str,
        scene: &str,
        locked: Option<&Key>,
    ) -> Result<Option<u32>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT seed, key FROM submissions
             WHERE storyboard = ?1 AND scene = ?2 AND random_seed AND state IN
                 ('intended', 'open', 'finished')
             ORDER BY id DESC LIMIT 1",
        )?;
        let latest: Option<(Option<u32>, String)> = statement
            .query_row([storyboard, scene], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let published = |key: &String| locked.is_some_and(|locked| locked.to_string() == *key);
        Ok(latest.filter(|(_, key)| !published(key)).and_then(|(seed, _)| seed))
    }

    /// When the request was sent that became this task, and for which key.
    pub fn sent(&self, task: &TaskId) -> Result<Option<(Moment, Key)>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT intended_at, key FROM submissions WHERE task = ?1 ORDER BY id DESC LIMIT 1",
        )?;
        let row = statement.query_row([task.as_str()], |row| {
            Ok((Moment::from_millis(row.get(0)?), Key(parsed(row, 1)?)))
        });
        Ok(row.optional()?)
    }

    /// Seconds that a model's latest tasks have needed on average, if there were at least three.
    pub fn usual_seconds(&self, model: &str) -> Result<Option<u32>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT count(*), avg(ended_at - accepted_at) / 1000.0 FROM
                 (SELECT ended_at, accepted_at FROM submissions
                  WHERE model = ?1 AND state = 'finished' AND family = 'kling'
                  ORDER BY id DESC LIMIT ?2)",
        )?;
        let (count, seconds): (i64, Option<f64>) = statement
            .query_row(params![model, HISTORY as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(seconds.filter(|_| count >= 3).map(|seconds| seconds.max(1.0) as u32))
    }

    /// The submissions made for a storyboard whose end is not known, oldest first.
    pub fn unsettled(&self, storyboard: &str) -> Result<Vec<LedgerRow>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {ROW} FROM submissions
             WHERE storyboard = ?1 AND state IN ('intended', 'open') ORDER BY id"
        ))?;
        let rows = statement.query_map([storyboard], read_row)?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// The submissions of a key whose end is not known, oldest first, whoever made them.
    pub fn unsettled_of(&self, key: &Key) -> Result<Vec<LedgerRow>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {ROW} FROM submissions
             WHERE key = ?1 AND state IN ('intended', 'open') ORDER BY id"
        ))?;
        let rows = statement.query_map([key.to_string()], read_row)?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// Settles a doubt: the request became this task. Says whether it could: not where it is no
    /// longer in doubt, or the task is another submission's.
    pub fn settle_as(&self, id: i64, task: &TaskId, now: Moment) -> Result<bool> {
        let settled = self.lock().execute(
            "UPDATE submissions SET state = 'open', task = ?2, accepted_at = ?3, ended_at = NULL
             WHERE id = ?1 AND state = 'intended'
                 AND NOT EXISTS (SELECT 1 FROM submissions WHERE task = ?2)",
            params![id, task.as_str(), now.millis()],
        )?;
        Ok(settled > 0)
    }

    /// Settles a doubt: the request never arrived. Says whether it was one still.
    pub fn settle_not_sent(&self, id: i64, now: Moment) -> Result<bool> {
        let settled = self.lock().execute(
            "UPDATE submissions SET state = 'not-accepted', ended_at = ?2
             WHERE id = ?1 AND state = 'intended'",
            params![id, now.millis()],
        )?;
        Ok(settled > 0)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic while the lock was held cannot have left half a transaction: SQLite rolls back.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LocalDisk;

    #[test]
    fn a_ledger_of_the_first_version_is_upgraded_and_keeps_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let key = Key(Digest::of(b"recipe"));
        let old = Connection::open(&path).unwrap();
        old.execute_batch(SCHEMA).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        old.execute(
            "INSERT INTO submissions (key, family, storyboard, scene, model, random_seed,
                 credits_max, recipe, intended_at, state, task)
             VALUES (?1, 'kling', 'film.yaml', 'dawn', 'kling-2-6', 0, 1, '{}', 7, 'open', 'k1')",
            [key.to_string()],
        )
        .unwrap();
        drop(old);
        for _ in 0..2 {
            let ledger = Ledger::open(&LocalDisk, &path).unwrap();
            let sent = ledger.sent(&TaskId::new("k1")).unwrap();
            assert_eq!(sent, Some((Moment::from_millis(7), key)));
            assert_eq!(ledger.token_of(&TaskId::new("k1")).unwrap(), None);
        }
    }

    #[test]
    fn a_ledger_of_a_later_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        drop(Ledger::open(&LocalDisk, &path).unwrap());
        let newer = Connection::open(&path).unwrap();
        newer.pragma_update(None, "user_version", VERSION + 1).unwrap();
        let message = Ledger::open(&LocalDisk, &path).map(drop).unwrap_err().to_string();
        let known = format!("the ledger has version {}, this program knows version", VERSION + 1);
        assert!(message.starts_with(&known), "{message}");
        newer.pragma_update(None, "user_version", -1).unwrap();
        assert!(Ledger::open(&LocalDisk, &path).is_err());
    }

    #[test]
    fn one_task_is_not_what_two_requests_became() {
        let folder = tempfile::tempdir().unwrap();
        let claims = crate::store::Claims::at(std::sync::Arc::new(LocalDisk), folder.path());
        let ledger = Ledger::in_memory().unwrap();
        let now = Moment::from_millis(1_000);
        let intend = |name: &str| {
            let key = Key(Digest::of(name.as_bytes()));
            let claim = claims.claim(&key.to_string(), "test").unwrap().unwrap();
            let new = NewSubmission {
                key,
                family: "kling",
                storyboard: "film.yaml",
                scene: name,
                model: "kling-2-6",
                seed: None,
                random_seed: false,
                credits_max: crate::base::Credits::whole(50),
                recipe: "{}",
                token: None,
            };
            (key, ledger.intend(&claim, &new, now).unwrap())
        };
        let ((_, dawn), (key, dusk)) = (intend("dawn"), intend("dusk"));
        let task = TaskId::new("kling_1");
        ledger.accept(&dawn, &task, now).unwrap();
        ledger.accept(&dawn, &task, now).unwrap();
        assert!(matches!(ledger.accept(&dusk, &task, now), Err(LedgerError::Taken(_))));
        let outcome = &ledger.evidence(&key, &|_, _| false).unwrap().submissions[0].outcome;
        assert_eq!(*outcome, crate::plan::Outcome::Doubt);
    }

    #[test]
    fn many_may_open_a_new_ledger_at_once() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ledger.db");
            let open =
                || Ledger::open(&LocalDisk, &path).map(drop).map_err(|error| error.to_string());
            std::thread::scope(|scope| {
                let opening: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
                for opened in opening {
                    assert_eq!(opened.join().unwrap(), Ok(()));
                }
            });
        }
    }
}
