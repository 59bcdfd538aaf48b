//! The plan as data: `plan --json` prints it, and `schemas/plan.schema.json` describes it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::text::clean;
use crate::base::{Credits, Digest, Key, SceneId, Tag, TaskId};
use crate::catalog::{ModelId, SceneType};
use crate::plan::{ActionWord, Plan, PlannedTake, Project, ProviderFamily, Reason};

/// The version of the document that this program writes.
pub const PLAN_VERSION: u32 = 1;

/// What a build would do, as data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlanDocument {
    /// The version of this document's form.
    version: u32,
    /// The storyboard's path, as it was given.
    storyboard: String,
    /// The storyboard's title, if it has one.
    title: Option<String>,
    /// Who makes the takes.
    provider: ProviderFamily,
    /// One entry for each chosen scene, in film order, each followed by the scene's other takes.
    takes: Vec<PlannedTakeDocument>,
    /// How many there are of each action, and what they cost together.
    totals: PlanTotals,
}

/// What a build would do about one scene.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "PlannedTake")]
struct PlannedTakeDocument {
    /// The scene.
    scene: SceneId,
    /// The number of the take in the lock.
    take: u32,
    /// Whether it is another take than the one that the film uses.
    other: bool,
    /// Its tags.
    tags: BTreeSet<Tag>,
    /// The scene's type.
    #[serde(rename = "type")]
    scene_type: SceneType,
    /// The model that makes it.
    model: ModelId,
    /// What would be done.
    action: ActionWord,
    /// Why, the most important reason first.
    reasons: Vec<PlanReason>,
    /// The most it can cost from now on.
    credits_max: Credits,
    /// The same in US dollars.
    dollars_max: f64,
    /// The length of its video in seconds, if it is known.
    seconds: f64,
    /// Whether the voice's length, and so the price, is assumed to be the longest possible.
    voice_length_assumed: bool,
    /// The key of its recipe; null while it waits for bytes.
    key: Option<Key>,
    /// The seed, if the model uses one.
    seed: Option<u32>,
    /// The provider's task, if there is one.
    task: Option<TaskId>,
    /// The SHA-256 of its video, if it is known.
    artifact: Option<Digest>,
}

/// One reason for an action: in words, and as data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct PlanReason {
    /// The reason in words.
    text: String,
    /// The reason as data.
    #[serde(flatten)]
    reason: Reason,
}

/// The totals of a plan.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct PlanTotals {
    /// How many scenes.
    scenes: usize,
    /// How many are up to date.
    reuse: usize,
    /// How many have the take of another scene of this build.
    same: usize,
    /// How many are downloaded again for free.
    restore: usize,
    /// How many tasks are open and will be resumed.
    resume: usize,
    /// How many are to be made.
    generate: usize,
    /// How many depend on bytes not made yet.
    wait: usize,
    /// How many need a decision.
    ask: usize,
    /// The most that the build can cost.
    credits_max: Credits,
    /// The same in US dollars.
    dollars_max: f64,
    /// The budget, if there is one.
    budget: Option<Credits>,
    /// Whether the build could exceed the budget and is therefore refused.
    over_budget: bool,
}

impl PlanDocument {
    /// Converts a plan. `storyboard` is the path as the user gave it.
    pub fn of(plan: &Plan, project: &Project, storyboard: &str) -> PlanDocument {
        PlanDocument {
            version: PLAN_VERSION,
            storyboard: storyboard.to_string(),
            title: project.film.title.clone(),
            provider: project.options.provider.family(),
            takes: plan.takes.iter().map(|take| take_document(take, project)).collect(),
            totals: PlanTotals {
                scenes: plan.scenes().count(),
                reuse: plan.count(ActionWord::Reuse),
                same: plan.count(ActionWord::Same),
                restore: plan.count(ActionWord::Restore),
                resume: plan.count(ActionWord::Resume),
                generate: plan.count(ActionWord::Generate),
                wait: plan.count(ActionWord::Wait),
                ask: plan.count(ActionWord::Ask),
                credits_max: plan.credits_max(),
                dollars_max: plan.credits_max().as_dollars(),
                budget: plan.budget,
                over_budget: plan.budget.is_some_and(|budget| plan.credits_max() > budget),
            },
        }
    }

    /// The document as JSON text, with a newline at the end.
    pub fn print(&self) -> String {
        crate::report::format::json::pretty(self)
    }
}

fn take_document(take: &PlannedTake, project: &Project) -> PlannedTakeDocument {
    let scene = project.scene(take.position);
    PlannedTakeDocument {
        scene: take.scene.clone(),
        take: take.number,
        other: take.roll.is_some(),
        tags: scene.tags.clone(),
        scene_type: scene.scene_type(),
        model: scene.model.clone(),
        action: take.word(),
        reasons: take
            .reasons
            .iter()
            .map(|reason| PlanReason { text: clean(&reason.to_string()), reason: reason.clone() })
            .collect(),
        credits_max: take.credits_max,
        dollars_max: take.credits_max.as_dollars(),
        seconds: project.seconds(take.position),
        voice_length_assumed: project.voice_length_assumed(take.position),
        key: take.key,
        seed: match &take.recipe {
            Some(recipe) => recipe.seed,
            None => take.roll.map_or_else(|| project.seed(take.position), |roll| roll.seed),
        },
        task: take.action.task().cloned(),
        artifact: take.artifact,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{self, NOW};

    #[test]
    fn holds_what_the_table_holds() {
        let (project, plan) = fixture::harbor();
        insta::assert_snapshot!(PlanDocument::of(&plan, &project, "storyboard.yaml").print());
    }

    #[test]
    fn every_kind_of_reason_is_in_the_data() {
        let (project, plan) = fixture::odd();
        let document = PlanDocument::of(&plan, &project, "film.yaml").print();
        let local = NOW.local_date_time();
        insta::assert_snapshot!(document.replace(&local, "2026-03-01 14:02:10"));
    }
}
