//! Planning: turns the requests of the command line into the plan of the chosen scenes.

use crate::plan::{Plan, PlannedTake, Project, Reroll, follow_renames, with_needed};
use crate::runner::exit::{Exit, Refusal};
use crate::runner::options::{Options, Rolls};
use crate::runner::store_access::{LocalStore, ledger_refusal};
use crate::store::LedgerError;

/// Plans the selected scenes, with the takes that renamed scenes had under their earlier names.
/// `storyboard` is its name in the ledger.
///
/// # Errors
/// One diagnostic for each selector that matches no scene; or the ledger cannot be searched.
pub fn plan(
    project: &mut Project,
    options: &Options,
    storyboard: &str,
    store: &LocalStore,
) -> Result<Plan, Refusal> {
    let selected = options.selection.named(&project.film, &project.graph);
    let mut chosen = selected.map_err(|diagnostics| Refusal { exit: Exit::Usage, diagnostics })?;
    project.options.reroll = options.reroll.map(|Rolls { count, seed }| Reroll {
        scenes: chosen.iter().map(|at| project.scene(*at).id.clone()).collect(),
        count,
        seed,
    });
    let narrows = options.selection.asks_for_a_plan();
    let first = match narrows {
        true => (0..project.film.scenes.len()).collect(),
        false => with_needed(&project.graph, &chosen),
    };
    let mut plan = following_renames(project, &first, storyboard, store).map_err(ledger_refusal)?;
    if narrows {
        chosen = options.selection.narrow(chosen, &plan);
        plan = Plan::make(project, &with_needed(&project.graph, &chosen), store);
    }
    plan.say_who_needs(project, &chosen);
    plan.budget = plan.budget.into_iter().chain(options.budget).min();
    Ok(plan)
}

/// Plans scenes, and plans again with the earlier takes if some scenes were renamed.
///
/// # Errors
/// The ledger cannot be searched: a build that does not know what is running could pay for it
/// again.
fn following_renames(
    project: &mut Project,
    scenes: &[usize],
    storyboard: &str,
    store: &LocalStore,
) -> Result<Plan, LedgerError> {
    let plan = Plan::make(project, scenes, store);
    let as_locked = plan.takes.iter().all(PlannedTake::is_as_locked);
    let is_settled = as_locked && project.has_the_names_of_its_lock();
    let ledger = &store.ledger;
    if is_settled || (project.lock.scenes.is_empty() && !ledger.has_sent(storyboard)?) {
        return Ok(plan);
    }
    Ok(match follow_renames(project, || ledger.sent_for(storyboard))? {
        true => Plan::make(project, scenes, store),
        false => plan,
    })
}
