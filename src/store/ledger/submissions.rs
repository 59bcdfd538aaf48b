//! Submissions: what was intended, sent and answered, and what that implies for a key.
//!
//! [`Intent`] enforces the money rule by type: no request can be sent without one, and only
//! [`Ledger::intend`] creates one, for a claimed key.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::connection::{Ledger, LedgerError, Result};
use super::rows::{
    IntentNote, LedgerRow, NewSubmission, ROW, fault_text, parsed, read_row, read_submission,
};
use crate::base::{Digest, Fault, Key, Moment, TaskId, Token};
use crate::catalog::SubmitLimit;
use crate::plan::Evidence;
use crate::store::claims::Claim;

/// How many finished tasks are averaged for a model's usual time.
const HISTORY: usize = 20;

/// The condition that a row is of something that this program draws itself: whatever became of it,
/// nothing is running anywhere, and nothing was paid.
const IS_DRAWN: &str = "family IN ('preview', 'drawn')";

/// A recorded intent: the permission to send one request once.
#[derive(Debug)]
pub struct Intent(i64);

impl Ledger {
    /// Records the intent to send a request. The claim proves that no other process is about to
    /// send the same one.
    ///
    /// # Errors
    /// Includes that all processes of this ledger together have sent as many requests as `pace`
    /// allows; nothing is recorded then.
    pub fn intend(
        &self,
        claim: &Claim,
        new: &NewSubmission<'_>,
        now: Moment,
        pace: Option<SubmitLimit>,
    ) -> Result<Intent> {
        debug_assert_eq!(claim.name(), new.key.to_string(), "the claim is of another key");
        let mut connection = self.durably()?;
        // Nobody else may record an intent between the count and this one.
        let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(wait) =
            pace.map(|pace| wait_for(&change, new.family, pace, now)).transpose()?.flatten()
        {
            return Err(LedgerError::Pace(wait));
        }
        // Of what this program draws only the latest attempt counts: it has no task anywhere.
        let drawn = format!("DELETE FROM submissions WHERE key = ?1 AND {IS_DRAWN}");
        change.prepare_cached(&drawn)?.execute([new.key.to_string()])?;
        change
            .prepare_cached(
                "INSERT INTO submissions (key, family, storyboard, scene, model, seed, random_seed,
                     credits_max, recipe, intended_at, state, token, roll, profile, api)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'intended', ?11, ?12, ?13, ?14)",
            )?
            .execute(params![
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
                new.roll,
                new.profile,
                new.api.as_str(),
            ])?;
        let intent = Intent(change.last_insert_rowid());
        change.commit()?;
        Ok(intent)
    }

    /// Records the task id in the answer to an intent.
    ///
    /// # Errors
    /// Includes a task that belongs to another intent: the answer is wrong, and the intent stays in
    /// doubt.
    pub fn accept(&self, intent: &Intent, task: &TaskId, now: Moment) -> Result<()> {
        let connection = self.durably()?;
        let mut statement = connection.prepare_cached(
            "UPDATE submissions SET state = 'open', task = ?2, accepted_at = ?3
             WHERE id = ?1 AND NOT EXISTS
                 (SELECT 1 FROM submissions WHERE task = ?2 AND id != ?1)",
        )?;
        let recorded = statement.execute(params![intent.0, task.as_str(), now.millis()])?;
        if recorded == 0 { Err(LedgerError::Taken(task.clone())) } else { Ok(()) }
    }

    /// Records what is known about an intent that was not answered with a task id.
    pub fn note(&self, intent: &Intent, note: IntentNote<'_>, now: Moment) -> Result<()> {
        let (state, fault) = match note {
            IntentNote::NotAccepted(fault) => ("not-accepted", fault),
            IntentNote::Refused(fault) => ("failed", fault),
            IntentNote::Doubt(fault) => ("intended", fault),
        };
        self.lock().execute(
            "UPDATE submissions SET state = ?2, code = ?3, message = ?4, fault = ?5,
                 ended_at = ?6
             WHERE id = ?1",
            params![intent.0, state, fault.code, fault.message, fault_text(fault), now.millis()],
        )?;
        Ok(())
    }

    /// Records that a task finished with a video at that moment, or when it was intended if that is
    /// later: clocks may be wrong. A power cut may undo it before the video is recorded; the next
    /// build asks about the task again then.
    pub fn finish(&self, task: &TaskId, at: Moment) -> Result<()> {
        self.lazily(|connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE submissions SET state = 'finished', ended_at = max(?2, intended_at)
                 WHERE task = ?1 AND state = 'open'",
            )?;
            statement.execute(params![task.as_str(), at.millis()])?;
            Ok(())
        })
    }

    /// Treats a finished task that was sent before that moment as finished when it was sent.
    pub fn finished_when_sent(&self, task: &TaskId, before: Moment) -> Result<()> {
        self.lock().execute(
            "UPDATE submissions SET ended_at = intended_at
             WHERE task = ?1 AND state = 'finished' AND intended_at < ?2",
            params![task.as_str(), before.millis()],
        )?;
        Ok(())
    }

    /// Records that an open task ended without a video. A task that finished with a video is never
    /// marked as failed, whatever the provider says afterwards.
    pub fn fail(&self, task: &TaskId, fault: &Fault, now: Moment) -> Result<()> {
        self.lock().execute(
            "UPDATE submissions SET state = 'failed', code = ?2, message = ?3, fault = ?4,
                 ended_at = ?5
             WHERE task = ?1 AND state = 'open'",
            params![task.as_str(), fault.code, fault.message, fault_text(fault), now.millis()],
        )?;
        Ok(())
    }

    /// The evidence for a key; `holds` returns whether the store still has a video of that digest
    /// and length in bytes.
    pub fn evidence(&self, key: &Key, holds: &dyn Fn(&Digest, u64) -> bool) -> Result<Evidence> {
        let take = self.take(key)?;
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT intended_at, state, task, ended_at, code, message, fault FROM submissions
             WHERE key = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([key.to_string()], |row| read_submission(row, 0))?;
        let submissions = rows.collect::<std::result::Result<_, _>>()?;
        drop(statement);
        drop(connection);
        let gone = self.gone_tasks(key)?;
        let mut evidence = Evidence { submissions, gone, ..Evidence::default() };
        match take {
            Some(take) => {
                evidence.mark_received(&take.task);
                evidence.present = holds(&take.digest, take.bytes);
                evidence.digest = Some(take.digest);
                evidence.task = Some(take.task);
            }
            None => self.add_named(key, holds, &mut evidence)?,
        }
        let chosen = evidence.digest;
        // Any other video of the key is better than paying again.
        let is_known = chosen.is_some() || !evidence.submissions.is_empty();
        if is_known && !evidence.present {
            let others = self.takes_of(key)?.into_iter().filter(|it| Some(it.digest) != chosen);
            if let Some(other) = others.into_iter().find(|it| holds(&it.digest, it.bytes)) {
                evidence.add_other(other.digest, &other.task);
            }
        }
        Ok(evidence)
    }

    /// When the task finished, if this ledger knows.
    pub fn finished_at(&self, task: &TaskId) -> Result<Option<Moment>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT ended_at FROM submissions WHERE task = ?1 AND state = 'finished'",
        )?;
        let at: Option<i64> = statement.query_row([task.as_str()], |row| row.get(0)).optional()?;
        Ok(at.map(Moment::from_millis))
    }

    /// The seed of the scene's latest submission with a drawn seed under a profile, unless its take
    /// is the locked one. An interrupted build continues with that seed instead of paying for
    /// another one, even if the video had arrived and only the lock was not written.
    pub fn unfinished_random_seed(
        &self,
        storyboard: &str,
        profile: &str,
        scene: &str,
        locked: Option<&Key>,
    ) -> Result<Option<u32>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT seed, key FROM submissions
             WHERE storyboard = ?1 AND profile = ?2 AND scene = ?3 AND random_seed
                 AND state IN ('intended', 'open', 'finished')
             ORDER BY id DESC LIMIT 1",
        )?;
        let latest: Option<(Option<u32>, String)> = statement
            .query_row([storyboard, profile, scene], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let published = |key: &String| locked.is_some_and(|locked| locked.to_string() == *key);
        Ok(latest.filter(|(_, key)| !published(key)).and_then(|(seed, _)| seed))
    }

    /// When the request that became this task was sent, and its key.
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

    /// The average time in seconds of a model's latest tasks, if there were at least three.
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

    /// The submissions for a storyboard without a known outcome, oldest first.
    pub fn unsettled(&self, storyboard: &str) -> Result<Vec<LedgerRow>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {ROW} FROM submissions
             WHERE storyboard = ?1 AND state IN ('intended', 'open') AND NOT {IS_DRAWN}
                 AND coalesce(task, '') NOT IN (SELECT task FROM gone_tasks) ORDER BY id"
        ))?;
        let rows = statement.query_map([storyboard], read_row)?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// The tasks of a key whose videos a person has declared lost.
    fn gone_tasks(&self, key: &Key) -> Result<Vec<TaskId>> {
        let connection = self.lock();
        let mut statement =
            connection.prepare_cached("SELECT task FROM gone_tasks WHERE key = ?1")?;
        let rows = statement.query_map([key.to_string()], |row| row.get::<_, String>(0))?;
        Ok(rows.map(|task| task.map(TaskId::new)).collect::<std::result::Result<_, _>>()?)
    }

    /// Records that a person has declared the video of a key's task lost.
    pub fn declare_gone(&self, key: &Key, task: &TaskId, now: Moment) -> Result<()> {
        self.lock().execute(
            "INSERT OR IGNORE INTO gone_tasks (task, key, at) VALUES (?1, ?2, ?3)",
            params![task.as_str(), key.to_string(), now.millis()],
        )?;
        Ok(())
    }

    /// The submissions of a key without a known outcome, oldest first, of any storyboard.
    pub fn unsettled_of(&self, key: &Key) -> Result<Vec<LedgerRow>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {ROW} FROM submissions
             WHERE key = ?1 AND state IN ('intended', 'open') AND NOT {IS_DRAWN}
                 AND coalesce(task, '') NOT IN (SELECT task FROM gone_tasks) ORDER BY id"
        ))?;
        let rows = statement.query_map([key.to_string()], read_row)?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// Settles a doubt: the request became this task. Returns false if it is no longer in doubt, or
    /// the task belongs to another submission.
    pub fn settle_as(&self, id: i64, task: &TaskId, now: Moment) -> Result<bool> {
        let settled = self.lock().execute(
            "UPDATE submissions SET state = 'open', task = ?2, accepted_at = ?3, ended_at = NULL
             WHERE id = ?1 AND state = 'intended'
                 AND NOT EXISTS (SELECT 1 FROM submissions WHERE task = ?2)",
            params![id, task.as_str(), now.millis()],
        )?;
        Ok(settled > 0)
    }

    /// Settles a doubt: the request never arrived. Returns whether it was still in doubt.
    pub fn settle_not_sent(&self, id: i64, now: Moment) -> Result<bool> {
        let settled = self.lock().execute(
            "UPDATE submissions SET state = 'not-accepted', ended_at = ?2
             WHERE id = ?1 AND state = 'intended'",
            params![id, now.millis()],
        )?;
        Ok(settled > 0)
    }
}

