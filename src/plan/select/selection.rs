//! The selection: which scenes a command is about.
//!
//! Words add to one another; everything else narrows: `--exclude` takes scenes away, `--changed`
//! and `--failed` keep only some of those that are left.

use std::collections::BTreeSet;

use super::selector::Selector;
use crate::base::Diagnostic;
use crate::plan::graph::{Graph, Link};
use crate::plan::planner::{Plan, PlannedTake};
use crate::storyboard::Film;

/// Which scenes are asked for.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Selectors of scenes; none means all.
    pub scenes: Vec<String>,
    /// Selectors of scenes that are left out.
    pub exclude: Vec<String>,
    /// Only scenes that a build would do something about.
    pub changed: bool,
    /// Only scenes without a take whose last attempt has failed.
    pub failed: bool,
}

impl Selection {
    /// The positions of the scenes that the words name, in film order.
    ///
    /// # Errors
    /// One diagnostic for each selector that names no scene.
    pub fn named(&self, film: &Film, graph: &Graph) -> Result<BTreeSet<usize>, Vec<Diagnostic>> {
        let chosen = match self.scenes.is_empty() {
            true => Ok((0..film.scenes.len()).collect()),
            false => named(film, graph, &self.scenes),
        };
        match (chosen, named(film, graph, &self.exclude)) {
            (Ok(chosen), Ok(excluded)) => Ok(&chosen - &excluded),
            (chosen, excluded) => {
                let mistakes = chosen.err().into_iter().chain(excluded.err());
                Err(mistakes.flatten().collect())
            }
        }
    }

    /// Whether only a plan of the whole film can tell what is meant.
    pub fn asks_for_a_plan(&self) -> bool {
        self.changed || self.failed
    }

    /// Keeps those of the named scenes that the plan of the whole film lets through.
    pub fn narrow(&self, named: BTreeSet<usize>, whole: &Plan) -> BTreeSet<usize> {
        let keeps = |take: &&PlannedTake| {
            named.contains(&take.position)
                && (!self.changed || take.is_changed())
                && (!self.failed || take.has_failed())
        };
        whole.takes.iter().filter(keeps).map(|take| take.position).collect()
    }
}

/// The positions of the scenes that selectors name, and of no others: whoever has one made again
/// does not want to pay for those that feed it.
///
/// # Errors
/// One diagnostic for each selector that names no scene.
pub fn named(
    film: &Film,
    graph: &Graph,
    selectors: &[String],
) -> Result<BTreeSet<usize>, Vec<Diagnostic>> {
    let mut chosen = BTreeSet::new();
    let choose = |text: &String| Selector::read(text).choose(film, graph, &mut chosen).err();
    let mistakes: Vec<Diagnostic> = selectors.iter().filter_map(choose).collect();
    if mistakes.is_empty() { Ok(chosen) } else { Err(mistakes) }
}

/// The chosen scenes and those whose frames they take, in film order: without them they cannot be
/// made.
pub fn with_needed(graph: &Graph, chosen: &BTreeSet<usize>) -> Vec<usize> {
    let chosen: Vec<usize> = chosen.iter().copied().collect();
    graph.with_sources(&chosen, |link| link == Link::Frame)
}
