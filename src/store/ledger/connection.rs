//! The ledger's connection: opening, upgrading, and errors.
//!
//! A write survives the end of its process at once. It survives a power cut once it is synced: each
//! is by itself, except those of [`Ledger::lazily`], which the next one that is synced takes along.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

use super::schema::{PRESENT, UPGRADES};
use crate::base::TaskId;
use crate::store::disk::{Disk, OpenDatabase, folder_of};

/// The database version that this program writes.
const VERSION: i64 = 1 + UPGRADES.len() as i64;
/// How long a call waits while another process is writing.
const BUSY_MAX: Duration = Duration::from_secs(20);
/// How many prepared statements are kept: more than there are, so that each is read once.
const STATEMENTS_KEPT: usize = 64;
/// The pause before repeating a call for which SQLite itself does not wait.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// The ledger of a store; clones share one connection.
#[derive(Clone)]
pub struct Ledger(Arc<Mutex<OpenDatabase>>);

/// Why the ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A newer program wrote it.
    #[error("the ledger has version {0}, this program knows version {VERSION}")]
    Newer(i64),
    /// The database returned an error.
    #[error("the ledger cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// A row is not in the form that this program writes.
    #[error("row {0} of `submissions` in the ledger is damaged")]
    DamagedRow(i64),
    /// The task already belongs to another request.
    #[error("task {0} is what another request became")]
    Taken(TaskId),
    /// All processes together have sent as many requests as the account may; the next one may be
    /// sent after this time.
    #[error("as many requests were sent as the account may send")]
    Pace(Duration),
    /// Its folder cannot be created.
    #[error("the ledger's folder cannot be created: {0}")]
    Folder(#[from] std::io::Error),
}

impl LedgerError {
    /// How the user can fix it.
    pub fn fix(&self) -> &'static str {
        let code = match self {
            LedgerError::Newer(_) => return "install the version of kling-build that wrote it",
            LedgerError::Taken(_) => {
                return "look at the provider's log page for the task that the request became";
            }
            LedgerError::DamagedRow(_) => {
                return "put back a copy of the ledger: the row may be a task that is running, and a \
                        build without it could pay for that take again";
            }
            LedgerError::Pace(_) => return "run it again in some seconds",
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

/// The result of a ledger call.
pub(super) type Result<T> = std::result::Result<T, LedgerError>;

/// Switches to WAL mode. SQLite's busy time-out does not apply to this switch, and two builds may
/// open a new ledger at the same moment.
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
    /// Opens the ledger at a path, creating it if it is missing.
    pub fn open(disk: &dyn Disk, path: &Path) -> Result<Ledger> {
        // Prompts and prices are the owner's business; SQLite gives its other files the same
        // permissions.
        disk.make_private_folder(folder_of(path))?;
        let is_new = !disk.has_file(path);
        let connection = disk.database(path)?;
        if is_new && disk.has_file(path) {
            disk.make_private(path)?;
        }
        connection.busy_timeout(BUSY_MAX)?;
        use_wal(&connection)?;
        connection.sync_commits(true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        let ledger = Ledger(Arc::new(Mutex::new(connection)));
        ledger.migrate()?;
        Ok(ledger)
    }

    /// An empty ledger that is never written to disk: for reading when there is none yet.
    pub fn in_memory() -> Result<Ledger> {
        let ledger = Ledger(Arc::new(Mutex::new(Connection::open_in_memory()?.into())));
        ledger.migrate()?;
        Ok(ledger)
    }

    fn migrate(&self) -> Result<()> {
        let mut connection = self.lock();
        if connection.pragma_query_value(None, "user_version", |row| row.get(0)) == Ok(VERSION) {
            return Ok(());
        }
        // Two processes may open an empty ledger at the same time.
        let change =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let version: i64 = change.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let steps = match usize::try_from(version) {
            Ok(0) => &[PRESENT],
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

    /// The connection, for a write that money depends on: it survives a power cut when the call that
    /// made it has returned.
    pub(super) fn durably(&self) -> Result<MutexGuard<'_, OpenDatabase>> {
        let connection = self.lock();
        // Said again, in case that the end of a lazy write failed.
        connection.sync_commits(true)?;
        Ok(connection)
    }

    /// Makes a write that the next build makes again at no cost if a power cut undoes it. It is not
    /// synced by itself.
    pub(super) fn lazily(&self, write: impl FnOnce(&mut Connection) -> Result<()>) -> Result<()> {
        let mut connection = self.lock();
        connection.sync_commits(false)?;
        let written = write(&mut connection);
        connection.sync_commits(true)?;
        written
    }

    /// The connection, for one statement or transaction.
    pub(super) fn lock(&self) -> MutexGuard<'_, OpenDatabase> {
        // A panic under this lock cannot have left half a transaction: SQLite rolls back.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::FIRST;
    use super::*;
    use crate::base::{Digest, Key, Moment};
    use crate::store::LocalDisk;

    #[test]
    fn a_ledger_of_the_first_version_is_upgraded_and_keeps_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let key = Key(Digest::of(b"recipe"));
        let old = Connection::open(&path).unwrap();
        old.execute_batch(FIRST).unwrap();
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
    fn an_upgraded_ledger_has_what_a_new_one_has() {
        let upgraded = Connection::open_in_memory().unwrap();
        upgraded.execute_batch(FIRST).unwrap();
        UPGRADES.iter().for_each(|step| upgraded.execute_batch(step).unwrap());
        let new = Connection::open_in_memory().unwrap();
        new.execute_batch(PRESENT).unwrap();
        let [upgraded, new] = [upgraded, new].map(|ledger| {
            let said = |what: &str| -> Vec<String> {
                let mut statement = ledger.prepare(what).unwrap();
                let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
                rows.map(|row| row.unwrap()).collect()
            };
            // Columns with their types and defaults, in whatever order they came; keys; indexes.
            let columns = said(
                "SELECT m.name || '.' || p.name || ' ' || p.type || ' ' || p.\"notnull\" || ' ' ||
                     coalesce(p.dflt_value, '') || ' ' || p.pk
                 FROM sqlite_master m, pragma_table_info(m.name) p
                 WHERE m.type = 'table' ORDER BY m.name, p.name",
            );
            let indexes = said(
                "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
                 ORDER BY name",
            );
            let strict = said("SELECT name || strict FROM pragma_table_list ORDER BY name");
            assert!(columns.len() > 50 && indexes.len() > 10);
            (columns, indexes, strict)
        });
        assert_eq!(upgraded, new);
    }

    #[test]
    fn only_a_lazy_write_is_lazy() {
        // As SQLite numbers them.
        const NORMAL: i64 = 1;
        const FULL: i64 = 2;
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&LocalDisk, &folder.path().join("ledger.db")).unwrap();
        let syncs = |connection: &Connection| -> i64 {
            connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap()
        };
        for fails in [false, true] {
            let written = ledger.lazily(|connection| {
                assert_eq!(syncs(connection), NORMAL);
                if fails { Err(LedgerError::Newer(9)) } else { Ok(()) }
            });
            assert_eq!(written.is_err(), fails);
            assert_eq!(syncs(&ledger.lock()), FULL);
            assert_eq!(syncs(&ledger.durably().unwrap()), FULL);
        }
    }

    #[test]
    fn a_newer_ledger_is_not_changed() {
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
    fn a_new_ledger_can_be_opened_concurrently() {
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
