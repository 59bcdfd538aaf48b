//! Locks: the paths of the locks of all films built here, and the takes that they have named.
//!
//! A lock belongs to its project; the store records it so that no video in use is removed, and that
//! nothing is paid again because git went back to a commit that does not know a take yet.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Transaction, params};

use super::connection::{Ledger, Result};
use super::rows::parsed;
use crate::base::{Digest, Key, Moment, TaskId};
use crate::plan::{Evidence, LockedTake};

/// A lock that a build with this store has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLock {
    /// Its path.
    pub path: String,
    /// Its storyboard's path.
    pub storyboard: String,
    /// Whether the user said that it is permanently gone.
    pub forgotten: bool,
}

impl Ledger {
    /// Records a lock and the takes that it names. Videos that it no longer names, or only as those
    /// of rejected takes, were in use until now. Nothing is written if its text is unchanged.
    pub fn remember_lock(
        &self,
        path: &str,
        storyboard: &str,
        text: &Digest,
        takes: &[&LockedTake],
        now: Moment,
    ) -> Result<()> {
        let mut connection = self.lock();
        let seen: Option<String> = connection
            .prepare_cached(
                "SELECT text FROM locks WHERE path = ?1 AND storyboard = ?2 AND NOT forgotten",
            )?
            .query_row([path, storyboard], |row| row.get(0))
            .optional()?;
        if seen.is_some_and(|seen| seen == text.to_string()) {
            return Ok(());
        }
        let change = connection.transaction()?;
        change.execute(
            "INSERT OR REPLACE INTO locks (path, storyboard, text, forgotten) VALUES (?1, ?2, ?3, 0)",
            [path, storyboard, &text.to_string()],
        )?;
        let mut named: BTreeSet<(String, String)> = change
            .prepare_cached(
                "SELECT digest, key FROM lock_takes WHERE path = ?1 AND used_until IS NULL",
            )?
            .query_map([path], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<std::result::Result<_, _>>()?;
        for take in takes.iter().filter(|take| take.rejected) {
            insert(&change, "INSERT OR IGNORE", path, take, Some(now))?;
        }
        for take in takes.iter().filter(|take| !take.rejected) {
            // A film has thousands of takes, and few of them are new.
            if !named.remove(&(take.artifact.to_string(), take.key.to_string())) {
                insert(&change, "INSERT OR REPLACE", path, take, None)?;
            }
        }
        for (digest, key) in named {
            change.execute(
                "UPDATE lock_takes SET used_until = ?4
                 WHERE path = ?1 AND digest = ?2 AND key = ?3",
                params![path, digest, key, now.millis()],
            )?;
        }
        Ok(change.commit()?)
    }

    /// Records takes that a lock is about to name besides those that were recorded. Its text is not
    /// known any more: the next record of the whole lock compares all of its takes. A power cut may
    /// undo it: the build that made these takes has recorded them, and the next one records the lock
    /// that it finds.
    pub fn remember_more(
        &self,
        path: &str,
        storyboard: &str,
        takes: &[&LockedTake],
        now: Moment,
    ) -> Result<()> {
        self.lazily(|connection| {
            let change = connection.transaction()?;
            change
                .prepare_cached(
                    "INSERT OR REPLACE INTO locks (path, storyboard, text, forgotten)
                     VALUES (?1, ?2, '', 0)",
                )?
                .execute([path, storyboard])?;
            for take in takes {
                match take.rejected {
                    true => insert(&change, "INSERT OR IGNORE", path, take, Some(now))?,
                    false => insert(&change, "INSERT OR REPLACE", path, take, None)?,
                }
            }
            Ok(change.commit()?)
        })
    }

    /// Every lock that was recorded, sorted by path.
    pub fn locks(&self) -> Result<Vec<KnownLock>> {
        let connection = self.lock();
        let mut statement = connection
            .prepare_cached("SELECT path, storyboard, forgotten FROM locks ORDER BY path")?;
        let rows = statement.query_map([], |row| {
            Ok(KnownLock { path: row.get(0)?, storyboard: row.get(1)?, forgotten: row.get(2)? })
        })?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// The videos that a lock has named, each with the time at which it stopped naming it.
    pub fn lock_takes(&self, path: &str) -> Result<Vec<(Digest, Option<Moment>)>> {
        let connection = self.lock();
        let mut statement = connection
            .prepare_cached("SELECT digest, used_until FROM lock_takes WHERE path = ?1")?;
        let rows = statement.query_map([path], |row| {
            let until: Option<i64> = row.get(1)?;
            Ok((parsed(row, 0)?, until.map(Moment::from_millis)))
        })?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// Adds the take of a key that a lock has named to the evidence, the newest if there are several.
    pub(super) fn add_named(
        &self,
        key: &Key,
        holds: &dyn Fn(&Digest, u64) -> bool,
        evidence: &mut Evidence,
    ) -> Result<()> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT digest, bytes, task, finished_at FROM lock_takes
             WHERE key = ?1 ORDER BY finished_at DESC LIMIT 1",
        )?;
        let mut rows = statement.query([key.to_string()])?;
        let Some(row) = rows.next()? else { return Ok(()) };
        let (digest, bytes): (Digest, i64) = (parsed(row, 0)?, row.get(1)?);
        let task: Option<String> = row.get(2)?;
        let finished = Moment::from_millis(row.get(3)?);
        let held = holds(&digest, bytes as u64);
        evidence.add_named(digest, task.map(TaskId::new).as_ref(), finished, held);
        Ok(())
    }

    /// The storyboards that takes were generated for, except previews.
    pub fn storyboards(&self) -> Result<Vec<String>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT DISTINCT storyboard FROM submissions WHERE family != 'preview' ORDER BY 1",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// Forgets a lock that is permanently gone: what it named may be removed.
    pub fn forget_lock(&self, path: &str, storyboard: &str, now: Moment) -> Result<()> {
        let mut connection = self.lock();
        let change = connection.transaction()?;
        change.execute(
            "INSERT OR REPLACE INTO locks (path, storyboard, text, forgotten) VALUES (?1, ?2, '', 1)",
            [path, storyboard],
        )?;
        change.execute(
            "UPDATE lock_takes SET used_until = ?2 WHERE path = ?1 AND used_until IS NULL",
            params![path, now.millis()],
        )?;
        Ok(change.commit()?)
    }
}

/// Inserts a take of a lock.
fn insert(
    change: &Transaction<'_>,
    how: &str,
    path: &str,
    take: &LockedTake,
    used_until: Option<Moment>,
) -> Result<()> {
    let mut statement = change.prepare_cached(&format!(
        "{how} INTO lock_takes (path, digest, used_until, key, bytes, task, finished_at, api)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    ))?;
    statement.execute(params![
        path,
        take.artifact.to_string(),
        used_until.map(Moment::millis),
        take.key.to_string(),
        take.bytes as i64,
        take.task.as_ref().map(TaskId::as_str),
        take.finished.millis(),
        take.api.as_str(),
    ])?;
    Ok(())
}
