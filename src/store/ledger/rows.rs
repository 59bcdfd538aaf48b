//! Rows: the values that are written to and read from the ledger.

use rusqlite::Row;

use crate::base::{Credits, Digest, Fault, FaultClass, Key, Moment, TaskId, Token};
use crate::catalog::Dialect;
use crate::plan::{Listing, Submission, SubmissionOutcome};

/// A request that is about to be sent.
#[derive(Clone, Debug)]
pub struct NewSubmission<'a> {
    /// The recipe's key.
    pub key: Key,
    /// The provider family.
    pub family: &'a str,
    /// The API dialect.
    pub api: Dialect,
    /// The storyboard's path.
    pub storyboard: &'a str,
    /// The profile; empty for the film itself.
    pub profile: &'a str,
    /// The scene's name.
    pub scene: &'a str,
    /// The model's id.
    pub model: &'a str,
    /// The seed, if the model supports one.
    pub seed: Option<u32>,
    /// Whether that seed was drawn for this build.
    pub random_seed: bool,
    /// Whether it is another take than the one that the film uses.
    pub roll: bool,
    /// The most that it can cost.
    pub credits_max: Credits,
    /// The recipe's listing as JSON.
    pub recipe: &'a str,
    /// The token that its callback must contain, if one is requested.
    pub token: Option<&'a Token>,
}

#[cfg(test)]
impl<'a> NewSubmission<'a> {
    /// A request of 50 credits for a scene of `film.yaml`.
    pub fn of_test(key: Key, scene: &'a str) -> NewSubmission<'a> {
        NewSubmission {
            key,
            family: "kling",
            api: Dialect::Kling,
            storyboard: "film.yaml",
            profile: "",
            scene,
            model: "kling-2-6",
            seed: None,
            random_seed: false,
            roll: false,
            credits_max: Credits::whole(50),
            recipe: "{}",
            token: None,
        }
    }
}

/// The result of an intent without a task id.
#[derive(Clone, Debug)]
pub enum IntentNote<'a> {
    /// Proven that nothing was accepted; it may be sent again.
    NotAccepted(&'a Fault),
    /// Refused because of its content; it would be refused again unchanged.
    Refused(&'a Fault),
    /// Nothing is proven.
    Doubt(&'a Fault),
}

/// A take whose video was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownTake {
    /// The video's digest.
    pub digest: Digest,
    /// The video's length in bytes.
    pub bytes: u64,
    /// The task that generated it.
    pub task: TaskId,
    /// When the provider finished it.
    pub finished: Moment,
}

/// A submission as shown to the user.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    /// Its number.
    pub id: i64,
    /// The recipe's key.
    pub key: Key,
    /// The scene it was sent for.
    pub scene: String,
    /// The storyboard it was sent for.
    pub storyboard: String,
    /// The most that it can have cost.
    pub credits_max: Credits,
    /// The API dialect that it was sent in.
    pub api: Dialect,
    /// Its submission.
    pub submission: Submission,
    /// The message in its answer, if there was one.
    pub message: Option<String>,
    /// Its recipe; empty if that cannot be read.
    pub recipe: Listing,
}

/// The columns that [`read_row`] reads.
pub(super) const ROW: &str =
    "intended_at, state, task, ended_at, code, message, fault, id, key, scene,
    storyboard, credits_max, recipe, api";

pub(super) fn read_take(row: &Row<'_>) -> rusqlite::Result<KnownTake> {
    Ok(KnownTake {
        digest: parsed(row, 0)?,
        bytes: row.get::<_, i64>(1)? as u64,
        task: TaskId::new(row.get::<_, String>(2)?),
        finished: Moment::from_millis(row.get(3)?),
    })
}

/// Reads `intended_at, state, task, ended_at, code, message, fault` from column `at` on.
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
        ("failed", task) => SubmissionOutcome::Failed(read_fault(row, at + 4, task.is_some())?),
        ("not-accepted", _) => SubmissionOutcome::NotAccepted,
        // Any other value proves nothing.
        _ => SubmissionOutcome::Doubt,
    };
    Ok(Submission { intended_at, outcome })
}

/// Reads `code, message, fault` from column `at` on. Rows of versions before 5 have no `fault`; its
/// class is then derived from the code (`kling-api.md`, "Error Codes"), or from whether there was a
/// task.
fn read_fault(row: &Row<'_>, at: usize, had_task: bool) -> rusqlite::Result<Fault> {
    let whole: Option<String> = row.get(at + 2)?;
    if let Some(fault) = whole.and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok(fault);
    }
    let code: Option<i64> = row.get(at)?;
    let class = match code {
        Some(1001) => FaultClass::InvalidPrompt,
        Some(1002) => FaultClass::InvalidImage,
        Some(1004) => FaultClass::InvalidParameters,
        Some(404 | 405) => FaultClass::NotFound,
        _ if had_task => FaultClass::TaskFailed,
        _ => FaultClass::InvalidParameters,
    };
    let message = row.get::<_, Option<String>>(at + 1)?.unwrap_or_default();
    Ok(Fault { class, code, message, retry_after: None })
}

/// A fault in the ledger's format.
pub(super) fn fault_text(fault: &Fault) -> String {
    serde_json::to_string(fault).expect("a fault is made of words and numbers")
}

pub(super) fn read_row(row: &Row<'_>) -> rusqlite::Result<LedgerRow> {
    Ok(LedgerRow {
        submission: read_submission(row, 0)?,
        message: row.get(5)?,
        id: row.get(7)?,
        key: Key(parsed(row, 8)?),
        scene: row.get(9)?,
        storyboard: row.get(10)?,
        credits_max: Credits::from_thousandths(row.get(11)?),
        recipe: serde_json::from_str(&row.get::<_, String>(12)?).unwrap_or_default(),
        api: read_api(row, 13)?,
    })
}

/// Reads a dialect. A word that this program does not know is refused: another dialect must not be
/// asked about a task.
pub(super) fn read_api(row: &Row<'_>, at: usize) -> rusqlite::Result<Dialect> {
    let word: String = row.get(at)?;
    word.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(error))
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
