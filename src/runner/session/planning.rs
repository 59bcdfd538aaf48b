//! Planning: from what the command line asks for to the plan of the chosen scenes.

use crate::base::Diagnostic;
use crate::plan::{ActionWord, Listing, Plan, Project, Reason, Sent, named, with_needed};
use crate::runner::options::Options;
use crate::runner::store_access::LocalStore;

/// Plans the scenes that are asked for, with the takes that renamed scenes had under their earlier
/// names. `storyboard` is what the ledger calls it.
///
/// # Errors
/// One diagnostic for each selector that names no scene.
pub fn plan(
    project: &mut Project,
    options: &Options,
    storyboard: &str,
    store: &LocalStore,
) -> Result<Plan, Vec<Diagnostic>> {
    let selected = options.selection.named(&project.film, &project.graph);
    let forced = named(&project.film, &project.graph, &options.force);
    let (mut chosen, forced) = match (selected, forced) {
        (Ok(chosen), Ok(forced)) => (chosen, forced),
        (selected, forced) => {
            let mistakes = selected.err().into_iter().chain(forced.err());
            return Err(mistakes.flatten().collect());
        }
    };
    project.options.forced = forced.into_iter().map(|at| project.scene(at).id.clone()).collect();
    let narrows = options.selection.asks_for_a_plan();
    let first = match narrows {
        true => (0..project.film.scenes.len()).collect(),
        false => with_needed(&project.graph, &chosen),
    };
    let mut plan = following_renames(project, &first, storyboard, store);
    if narrows {
        chosen = options.selection.narrow(chosen, &plan);
        plan = Plan::make(project, &with_needed(&project.graph, &chosen), store);
    }
    plan.say_who_needs(project, &chosen);
    plan.budget = plan.budget.into_iter().chain(options.budget).min();
    Ok(plan)
}

/// Plans scenes, and again with their takes of before where some were renamed.
fn following_renames(
    project: &mut Project,
    scenes: &[usize],
    storyboard: &str,
    store: &LocalStore,
) -> Plan {
    let plan = Plan::make(project, scenes, store);
    let ledger = &store.ledger;
    let as_locked =
        plan.takes.iter().all(|take| take.action.is_reuse() && take.reasons == [Reason::Locked]);
    let is_settled = as_locked && project.has_the_names_of_its_lock();
    let has_past =
        || !project.lock.scenes.is_empty() || ledger.has_sent(storyboard).unwrap_or(true);
    if is_settled || !has_past() {
        return plan;
    }
    let sent = |recipe: &Listing| -> Vec<Sent> {
        ledger.sent_like(storyboard, recipe).unwrap_or_else(|error| {
            // Without the ledger every key is in doubt, so nothing is paid over this.
            tracing::error!(%error, "the ledger cannot be read");
            Vec::new()
        })
    };
    match project.follow_renames(store, &sent) {
        true => Plan::make(project, scenes, store),
        false => plan,
    }
}
