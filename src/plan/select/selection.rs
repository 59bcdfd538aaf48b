//! The selection: which scenes a command applies to.
//!
//! Selectors add scenes; every flag narrows: `--exclude` removes scenes, `--changed` and `--failed`
//! keep only some of the rest.

use std::collections::BTreeSet;

use super::selector::Selector;
use crate::base::Diagnostic;
use crate::plan::graph::{Graph, Link};
use crate::plan::planner::{Plan, PlannedTake};
use crate::storyboard::Film;

/// The requested scenes.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Selectors of scenes; an empty list selects all.
    pub scenes: Vec<String>,
    /// Selectors of scenes to leave out.
    pub exclude: Vec<String>,
    /// Only scenes that a build would change.
    pub changed: bool,
    /// Only scenes without a take whose last attempt failed.
    pub failed: bool,
}

impl Selection {
    /// The positions of the scenes that the selectors match, in film order.
    ///
    /// # Errors
    /// One diagnostic for each selector that matches no scene.
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

    /// Whether the selection depends on a plan of the whole film.
    pub fn asks_for_a_plan(&self) -> bool {
        self.changed || self.failed
    }

    /// Keeps the named scenes that pass `--changed` and `--failed` in the plan of the whole film.
    pub fn narrow(&self, named: BTreeSet<usize>, whole: &Plan) -> BTreeSet<usize> {
        let keeps = |take: &&PlannedTake| {
            named.contains(&take.position)
                && (!self.changed || take.is_changed())
                && (!self.failed || take.has_failed())
        };
        whole.takes.iter().filter(keeps).map(|take| take.position).collect()
    }
}

/// The positions of exactly the scenes that selectors match. Their sources are not added:
/// generating a scene again should not charge for the scenes it depends on.
///
/// # Errors
/// One diagnostic for each selector that matches no scene.
fn named(
    film: &Film,
    graph: &Graph,
    selectors: &[String],
) -> Result<BTreeSet<usize>, Vec<Diagnostic>> {
    let mut chosen = BTreeSet::new();
    let choose = |text: &String| Selector::read(text).choose(film, graph, &mut chosen).err();
    let mistakes: Vec<Diagnostic> = selectors.iter().filter_map(choose).collect();
    if mistakes.is_empty() { Ok(chosen) } else { Err(mistakes) }
}

/// Whether a selector matches the name of a scene, where only names are known: tags and
/// dependencies do not count.
pub fn names_scene(selector: &str, name: &str) -> bool {
    Selector::read(selector).names_scene(name)
}

/// The chosen scenes and the scenes whose takes they use, in film order; they cannot be generated
/// without those.
pub fn with_needed(graph: &Graph, chosen: &BTreeSet<usize>) -> Vec<usize> {
    let chosen: Vec<usize> = chosen.iter().copied().collect();
    graph.with_sources(&chosen, |link| link == Link::Take)
}
