//! Locks: the paths of the locks of all films built here, and the videos that they have named.
//!
//! A lock belongs to its project; the store records it so that no video in use is removed.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, params};

use super::connection::{Ledger, Result};
use super::rows::parsed;
use crate::base::{Digest, Moment};

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
    /// Records a lock and the videos that it names. Videos that it no longer names were in use
    /// until now. Nothing is written if its text is unchanged.
    pub fn remember_lock(
        &self,
        path: &str,
        storyboard: &str,
        text: &Digest,
        names: &BTreeSet<Digest>,
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
        let mut named: BTreeSet<String> = change
            .prepare_cached("SELECT digest FROM lock_takes WHERE path = ?1 AND used_until IS NULL")?
            .query_map([path], |row| row.get(0))?
            .collect::<std::result::Result<_, _>>()?;
        for digest in names.iter().map(Digest::to_string) {
            // A film has thousands of takes, and few of them are new.
            if !named.remove(&digest) {
                change.execute(
                    "INSERT OR REPLACE INTO lock_takes (path, digest, used_until)
                     VALUES (?1, ?2, NULL)",
                    [path, &digest],
                )?;
            }
        }
        for digest in named {
            change.execute(
                "UPDATE lock_takes SET used_until = ?3 WHERE path = ?1 AND digest = ?2",
                params![path, digest, now.millis()],
            )?;
        }
        Ok(change.commit()?)
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
