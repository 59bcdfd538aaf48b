//! The status: each scene's locked take and running task, and the doubts that a person must settle.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::doubt::doubts;
use crate::base::text::{clean, shorten};
use crate::base::{Credits, Digest, Key, Moment, ProfileId, SceneId, Tag, TaskId};
use crate::plan::{ActionWord, Listing, Lock, LockedScene, Plan, Project, SubmissionOutcome};
use crate::report::format::style::TermStyle;
use crate::report::format::table::{Cell, Column, Table};
use crate::report::plan::table::totals;
use crate::store::LedgerRow;

/// The version of the document that this program writes.
pub const STATUS_VERSION: u32 = 1;
/// The widest reason in columns of the terminal.
const WHY_MAX: usize = 76;

/// The status for people.
///
/// `unsettled` are the ledger's submissions for this storyboard with an unknown end. Each one in
/// doubt is printed with the commands that settle it, even if its scene no longer exists. `lock` is
/// the whole lock: drafts are shown beside the takes.
pub fn status_table(
    plan: &Plan,
    project: &Project,
    lock: &Lock,
    unsettled: &[LedgerRow],
    color: bool,
) -> String {
    let drafts = drafts(lock, project);
    let before = [Column::left("SCENE").at_least(8), Column::left("TAKE")];
    let between = (!drafts.is_empty()).then(|| Column::left("DRAFT"));
    let after = [Column::left("VIDEO"), Column::left("ACTION").at_least(8), Column::left("WHY")];
    let mut table = Table::new(before.into_iter().chain(between).chain(after));
    for take in plan.scenes() {
        let locked = project.locked(take.position);
        let number = locked.map_or("–".to_string(), |locked| locked.take.to_string());
        let video = locked.map_or("–".to_string(), |locked| locked.artifact.short());
        let mut reasons =
            take.reasons.iter().map(|reason| shorten(&clean(&reason.to_string()), WHY_MAX));
        let before = [Cell::new(take.scene.as_str()), Cell::new(number)];
        let between = (!drafts.is_empty()).then(|| {
            let of_profile = |(profile, scenes): &(&ProfileId, &BTreeMap<SceneId, LockedScene>)| {
                let picked = scenes.get(&take.scene)?.picked_take()?;
                Some(format!("{profile} {}", picked.take))
            };
            let there: Vec<String> = drafts.iter().filter_map(of_profile).collect();
            Cell::new(if there.is_empty() { "–".to_string() } else { there.join(", ") })
        });
        let after = [
            Cell::new(video),
            Cell::new(take.word().as_str()).tone(TermStyle::of(take.word())),
            Cell::new(reasons.next().unwrap_or_default()),
        ];
        table.row(before.into_iter().chain(between).chain(after));
        for reason in reasons {
            let before = std::iter::repeat_n(Cell::default(), 4 + usize::from(!drafts.is_empty()));
            table.row(before.chain([Cell::new(reason)]));
        }
    }
    let mut text = table.print(color);
    text.push_str(&totals(plan, project));
    text.push('\n');
    for row in unsettled {
        text.extend(open_elsewhere(plan, row));
    }
    text.push_str(&doubts(unsettled, &project.options.commands));
    text
}

/// The scenes of each profile, if the status is about the film itself.
fn drafts<'a>(
    lock: &'a Lock,
    project: &Project,
) -> Vec<(&'a ProfileId, &'a BTreeMap<SceneId, LockedScene>)> {
    match project.film.profile {
        Some(_) => Vec::new(),
        None => lock.profiles.iter().collect(),
    }
}

/// A task that no planned take continues: its scene was removed or has changed.
fn open_elsewhere(plan: &Plan, row: &LedgerRow) -> Option<String> {
    let SubmissionOutcome::Open(task) = &row.submission.outcome else { return None };
    let followed = plan.takes.iter().any(|take| take.action.task() == Some(task));
    (!followed).then(|| {
        format!(
            "note: task {} is still open for an earlier `{}`; `kling-build salvage` fetches its video\n",
            clean(task.as_str()),
            clean(&row.scene),
        )
    })
}

/// The status as data: what `status --json` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StatusDocument {
    /// The version of this document's form.
    version: u32,
    /// The storyboard's path, as it was given.
    storyboard: String,
    /// One entry for each scene, in film order.
    scenes: Vec<SceneStatus>,
    /// The submissions with an unknown end, oldest first.
    unsettled: Vec<UnsettledDocument>,
}

/// The status of a scene.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct SceneStatus {
    /// The scene.
    scene: SceneId,
    /// Its tags.
    tags: BTreeSet<Tag>,
    /// Which rendition is locked, from 1, if any.
    take: Option<u32>,
    /// The SHA-256 of the locked video.
    artifact: Option<Digest>,
    /// The number of its take under each profile, by the profile's name.
    drafts: BTreeMap<ProfileId, u32>,
    /// What a build would do about it.
    action: ActionWord,
    /// Why, in words.
    reasons: Vec<String>,
    /// The provider's task, if there is one.
    task: Option<TaskId>,
}

