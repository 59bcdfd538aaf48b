//! Settling: a person decides a doubt, and the provider is asked before a task is accepted.

use crate::base::{Diagnostic, Fault, FaultClass, TaskId};
use crate::plan::{PlannedTake, SubmissionOutcome};
use crate::provider::TaskStatus;
use crate::runner::exit::Refusal;
use crate::runner::session::Session;
use crate::runner::store_access::ledger_refusal;
use crate::store::LedgerRow;

impl Session {
    /// The doubt to settle: the scene's only one, or the one with that number.
    ///
    /// # Errors
    /// There is none, or there are several and no number says which: settling the wrong one could
    /// pay twice.
    pub fn doubt_of(&self, scene: &str, number: Option<i64>) -> Result<LedgerRow, Refusal> {
        let mut doubts = self.unsettled()?;
        doubts
            .retain(|row| row.scene == scene && row.submission.outcome == SubmissionOutcome::Doubt);
        let status = self.project.options.commands.command("status", "", "");
        let numbers = format!("`{status}` shows each with its number");
        if let Some(number) = number {
            return doubts.into_iter().find(|row| row.id == number).ok_or_else(|| {
                let what = format!("scene `{scene}` has no unresolved request number {number}");
                Refusal::usage(Diagnostic::error("no-doubt", what).fix(numbers))
            });
        }
        match doubts.len() {
            0 => {
                let what = format!("scene `{scene}` has no unresolved request");
                let fix = format!("`{status}` lists the unresolved requests");
                Err(Refusal::usage(Diagnostic::error("no-doubt", what).fix(fix)))
            }
            1 => Ok(doubts.remove(0)),
            several => {
                let what = format!("scene `{scene}` has {several} unresolved requests");
                let fix = format!("say which with `--doubt NUMBER`: {numbers}");
                Err(Refusal::usage(Diagnostic::error("which-doubt", what).fix(fix)))
            }
        }
    }

    /// Settles a doubt as a task that no other submission has and that the provider knows, and
    /// returns the status of that task.
    ///
    /// # Errors
    /// The task belongs to another submission, the provider does not know it or cannot be asked;
    /// nothing is changed then.
    pub fn settle_as(&self, doubt: &LedgerRow, task: &TaskId) -> Result<TaskStatus, Refusal> {
        let ledger = self.ledger();
        if let Some((sent_at, _)) = ledger.sent(task).map_err(ledger_refusal)? {
            let sent_at = sent_at.local_date_time();
            let what = format!("task `{task}` belongs to another submission, sent {sent_at}");
            let fix = "copy the id from the provider's log page; nothing was changed";
            return Err(Refusal::usage(Diagnostic::error("task-taken", what).fix(fix)));
        }
        let provider = self.provider()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|error| Refusal::machine("runtime", error, "close some other programs"))?;
        let status = runtime
            .block_on(provider.status(task, doubt.api))
            .map_err(|fault| not_confirmed(task, &fault))?;
        let now = self.now();
        if !ledger.settle_as(doubt.id, task, now).map_err(ledger_refusal)? {
            return Err(self.settled_meanwhile());
        }
        // The next build would find this out too; until then the ledger already answers with it.
        match &status {
            TaskStatus::Generating => Ok(()),
            TaskStatus::Succeeded(_) => ledger.finish(task, now),
            TaskStatus::Failed(fault) => ledger.fail(task, fault, now),
        }
        .map_err(ledger_refusal)?;
        Ok(status)
    }

    /// Settles a doubt as a request that was never received; the next build sends it again.
    pub fn settle_not_sent(&self, doubt: &LedgerRow) -> Result<(), Refusal> {
        match self.ledger().settle_not_sent(doubt.id, self.now()).map_err(ledger_refusal)? {
            true => Ok(()),
            false => Err(self.settled_meanwhile()),
        }
    }

    /// Declares the videos of the tasks of a take lost, so that the next build may pay for another
    /// one, and returns those tasks. It is the scene's take with that number in the plan, or else the
    /// one that the film uses.
    ///
    /// # Errors
    /// The store has a video of the take, or no task is known that could have one.
    pub fn settle_gone(&self, scene: &str, number: Option<u32>) -> Result<Vec<TaskId>, Refusal> {
        let nothing = |why: String, fix: &str| {
            let what = format!("scene `{scene}` {why}");
            Refusal::usage(Diagnostic::error("nothing-gone", what).fix(fix))
        };
        let is_meant =
            |take: &PlannedTake| number.map_or(take.roll.is_none(), |number| take.number == number);
        let mut of_scene = self.plan.takes.iter().filter(|take| take.scene.as_str() == scene);
        let planned = of_scene.find(|take| is_meant(take));
        let known = planned.and_then(|take| Some((take, take.recipe.as_ref()?, take.key?)));
        let Some((take, recipe, key)) = known else {
            let fix = "name a scene of this storyboard; one that takes a frame of another can be \
                       settled when that one is there";
            return Err(nothing("has no known request".to_string(), fix));
        };
        let mut evidence = self.project.evidence(take.position, (recipe, &key), &self.store);
        if evidence.present || evidence.other.is_some() {
            let fix = "a build uses that video at no cost; nothing was changed";
            return Err(nothing("has a video in the store".to_string(), fix));
        }
        let mut gone = Vec::new();
        while let Some(task) = evidence.newest_task().cloned() {
            self.ledger().declare_gone(&key, &task, self.now()).map_err(ledger_refusal)?;
            evidence.gone.push(task.clone());
            gone.push(task);
        }
        match gone.is_empty() {
            true => Err(nothing(
                "has no task that could have a video".to_string(),
                "a request without a reply is settled with `--task ID` or `--not-sent`",
            )),
            false => Ok(gone),
        }
    }

    fn settled_meanwhile(&self) -> Refusal {
        let what = "the request has been settled in the meantime, by another process or a callback";
        let status = self.project.options.commands.command("status", "", "");
        let fix = format!("see `{status}`; nothing was changed");
        Refusal::usage(Diagnostic::error("no-doubt", what).fix(fix))
    }
}

/// Says whether the provider does not know a task, or could not answer.
fn not_confirmed(task: &TaskId, fault: &Fault) -> Refusal {
    match fault.class {
        FaultClass::NotFound | FaultClass::InvalidParameters => {
            let what = format!("the provider does not know task `{task}`: {fault}");
            let fix = "copy the id from the provider's log page, or wait a minute if the task is \
                       new; nothing was changed";
            Refusal::usage(Diagnostic::error("unknown-task", what).fix(fix))
        }
        FaultClass::Unauthorized => {
            let what = format!(
                "the provider rejected the API key when asked about task `{task}`: {fault}"
            );
            Refusal::machine("unauthorized", what, "check the API key; nothing was changed")
        }
        _ => {
            let what = format!("the provider could not be asked about task `{task}`: {fault}");
            let fix = "run it again when the provider can be reached; nothing was changed, and \
                       until then the request is not sent again";
            Refusal::machine("unreachable", what, fix)
        }
    }
}
