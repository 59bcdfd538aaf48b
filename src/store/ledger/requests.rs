//! Requests: what was sent for a storyboard, used to find renamed scenes.

use rusqlite::{Row, Rows};

use super::connection::{Ledger, LedgerError, Result};
use super::rows::{parsed, read_submission};
use crate::base::Key;
use crate::plan::Sent;

impl Ledger {
    /// Whether anything was ever sent for a storyboard.
    pub fn has_sent(&self, storyboard: &str) -> Result<bool> {
        let connection = self.lock();
        let mut statement =
            connection.prepare_cached("SELECT 1 FROM submissions WHERE storyboard = ?1 LIMIT 1")?;
        Ok(statement.exists([storyboard])?)
    }

    /// Every request for a scene's own take for a storyboard under a profile, oldest first, except
    /// those proven not to be accepted. Other takes say nothing about a scene's seed.
    ///
    /// # Errors
    /// Includes a single unreadable row: that may be the one whose task is running.
    pub fn sent_for(&self, storyboard: &str, profile: &str) -> Result<Vec<Sent>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT intended_at, state, task, ended_at, code, message, fault, id, key, scene, recipe
             FROM submissions
             WHERE storyboard = ?1 AND profile = ?2 AND NOT roll AND state != 'not-accepted'
             ORDER BY id",
        )?;
        read_all(statement.query([storyboard, profile])?)
    }

    /// The takes that were sent for a storyboard under a profile besides the scenes' own and that no
    /// lock of it has ever named, oldest first, except those that failed.
    pub fn begun_rolls(&self, storyboard: &str, profile: &str) -> Result<Vec<Sent>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT intended_at, state, task, ended_at, code, message, fault, id, key, scene, recipe
             FROM submissions s WHERE storyboard = ?1 AND profile = ?2 AND roll
                 AND state IN ('intended', 'open', 'finished')
                 AND coalesce(task, '') NOT IN (SELECT task FROM gone_tasks)
                 AND NOT EXISTS (SELECT 1 FROM artifacts a, lock_takes n, locks l
                     WHERE a.task = s.task AND n.digest = a.digest AND n.key IN ('', s.key)
                         AND l.path = n.path AND l.storyboard = s.storyboard)
             ORDER BY id",
        )?;
        read_all(statement.query([storyboard, profile])?)
    }
}

fn read_all(mut rows: Rows<'_>) -> Result<Vec<Sent>> {
    let mut sent = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(7)?;
        sent.push(read_sent(row).ok_or(LedgerError::DamagedRow(id))?);
    }
    Ok(sent)
}

/// `None` for a row that this program could not have written.
fn read_sent(row: &Row<'_>) -> Option<Sent> {
    Some(Sent {
        outcome: read_submission(row, 0).ok()?.outcome,
        key: Key(parsed(row, 8).ok()?),
        scene: row.get::<_, String>(9).ok()?.parse().ok()?,
        recipe: serde_json::from_str(&row.get::<_, String>(10).ok()?).ok()?,
    })
}