/// A submission with an unknown end.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Unsettled")]
struct UnsettledDocument {
    /// Its number, for `settle --doubt`.
    number: i64,
    /// The scene it was made for.
    scene: String,
    /// The key of its recipe.
    key: Key,
    /// When it was sent.
    sent_at: Moment,
    /// The provider's task; null if the submission is in doubt.
    task: Option<TaskId>,
    /// Whether it is in doubt, so that a person must settle it.
    in_doubt: bool,
    /// Its maximum cost.
    credits_max: Credits,
    /// What arrived instead of an answer.
    message: Option<String>,
    /// The complete recipe, as the lock writes it.
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    recipe: Listing,
}

impl StatusDocument {
    /// Converts the status. `storyboard` is the path as the user gave it.
    pub fn of(
        plan: &Plan,
        project: &Project,
        lock: &Lock,
        unsettled: &[LedgerRow],
        storyboard: &str,
    ) -> StatusDocument {
        let drafts = drafts(lock, project);
        let scenes = plan.scenes().map(|take| {
            let locked = project.locked(take.position);
            SceneStatus {
                scene: take.scene.clone(),
                tags: project.scene(take.position).tags.clone(),
                take: locked.map(|locked| locked.take),
                artifact: locked.map(|locked| locked.artifact),
                drafts: drafts
                    .iter()
                    .filter_map(|(profile, scenes)| {
                        Some(((*profile).clone(), scenes.get(&take.scene)?.picked?))
                    })
                    .collect(),
                action: take.word(),
                reasons: take.reasons.iter().map(|reason| clean(&reason.to_string())).collect(),
                task: take.action.task().cloned(),
            }
        });
        let unsettled = unsettled.iter().map(|row| UnsettledDocument {
            number: row.id,
            scene: row.scene.clone(),
            key: row.key,
            sent_at: row.submission.intended_at,
            task: match &row.submission.outcome {
                SubmissionOutcome::Open(task) | SubmissionOutcome::Finished { task, .. } => {
                    Some(task.clone())
                }
                SubmissionOutcome::Doubt
                | SubmissionOutcome::Failed(_)
                | SubmissionOutcome::NotAccepted => None,
            },
            in_doubt: row.submission.outcome == SubmissionOutcome::Doubt,
            credits_max: row.credits_max,
            message: row.message.clone(),
            recipe: row.recipe.clone(),
        });
        StatusDocument {
            version: STATUS_VERSION,
            storyboard: storyboard.to_string(),
            scenes: scenes.collect(),
            unsettled: unsettled.collect(),
        }
    }

    /// The document as JSON text, with a newline at the end.
    pub fn print(&self) -> String {
        crate::report::format::json::pretty(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::FilmCommands;
    use crate::plan::Submission;
    use crate::report::fixture::{self, NOW};

    fn row(scene: &str, outcome: SubmissionOutcome, message: Option<&str>) -> LedgerRow {
        LedgerRow {
            api: crate::catalog::Dialect::Kling,
            id: 1,
            key: Key(Digest::of(scene.as_bytes())),
            scene: scene.into(),
            storyboard: "film.yaml".into(),
            credits_max: Credits::whole(50),
            submission: Submission { intended_at: NOW, outcome },
            message: message.map(str::to_string),
            recipe: fixture::odd().0.recipe(1, &|_| None).unwrap().listing(),
        }
    }

    fn unsettled() -> Vec<LedgerRow> {
        vec![
            row("doubtful", SubmissionOutcome::Doubt, Some("the connection\u{7} was reset")),
            row("gone", SubmissionOutcome::Doubt, None),
            row("gone", SubmissionOutcome::Open(TaskId::new("kling_old")), None),
        ]
    }

    #[test]
    fn shows_takes_tasks_and_doubts() {
        let (mut project, plan) = fixture::odd();
        project.options.commands = FilmCommands::new("film.yaml", []);
        let text = status_table(&plan, &project, &project.lock, &unsettled(), false);
        // Times are shown in the reader's time zone.
        insta::assert_snapshot!(text.replace(&NOW.local_date_time(), "2026-03-01 14:02:10"));
    }

    #[test]
    fn task_that_continues_has_no_note() {
        let (project, plan) = fixture::harbor();
        let open = row("title", SubmissionOutcome::Open(TaskId::new("kling_8f31c2")), None);
        let text = status_table(&plan, &project, &project.lock, &[open], false);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn prints_json() {
        let (project, plan) = fixture::odd();
        let text =
            StatusDocument::of(&plan, &project, &project.lock, &unsettled(), "film.yaml").print();
        insta::assert_snapshot!(text.replace(&NOW.local_date_time(), "2026-03-01 14:02:10"));
    }
}
