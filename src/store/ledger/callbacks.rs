//! Callbacks: the submissions that belong to callback tokens.
//!
//! A token is committed with the intent, before it is sent anywhere, so that a callback finds its
//! submission even after a crash. A token alone settles nothing: the caller must ask the provider
//! about the task, and the task must not belong to another submission.

use rusqlite::{OptionalExtension, params};

use super::connection::{Ledger, Result};
use super::rows::{LedgerRow, ROW, read_row};
use crate::base::{Key, Moment, TaskId, Token};

/// How a task relates to the submission that it was named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedTaskCheck {
    /// The submission is in doubt and the task is new: they may belong together.
    Possible,
    /// The submission is known to be that task.
    Known,
    /// The submission is not in doubt, or the task belongs to another one.
    Wrong,
}

impl Ledger {
    /// How a task relates to the submission with this token.
    pub fn naming(&self, token: &Token, task: &TaskId) -> Result<NamedTaskCheck> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT token = ?1 AND task IS ?2, token = ?1 AND state = 'intended'
             FROM submissions WHERE token = ?1 OR task = ?2",
        )?;
        let rows = statement.query_map([token.as_str(), task.as_str()], |row| {
            Ok((row.get::<_, Option<bool>>(0)?, row.get::<_, Option<bool>>(1)?))
        })?;
        let rows = rows.collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(match rows.as_slice() {
            [(Some(true), _)] => NamedTaskCheck::Known,
            [(_, Some(true))] => NamedTaskCheck::Possible,
            _ => NamedTaskCheck::Wrong,
        })
    }

    /// The submission of that family that was sent with this token.
    pub fn submission_of(&self, token: &Token, family: &str) -> Result<Option<LedgerRow>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {ROW} FROM submissions WHERE token = ?1 AND family = ?2"
        ))?;
        Ok(statement.query_row([token.as_str(), family], read_row).optional()?)
    }

    /// The token of the submission that became this task.
    pub fn token_of(&self, task: &TaskId) -> Result<Option<Token>> {
        let connection = self.lock();
        let mut statement =
            connection.prepare_cached("SELECT token FROM submissions WHERE task = ?1")?;
        let token: Option<Option<String>> =
            statement.query_row([task.as_str()], |row| row.get(0)).optional()?;
        Ok(token.flatten().and_then(|token| token.parse().ok()))
    }

    /// The token of a key's latest submission in doubt, if it requested a callback.
    pub fn token_in_doubt(&self, key: &Key) -> Result<Option<Token>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT token FROM submissions WHERE key = ?1 AND state = 'intended'
             ORDER BY id DESC LIMIT 1",
        )?;
        let token: Option<Option<String>> =
            statement.query_row([key.to_string()], |row| row.get(0)).optional()?;
        Ok(token.flatten().and_then(|token| token.parse().ok()))
    }

    /// Settles the doubt of the submission with this token: it became this task.
    ///
    /// Returns whether the submission is that task, now or before; false if it is no longer in
    /// doubt, or the task belongs to another submission.
    pub fn settle_named(&self, token: &Token, task: &TaskId, now: Moment) -> Result<bool> {
        let connection = self.lock();
        let settled = connection.execute(
            "UPDATE submissions SET state = 'open', task = ?2, accepted_at = ?3, ended_at = NULL
             WHERE token = ?1 AND state = 'intended'
                 AND NOT EXISTS (SELECT 1 FROM submissions WHERE task = ?2)",
            params![token.as_str(), task.as_str(), now.millis()],
        )?;
        let mut statement = connection
            .prepare_cached("SELECT count(*) FROM submissions WHERE token = ?1 AND task = ?2")?;
        let same: i64 = statement.query_row([token.as_str(), task.as_str()], |row| row.get(0))?;
        Ok(settled > 0 || same > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::Digest;
    use crate::base::{Fault, FaultClass};
    use crate::plan::SubmissionOutcome;
    use crate::store::{Claims, Intent, IntentNote, LocalDisk, NewSubmission};

    const NOW: Moment = Moment::from_millis(1_000);

    fn token(byte: u8) -> Token {
        Token::from_bytes([byte; 16])
    }

    fn task(name: &str) -> TaskId {
        TaskId::new(name)
    }

    fn sent(ledger: &Ledger, scene: &str, token: &Token) -> Intent {
        let folder = tempfile::tempdir().unwrap();
        let key = Key(Digest::of(scene.as_bytes()));
        let claims = Claims::at(Arc::new(LocalDisk), folder.path());
        let claim = claims.claim(&key.to_string(), "test").unwrap().unwrap();
        let new = NewSubmission { token: Some(token), ..NewSubmission::of_test(key, scene) };
        ledger.intend(&claim, &new, NOW, None).unwrap()
    }

    #[test]
    fn a_doubt_is_settled_once_and_only_by_its_token() {
        let ledger = Ledger::in_memory().unwrap();
        sent(&ledger, "dawn", &token(1));
        let settle = |byte, name| ledger.settle_named(&token(byte), &task(name), NOW).unwrap();
        let naming = |byte, name| ledger.naming(&token(byte), &task(name)).unwrap();
        assert!(!settle(9, "k1"), "an unknown token");
        assert_eq!(naming(9, "k1"), NamedTaskCheck::Wrong);
        assert_eq!(naming(1, "k1"), NamedTaskCheck::Possible);
        assert!(settle(1, "k1"));
        assert_eq!(naming(1, "k1"), NamedTaskCheck::Known);
        assert_eq!(naming(1, "k2"), NamedTaskCheck::Wrong);
        assert!(settle(1, "k1"), "settling again gives the same answer");
        assert!(!settle(1, "k2"), "it has a task");
        let row = ledger.submission_of(&token(1), "kling").unwrap().unwrap();
        assert_eq!(
            (row.scene.as_str(), row.submission.outcome),
            ("dawn", SubmissionOutcome::Open(task("k1")))
        );
        assert!(ledger.submission_of(&token(1), "kling-rehearsal").unwrap().is_none());
        assert_eq!(ledger.token_of(&task("k1")).unwrap(), Some(token(1)));
    }

    #[test]
    fn a_task_settles_only_one_submission() {
        let ledger = Ledger::in_memory().unwrap();
        let dawn = sent(&ledger, "dawn", &token(1));
        sent(&ledger, "dusk", &token(2));
        ledger.accept(&dawn, &task("k1"), NOW).unwrap();
        assert!(!ledger.settle_named(&token(2), &task("k1"), NOW).unwrap());
        assert_eq!(ledger.naming(&token(2), &task("k1")).unwrap(), NamedTaskCheck::Wrong);
        let dusk = Key(Digest::of(b"dusk"));
        assert_eq!(ledger.token_in_doubt(&dusk).unwrap(), Some(token(2)));
        assert_eq!(ledger.token_in_doubt(&Key(Digest::of(b"dawn"))).unwrap(), None);
    }

    #[test]
    fn a_refused_submission_is_not_settled() {
        let ledger = Ledger::in_memory().unwrap();
        let dawn = sent(&ledger, "dawn", &token(1));
        let busy = Fault::new(FaultClass::Busy, "busy").with_code(1005);
        ledger.note(&dawn, IntentNote::NotAccepted(&busy), NOW).unwrap();
        assert!(!ledger.settle_named(&token(1), &task("k1"), NOW).unwrap());
        assert_eq!(ledger.naming(&token(1), &task("k1")).unwrap(), NamedTaskCheck::Wrong);
    }
}
