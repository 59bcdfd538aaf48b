//! Tasks: every task of a family that may have a video, whatever storyboard it was made for.

use rusqlite::Row;

use super::connection::{Ledger, Result};
use super::rows::{KnownTake, LedgerRow, ROW, parsed, read_row, read_submission, read_take};
use crate::base::{Credits, Digest, Key, TaskId};
use crate::plan::{Listing, Submission};

/// A submission that became a task, with what is known of its video.
#[derive(Clone, Debug)]
pub struct KnownTask {
    /// The task.
    pub task: TaskId,
    /// The key of its recipe.
    pub key: Key,
    /// The scene it was made for.
    pub scene: String,
    /// The storyboard it was made for.
    pub storyboard: String,
    /// The most that it can have cost.
    pub credits_max: Credits,
    /// What it was made from; empty where that cannot be read.
    pub recipe: Listing,
    /// How far it came.
    pub submission: Submission,
    /// The videos of this task that have been in the store, with their lengths.
    pub videos: Vec<(Digest, u64)>,
    /// The take that its key has, made by this task or by another.
    pub take: Option<KnownTake>,
}

impl Ledger {
    /// The open and finished tasks of a family, oldest first.
    pub fn tasks(&self, family: &str) -> Result<Vec<KnownTask>> {
        let connection = self.lock();
        let mut videos = connection.prepare_cached(
            "SELECT digest, bytes FROM artifacts WHERE task = ?1 ORDER BY stored_at",
        )?;
        let mut take = connection
            .prepare_cached("SELECT digest, bytes, task, finished_at FROM takes WHERE key = ?1")?;
        let mut statement = connection.prepare_cached(
            "SELECT intended_at, state, task, ended_at, code, message, fault, key, scene, storyboard,
                    credits_max, recipe
             FROM submissions
             WHERE family = ?1 AND state IN ('open', 'finished') AND task IS NOT NULL ORDER BY id",
        )?;
        let rows = statement.query_map([family], read_task)?;
        let mut tasks = rows.collect::<std::result::Result<Vec<KnownTask>, _>>()?;
        for known in &mut tasks {
            let read = |row: &Row<'_>| Ok((parsed(row, 0)?, row.get::<_, i64>(1)? as u64));
            let found = videos.query_map([known.task.as_str()], read)?;
            known.videos = found.collect::<std::result::Result<_, _>>()?;
            let found = take.query_map([known.key.to_string()], read_take)?;
            known.take = found.last().transpose()?;
        }
        Ok(tasks)
    }

    /// The submissions of a family whose fate nobody knows, oldest first.
    pub fn doubts(&self, family: &str) -> Result<Vec<LedgerRow>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {ROW} FROM submissions WHERE family = ?1 AND state = 'intended' ORDER BY id"
        ))?;
        let rows = statement.query_map([family], read_row)?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }
}

fn read_task(row: &Row<'_>) -> rusqlite::Result<KnownTask> {
    let recipe: String = row.get(11)?;
    Ok(KnownTask {
        submission: read_submission(row, 0)?,
        task: TaskId::new(row.get::<_, String>(2)?),
        key: Key(parsed(row, 7)?),
        scene: row.get(8)?,
        storyboard: row.get(9)?,
        credits_max: Credits::from_thousandths(row.get(10)?),
        recipe: serde_json::from_str(&recipe).unwrap_or_default(),
        videos: Vec::new(),
        take: None,
    })
}