/// How long to wait until a request of a family may be sent at this pace; `None` if it may be sent
/// now.
fn wait_for(
    connection: &Connection,
    family: &str,
    pace: SubmitLimit,
    now: Moment,
) -> Result<Option<Duration>> {
    let mut statement = connection.prepare_cached(
        "SELECT intended_at FROM submissions
         WHERE family = ?1 AND intended_at > ?2 AND intended_at <= ?3
         ORDER BY intended_at DESC LIMIT 1 OFFSET ?4",
    )?;
    let begins = now - pace.span();
    let offset = pace.number.saturating_sub(1) as i64;
    let values = params![family, begins.millis(), now.millis(), offset];
    let first: Option<i64> = statement.query_row(values, |row| row.get(0)).optional()?;
    Ok(first.map(|first| Moment::from_millis(first).since(begins)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LocalDisk;

    #[test]
    fn all_processes_together_keep_the_pace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let open = || Ledger::open(&LocalDisk, &path).unwrap();
        let (one, other) = (open(), open());
        let claims = crate::store::Claims::at(std::sync::Arc::new(LocalDisk), folder.path());
        let pace = Some(SubmitLimit { number: 2, seconds: 10 });
        let send = |ledger: &Ledger, name: &str, at: i64| {
            let key = Key(Digest::of(name.as_bytes()));
            let claim = claims.claim(&key.to_string(), "test").unwrap().unwrap();
            ledger.intend(&claim, &NewSubmission::of_test(key, name), Moment::from_millis(at), pace)
        };
        send(&one, "a", 1_000).unwrap();
        send(&other, "b", 3_000).unwrap();
        for (ledger, at, wait) in [(&one, 4_000, 7_000), (&other, 10_500, 500)] {
            let Err(LedgerError::Pace(left)) = send(ledger, "c", at) else { panic!("{at}") };
            assert_eq!(left.as_millis(), wait);
        }
        send(&one, "c", 11_000).unwrap();
        // A clock that was set back counts nothing that lies in the future.
        send(&one, "d", 500).unwrap();
    }

    #[test]
    fn six_processes_together_send_what_the_account_may_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let processes: Vec<Ledger> =
            (0..6).map(|_| Ledger::open(&LocalDisk, &path).unwrap()).collect();
        let claims = crate::store::Claims::at(std::sync::Arc::new(LocalDisk), folder.path());
        let pace = SubmitLimit { number: 20, seconds: 10 };
        let mut sent: Vec<i64> = Vec::new();
        // Each tries four times a second for 40 seconds.
        for at in (0..40_000).step_by(250) {
            for (number, ledger) in processes.iter().enumerate() {
                let (name, at) = (format!("{number} at {at}"), at + number as i64);
                let key = Key(Digest::of(name.as_bytes()));
                let claim = claims.claim(&key.to_string(), "test").unwrap().unwrap();
                let new = NewSubmission::of_test(key, &name);
                match ledger.intend(&claim, &new, Moment::from_millis(at), Some(pace)) {
                    Ok(_) => sent.push(at),
                    Err(LedgerError::Pace(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
        let within =
            |from: i64| sent.iter().filter(|at| (from..from + 10_000).contains(*at)).count();
        assert_eq!(sent.iter().map(|from| within(*from)).max(), Some(20));
        assert_eq!(sent.len(), 4 * 20);
    }

    #[test]
    fn what_is_drawn_here_can_be_begun_again_and_leaves_no_doubt() {
        let folder = tempfile::tempdir().unwrap();
        let claims = crate::store::Claims::at(std::sync::Arc::new(LocalDisk), folder.path());
        let ledger = Ledger::in_memory().unwrap();
        let (key, now) = (Key(Digest::of(b"card")), Moment::from_millis(1_000));
        let task = TaskId::new("drawn_1");
        for family in ["drawn", "preview", "drawn"] {
            // Each was killed after it was begun, before its video was stored.
            let claim = claims.claim(&key.to_string(), "test").unwrap().unwrap();
            let new = NewSubmission { family, ..NewSubmission::of_test(key, "card") };
            let intent = ledger.intend(&claim, &new, now, None).unwrap();
            assert!(ledger.unsettled(new.storyboard).unwrap().is_empty());
            assert!(ledger.unsettled_of(&key).unwrap().is_empty());
            ledger.accept(&intent, &task, now).unwrap();
            assert!(ledger.unsettled(new.storyboard).unwrap().is_empty());
        }
    }

    #[test]
    fn a_task_cannot_belong_to_two_requests() {
        let folder = tempfile::tempdir().unwrap();
        let claims = crate::store::Claims::at(std::sync::Arc::new(LocalDisk), folder.path());
        let ledger = Ledger::in_memory().unwrap();
        let now = Moment::from_millis(1_000);
        let intend = |name: &str| {
            let key = Key(Digest::of(name.as_bytes()));
            let claim = claims.claim(&key.to_string(), "test").unwrap().unwrap();
            let new = NewSubmission::of_test(key, name);
            (key, ledger.intend(&claim, &new, now, None).unwrap())
        };
        let ((_, dawn), (key, dusk)) = (intend("dawn"), intend("dusk"));
        let task = TaskId::new("kling_1");
        ledger.accept(&dawn, &task, now).unwrap();
        ledger.accept(&dawn, &task, now).unwrap();
        assert!(matches!(ledger.accept(&dusk, &task, now), Err(LedgerError::Taken(_))));
        let outcome = &ledger.evidence(&key, &|_, _| false).unwrap().submissions[0].outcome;
        assert_eq!(*outcome, crate::plan::SubmissionOutcome::Doubt);
    }
}
