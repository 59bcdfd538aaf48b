//! Gates: what a build is refused for before anything is sent.

use std::path::Path;

use crate::base::{Credits, Diagnostic};
use crate::plan::{Action, Lock, PlannedTake, Reason};
use crate::runner::exit::{Exit, Refusal};
use crate::runner::session::Session;

impl Session {
    /// Refuses a build that could cost more than its budget.
    pub fn refuse_over_budget(&self) -> Result<(), Refusal> {
        let cost = self.plan.credits_max();
        let Some(budget) = self.plan.budget.filter(|budget| cost > *budget) else {
            return Ok(());
        };
        let what = format!(
            "this build may cost {} ({}), over the budget of {budget}",
            cost.with_unit(),
            cost.dollars()
        );
        let name = self.storyboard.display();
        let scene = self.plan.takes.iter().find(|take| take.credits_max > Credits::ZERO);
        let less = scene.map_or_else(String::new, |take| {
            format!("build less (`kling-build {name} {}`), ", take.scene)
        });
        let raise = if self.project.film.budget == Some(budget) {
            "raise `budget`"
        } else {
            "raise `--budget`"
        };
        let mut reason = Diagnostic::error("over-budget", what)
            .fix(format!("{raise}, {less}or look first with `--preview`"));
        if self.project.film.budget == Some(budget)
            && let Some(place) = self.project.film.places.value(&["budget"])
        {
            reason = reason.at(place);
        }
        Err(Refusal::new(Exit::Decision, reason))
    }

    /// Refuses a build that would have to make anything: `--locked`, `--offline`.
    pub fn refuse_to_make(&self, flag: &str, allowed: &[Action]) -> Result<(), Refusal> {
        let changes = |take: &PlannedTake| {
            // Nothing is made, but it is not the film of this commit.
            flag == "--locked" && take.reasons.contains(&Reason::OtherTake)
        };
        let mut to_make =
            self.plan.takes.iter().filter(|take| !allowed.contains(&take.action) || changes(take));
        let Some(first) = to_make.next() else { return Ok(()) };
        let more = match to_make.count() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        let why: Vec<String> = first.reasons.iter().map(Reason::to_string).collect();
        let what = format!(
            "`{flag}` was given, but `{}`{more} would have to be {}",
            first.scene,
            if changes(first) { "replaced in the lock" } else { "made or downloaded" }
        );
        let reason = Diagnostic::error("not-at-hand", what)
            .note(format!("{}: {}", first.scene, why.join(", ")))
            .fix("build without it, or restore the lock and storyboard that belong together");
        Err(Refusal::new(Exit::Decision, reason))
    }
}

/// Refuses a rehearsal whose takes would replace paid ones in the lock.
pub fn refuse_to_rehearse_over_paid(lock: &Lock, path: Option<&Path>) -> Result<(), Refusal> {
    let paid = lock.scenes.iter().find(|(_, take)| {
        take.recipe.get("provider").and_then(|family| family.as_str()) == Some("kling")
    });
    let Some((scene, _)) = paid else { return Ok(()) };
    let name = path.unwrap_or(Path::new("the lock")).display();
    let what = format!(
        "`{name}` holds paid takes (`{scene}` is one), and a rehearsal against a local server \
         would replace them"
    );
    let fix = "rehearse in a copy of the project (`git worktree add ../rehearsal`), or unset \
               `KIE_API_BASE`";
    Err(Refusal::new(Exit::Decision, Diagnostic::error("rehearsal-over-paid", what).fix(fix)))
}
