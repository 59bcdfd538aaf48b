//! Planning: turns the requests of the command line into the plan of the chosen scenes.

use std::collections::BTreeSet;

use crate::base::Diagnostic;
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
        // What is drawn is the same each time.
        scenes: chosen
            .iter()
            .map(|at| project.scene(*at))
            .filter(|scene| !scene.scene_type().is_drawn())
            .map(|scene| scene.id.clone())
            .collect(),
        count,
        seed,
    });
    let narrows = options.selection.asks_for_a_plan();
    let first = match narrows {
        true => (0..project.film.scenes.len()).collect(),
        false => with_needed(&project.graph, &chosen),
    };
    let mut plan =
        following_renames(project, &first, &chosen, storyboard, store).map_err(ledger_refusal)?;
    if narrows {
        chosen = options.selection.narrow(chosen, &plan);
        plan = Plan::of(project, &with_needed(&project.graph, &chosen), &chosen, store);
    }
    if let Some(seed) = options.reroll.and_then(|rolls| rolls.seed) {
        refuse_unfit_seed(project, &plan, &chosen, seed)?;
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
    chosen: &BTreeSet<usize>,
    storyboard: &str,
    store: &LocalStore,
) -> Result<Plan, LedgerError> {
    let plan = Plan::of(project, scenes, chosen, store);
    let as_locked = plan.takes.iter().all(PlannedTake::is_as_locked);
    let is_settled = as_locked && project.has_the_names_of_its_lock();
    let ledger = &store.ledger;
    let profile = project.film.profile_name().to_string();
    if is_settled || (project.lock.scenes.is_empty() && !ledger.has_sent(storyboard)?) {
        return Ok(plan);
    }
    Ok(match follow_renames(project, || ledger.sent_for(storyboard, &profile))? {
        true => Plan::of(project, scenes, chosen, store),
        false => plan,
    })
}

/// Refuses a seed for another take that the model of a scene does not take, or that a take of the
/// scene has already.
///
/// # Errors
/// The first such scene.
fn refuse_unfit_seed(
    project: &Project,
    plan: &Plan,
    chosen: &BTreeSet<usize>,
    seed: u32,
) -> Result<(), Refusal> {
    for at in chosen {
        let (scene, model) = (&project.scene(*at).id, project.model(*at));
        let is_planned = plan.takes.iter().any(|take| {
            take.position == *at && take.roll.is_some_and(|roll| roll.seed == Some(seed))
        });
        let reason = match model.seeds {
            None => Diagnostic::error("wrong-seed", format!("`{}` does not take a seed", model.id))
                .fix("leave `--seed` out: its takes differ by themselves"),
            Some((least, most)) if !(least..=most).contains(&seed) => {
                Diagnostic::error("wrong-seed", format!("seed `{seed}` is not valid"))
                    .fix(format!("give a whole number from {least} to {most}"))
            }
            Some(_) if !is_planned => {
                let what = format!("`{scene}` has a take with seed {seed} already");
                let takes = project.options.commands.command("takes", scene.as_str(), "");
                let fix = format!("`{takes}` lists it; another seed makes more");
                Diagnostic::error("seed-taken", what).fix(fix)
            }
            Some(_) => continue,
        };
        return Err(Refusal::usage(reason));
    }
    Ok(())
}
