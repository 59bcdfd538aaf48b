//! Artifacts: the origin of each video in the store, for the lifetime of the ledger.
//!
//! When a key's take is generated again, it is replaced; the previous video was paid for as well,
//! and stays recorded here.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::connection::{Ledger, Result};
use super::rows::{KnownTake, parsed, read_take};
use crate::base::{Credits, Digest, Key, Moment, TaskId};

/// A video that has been in the store, with what is known about its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownArtifact {
    /// The video's digest.
    pub digest: Digest,
    /// The video's length in bytes.
    pub bytes: u64,
    /// The task that generated it.
    pub task: TaskId,
    /// The key of its recipe.
    pub key: Key,
    /// When it was stored.
    pub stored_at: Moment,
    /// What it was generated for, if this ledger sent the request.
    pub origin: Option<ArtifactOrigin>,
}

/// What a video was generated for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactOrigin {
    /// The scene.
    pub scene: String,
    /// The storyboard's path.
    pub storyboard: String,
    /// The model.
    pub model: String,
    /// The provider family.
    pub family: String,
    /// The most that it cost.
    pub credits_max: Credits,
    /// When the provider finished it, if known.
    pub finished: Option<Moment>,
}

impl Ledger {
    /// Records that a key's video is in the store, and makes it the key's take. A power cut may undo
    /// that if [`Ledger::keep`] came first: the next build finds the video as one of its key.
    pub fn store(&self, key: &Key, take: &KnownTake, now: Moment) -> Result<()> {
        self.lazily(|connection| {
            let change = connection.transaction()?;
            change
                .prepare_cached(
                    "INSERT OR REPLACE INTO takes (key, digest, bytes, task, finished_at, stored_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    key.to_string(),
                    take.digest.to_string(),
                    take.bytes as i64,
                    take.task.as_str(),
                    take.finished.millis(),
                    now.millis(),
                ])?;
            keep(&change, key, take, now)?;
            Ok(change.commit()?)
        })
    }

    /// The stored take of a key.
    pub fn take(&self, key: &Key) -> Result<Option<KnownTake>> {
        let connection = self.lock();
        let mut statement = connection
            .prepare_cached("SELECT digest, bytes, task, finished_at FROM takes WHERE key = ?1")?;
        Ok(statement.query_row([key.to_string()], read_take).optional()?)
    }

    /// Every video of a key that has been in the store, newest first.
    pub fn takes_of(&self, key: &Key) -> Result<Vec<KnownTake>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT digest, bytes, task, coalesce(
                 (SELECT max(ended_at) FROM submissions s
                  WHERE s.task = a.task AND s.state = 'finished'), stored_at)
             FROM artifacts a WHERE key = ?1 ORDER BY stored_at DESC, digest",
        )?;
        let rows = statement.query_map([key.to_string()], read_take)?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// Records a video in the store without making it its key's take: another one is, or it has not
    /// got its name in the store yet.
    pub fn keep(&self, key: &Key, take: &KnownTake, now: Moment) -> Result<()> {
        keep(&*self.durably()?, key, take, now)
    }

    /// Every video that has been in the store, oldest first.
    pub fn artifacts(&self) -> Result<Vec<KnownArtifact>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT a.digest, a.bytes, a.task, a.key, a.stored_at,
                    s.scene, s.storyboard, s.model, s.family, s.credits_max,
                    iif(s.state = 'finished', s.ended_at, NULL)
             FROM artifacts a LEFT JOIN submissions s ON s.id =
                 (SELECT max(id) FROM submissions WHERE task = a.task)
             ORDER BY a.stored_at, a.digest",
        )?;
        let rows = statement.query_map([], read_artifact)?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }
}

/// Records the origin of a video in the store.
fn keep(connection: &Connection, key: &Key, take: &KnownTake, now: Moment) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO artifacts (digest, task, key, bytes, stored_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET stored_at = excluded.stored_at",
    )?;
    statement.execute(params![
        take.digest.to_string(),
        take.task.as_str(),
        key.to_string(),
        take.bytes as i64,
        now.millis(),
    ])?;
    Ok(())
}

fn read_artifact(row: &Row<'_>) -> rusqlite::Result<KnownArtifact> {
    let origin = match row.get::<_, Option<String>>(5)? {
        Some(scene) => Some(ArtifactOrigin {
            scene,
            storyboard: row.get(6)?,
            model: row.get(7)?,
            family: row.get(8)?,
            credits_max: Credits::from_thousandths(row.get(9)?),
            finished: row.get::<_, Option<i64>>(10)?.map(Moment::from_millis),
        }),
        None => None,
    };
    Ok(KnownArtifact {
        digest: parsed(row, 0)?,
        bytes: row.get::<_, i64>(1)? as u64,
        task: TaskId::new(row.get::<_, String>(2)?),
        key: Key(parsed(row, 3)?),
        stored_at: Moment::from_millis(row.get(4)?),
        origin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::SubmissionOutcome;
    use crate::store::ledger::NewSubmission;
    use crate::store::{Claims, LocalDisk};

    #[test]
    fn a_power_cut_that_undoes_the_last_record_leaves_the_video_to_its_key() {
        let (folder, cut) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ledger = Ledger::open(&LocalDisk, &folder.path().join("ledger.db")).unwrap();
        let claims = Claims::at(std::sync::Arc::new(LocalDisk), folder.path());
        let (key, now) = (Key(Digest::of(b"recipe")), Moment::from_millis(1_000));
        let claim = claims.claim(&key.to_string(), "test").unwrap().unwrap();
        let (task, digest) = (TaskId::new("kling_1"), Digest::of(b"video"));
        let new = NewSubmission::of_test(key, "dawn");
        let intent = ledger.intend(&claim, &new, now, None).unwrap();
        ledger.accept(&intent, &task, now).unwrap();
        ledger.finish(&task, now).unwrap();
        let take = KnownTake { digest, bytes: 5, task, finished: now };
        ledger.keep(&key, &take, now).unwrap();
        // What is on the disk for certain: everything up to the last write that is synced.
        for name in ["ledger.db", "ledger.db-wal"] {
            std::fs::copy(folder.path().join(name), cut.path().join(name)).unwrap();
        }
        ledger.store(&key, &take, now).unwrap();

        let left = Ledger::open(&LocalDisk, &cut.path().join("ledger.db")).unwrap();
        assert_eq!((ledger.take(&key).unwrap().is_some(), left.take(&key).unwrap()), (true, None));
        for known in [&ledger, &left] {
            let evidence = known.evidence(&key, &|found, _| *found == digest).unwrap();
            assert_eq!((evidence.digest, evidence.present), (Some(digest), true));
            let outcome = &evidence.submissions[0].outcome;
            assert!(matches!(outcome, SubmissionOutcome::Finished { received: true, .. }));
        }
    }
}
