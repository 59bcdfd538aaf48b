//! Decisions: what people decided about takes, so that it can be undone.
//!
//! The lock has the result; this is the history, for this machine alone.

use rusqlite::{OptionalExtension, params};

use super::connection::{Ledger, Result};
use crate::base::Moment;

/// A decision about the takes of a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRow {
    /// The path of the lock.
    pub lock: String,
    /// The scene.
    pub scene: String,
    /// The decision in words.
    pub said: String,
    /// Everything decided about the scene before, as JSON.
    pub before: String,
    /// The same afterwards.
    pub after: String,
}

impl Ledger {
    /// Records a decision.
    pub fn decide(&self, decision: &DecisionRow, now: Moment) -> Result<()> {
        let DecisionRow { lock, scene, said, before, after } = decision;
        self.lock().execute(
            "INSERT INTO decisions (lock, scene, said, before, after, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![lock, scene, said, before, after, now.millis()],
        )?;
        Ok(())
    }

    /// The latest decision about a lock, with its number.
    pub fn latest_decision(&self, lock: &str) -> Result<Option<(i64, DecisionRow)>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT id, scene, said, before, after FROM decisions WHERE lock = ?1
             ORDER BY id DESC LIMIT 1",
        )?;
        let row = statement.query_row([lock], |row| {
            let decision = DecisionRow {
                lock: lock.to_string(),
                scene: row.get(1)?,
                said: row.get(2)?,
                before: row.get(3)?,
                after: row.get(4)?,
            };
            Ok((row.get(0)?, decision))
        });
        Ok(row.optional()?)
    }

    /// Forgets a decision that was undone.
    pub fn forget_decision(&self, id: i64) -> Result<()> {
        self.lock().execute("DELETE FROM decisions WHERE id = ?1", [id])?;
        Ok(())
    }
}
