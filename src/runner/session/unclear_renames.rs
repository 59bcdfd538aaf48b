//! Unclear renames: scenes that may be renamed earlier ones, where only the author knows.

use std::collections::HashSet;

use crate::base::{Diagnostic, Place, SceneId, Warning};
use crate::plan::{Action, Plan, Project, SubmissionOutcome, UnclearRename};
use crate::runner::exit::{Exit, Refusal};

/// How many earlier names a message lists.
const NAMES_SHOWN: usize = 4;

/// The scenes that a build would pay for although they may be earlier ones, in film order.
fn unclear<'a>(project: &'a Project, plan: &Plan) -> Vec<(&'a UnclearRename, &'a SceneId)> {
    let pays = |action: &Action| matches!(action, Action::Generate(_) | Action::Wait { .. });
    let paid: HashSet<usize> =
        plan.takes.iter().filter(|take| pays(&take.action)).map(|take| take.position).collect();
    let renames = project.unclear_renames().iter();
    let mut unclear: Vec<(usize, &UnclearRename)> =
        renames.flat_map(|one| one.positions.iter().map(move |at| (*at, one))).collect();
    unclear.retain(|(at, _)| paid.contains(at));
    unclear.sort_by_key(|(at, _)| *at);
    unclear.into_iter().map(|(at, one)| (one, &project.scene(at).id)).collect()
}

/// Lists the candidates of each scene and what to write, once for each scene as written.
pub fn warnings(project: &Project, plan: &Plan) -> Vec<Diagnostic> {
    let mut seen: HashSet<usize> = HashSet::new();
    let mut warnings = Vec::new();
    for (unclear, scene) in unclear(project, plan) {
        let place = project.film.place_of_scene(scene);
        if !place.as_ref().is_none_or(|place| seen.insert(place.span.start)) {
            continue;
        }
        let message = format!("scene `{scene}` may be {} under a new name", listed(unclear));
        let label = match advice(project, unclear, scene, place.as_ref()) {
            Some(was) => {
                format!("if it is, write `was: {was}`; otherwise it is paid as a new scene")
            }
            None => "it is paid as a new scene; to keep a take, rename one scene for each build"
                .to_string(),
        };
        let mut warning = Diagnostic::warning(Warning::UnclearRename, message).label(label);
        warning.place = place;
        warning.notes.extend(running(unclear));
        warnings.push(warning);
    }
    warnings
}

/// Refuses to pay for a scene whose request may be running under an earlier name.
pub fn refuse_unclear_renames(project: &Project, plan: &Plan) -> Result<(), Refusal> {
    let unclear = unclear(project, plan);
    let pending = unclear.into_iter().find(|(unclear, _)| !unclear.pending.is_empty());
    let Some((unclear, scene)) = pending else { return Ok(()) };
    let message = format!(
        "scene `{scene}` may already be running as {}, so it was not sent",
        listed(unclear)
    );
    let place = project.film.place_of_scene(scene);
    let was = advice(project, unclear, scene, place.as_ref());
    let write = was.map_or_else(String::new, |was| format!("write `was: {was}` there, or "));
    let mut reason = Diagnostic::error(Warning::UnclearRename.code(), message)
        .fix(format!("{write}give it a `seed` of its own if it is a new scene, to be paid for"));
    reason.place = place;
    reason.notes.extend(running(unclear));
    Err(Refusal::new(Exit::Decision, reason))
}

fn listed(unclear: &UnclearRename) -> String {
    let shown: Vec<String> =
        unclear.names.iter().take(NAMES_SHOWN).map(|name| format!("`{name}`")).collect();
    match unclear.names.len().saturating_sub(NAMES_SHOWN) {
        0 => shown.join(" or "),
        more => format!("{} or {more} more", shown.join(", ")),
    }
}

/// How each request that may be running can be identified.
fn running(unclear: &UnclearRename) -> impl Iterator<Item = String> {
    unclear.pending.iter().map(|(name, outcome)| match outcome {
        SubmissionOutcome::Open(task) => format!("task {task}, sent for `{name}`, is still open"),
        _ => format!("a request for `{name}` was sent without an answer and may be running"),
    })
}

/// What to write after `was:`, if a candidate can be taken over: a name without row and variant if
/// the scene has them.
fn advice(
    project: &Project,
    unclear: &UnclearRename,
    scene: &SceneId,
    place: Option<&Place>,
) -> Option<String> {
    let place = place?;
    let written = &place.source.text()[place.span.start..place.span.end];
    let parts = scene.as_str().strip_prefix(written)?;
    let is_gone = |name: &&SceneId| project.film.scene(name).is_none();
    let mut names = unclear.names.iter().filter(is_gone);
    names.find_map(|name| Some(name.as_str().strip_suffix(parts)?.to_string()))
}
