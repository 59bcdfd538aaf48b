//! Rows: what goes into the ledger and what comes out of it, as values.

use rusqlite::Row;

use crate::base::{Credits, Digest, Key, Moment, TaskId, Token};
use crate::plan::{Failure, Listing, Submission, SubmissionOutcome};

/// What is about to be sent.
#[derive(Clone, Debug)]
pub struct NewSubmission<'a> {
    /// The recipe's key.
    pub key: Key,
    /// Whose take it is.
    pub family: &'a str,
    /// The storyboard's path.
    pub storyboard: &'a str,
    /// The scene's name.
    pub scene: &'a str,
    /// The model's id.
    pub model: &'a str,
    /// The seed, where the model takes one.
    pub seed: Option<u32>,
    /// Whether that seed was drawn for this build.
    pub random_seed: bool,
    /// The most that it can cost.
    pub credits_max: Credits,
    /// The recipe's listing as JSON.
    pub recipe: &'a str,
    /// The token that its callback has to bring, where one is asked for.
    pub token: Option<&'a Token>,
}

/// How an intent ended when no task id came of it.
#[derive(Clone, Debug)]
pub enum IntentNote<'a> {
    /// Proven that nothing was accepted; it may be tried again.
    NotAccepted(&'a Failure),
    /// Refused for what it says; unchanged it would be refused again.
    Refused(&'a Failure),
    /// Nothing is proven.
    Doubt(&'a Failure),
}

/// A take whose video was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownTake {
    /// The video's digest.
    pub digest: Digest,
    /// The video's length in bytes.
    pub bytes: u64,
    /// The task that made it.
    pub task: TaskId,
    /// When the provider had finished it.
    pub finished: Moment,
}

/// A submission as people are told of it.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    /// Its number.
    pub id: i64,
    /// The recipe's key.
    pub key: Key,
    /// The scene it was made for.
    pub scene: String,
    /// The storyboard it was made for.
    pub storyboard: String,
    /// The most that it can have cost.
    pub credits_max: Credits,
    /// How far it came.
    pub submission: Submission,
    /// What was said of it, where something was.
    pub message: Option<String>,
    /// What was asked for; empty where that cannot be read.
    pub recipe: Listing,
}

/// The columns that [`read_row`] reads.
pub(super) const ROW: &str = "intended_at, state, task, ended_at, code, message, id, key, scene,
    storyboard, credits_max, recipe";

pub(super) fn read_take(row: &Row<'_>) -> rusqlite::Result<KnownTake> {
    Ok(KnownTake {
        digest: parsed(row, 0)?,
        bytes: row.get::<_, i64>(1)? as u64,
        task: TaskId::new(row.get::<_, String>(2)?),
        finished: Moment::from_millis(row.get(3)?),
    })
}

/// Reads `intended_at, state, task, ended_at, code, message` from column `at` on.
pub(super) fn read_submission(row: &Row<'_>, at: usize) -> rusqlite::Result<Submission> {
    let intended_at = Moment::from_millis(row.get(at)?);
    let state: String = row.get(at + 1)?;
    let task = row.get::<_, Option<String>>(at + 2)?.map(TaskId::new);
    let ended_at = row.get::<_, Option<i64>>(at + 3)?.map(Moment::from_millis);
    let outcome = match (state.as_str(), task) {
        ("open", Some(task)) => SubmissionOutcome::Open(task),
        ("finished", Some(task)) => SubmissionOutcome::Finished {
            task,
            at: ended_at.unwrap_or(intended_at),
            received: false,
        },
        ("failed", _) => SubmissionOutcome::Failed(Failure {
            code: row.get(at + 4)?,
            message: row.get::<_, Option<String>>(at + 5)?.unwrap_or_default(),
        }),
        ("not-accepted", _) => SubmissionOutcome::NotAccepted,
        // Whatever else stands there proves nothing.
        _ => SubmissionOutcome::Doubt,
    };
    Ok(Submission { intended_at, outcome })
}

pub(super) fn read_row(row: &Row<'_>) -> rusqlite::Result<LedgerRow> {
    Ok(LedgerRow {
        submission: read_submission(row, 0)?,
        message: row.get(5)?,
        id: row.get(6)?,
        key: Key(parsed(row, 7)?),
        scene: row.get(8)?,
        storyboard: row.get(9)?,
        credits_max: Credits::from_thousandths(row.get(10)?),
        recipe: serde_json::from_str(&row.get::<_, String>(11)?).unwrap_or_default(),
    })
}

pub(super) fn parsed(row: &Row<'_>, at: usize) -> rusqlite::Result<Digest> {
    let text: String = row.get(at)?;
    text.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(
            at,
            rusqlite::types::Type::Text,
            Box::<crate::base::ParseDigestError>::new(error),
        )
    })
}
