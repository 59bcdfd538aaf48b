//! The survey: a look at a template and all partials it uses, before it is rendered.

use std::collections::BTreeSet;

use super::anatomy::Anatomy;
use super::names::Names;
use super::partials::Partials;
use super::trouble::{Trouble, too_much};

/// Work that one template may do, in elements rendered.
const TEMPLATE_WORK_MAX: u64 = 200_000;

/// What a survey needs to know.
#[derive(Clone, Copy)]
pub(super) struct Ground<'e> {
    /// What templates can speak of.
    pub names: &'e Names,
    /// What they can use.
    pub partials: &'e Partials,
    /// The longest list or map in the variables: the most that a loop can run.
    pub longest: u64,
    /// What copying all variables costs, in elements.
    pub copying: u64,
}

/// What a survey finds.
pub(super) struct Found {
    /// The names that the template and its partials use.
    pub roots: BTreeSet<String>,
    /// How many elements rendering it visits, at most.
    pub work: u64,
    /// What is wrong, if anything is.
    pub trouble: Option<Trouble>,
}

/// Looks at a template and all partials it uses.
pub(super) fn survey(ground: Ground<'_>, anatomy: &Anatomy, text: &str) -> Found {
    let mut survey =
        Survey { ground, trouble: Trouble::default(), is_silent: false, roots: BTreeSet::new() };
    let work = survey.visit(anatomy, None, &BTreeSet::new(), false, &mut Vec::new());
    let Survey { mut trouble, is_silent, roots, .. } = survey;
    if work > TEMPLATE_WORK_MAX {
        trouble.own.push(too_much(text));
    }
    let is_wrong = is_silent || !trouble.own.is_empty() || !trouble.partials.is_empty();
    Found { roots, work, trouble: is_wrong.then_some(trouble) }
}

struct Survey<'e> {
    ground: Ground<'e>,
    trouble: Trouble,
    /// It uses something that was reported already.
    is_silent: bool,
    roots: BTreeSet<String>,
}

impl Survey<'_> {
    /// Gathers mistakes and names; returns the work that rendering does at most.
    fn visit(
        &mut self,
        anatomy: &Anatomy,
        partial: Option<&str>,
        given: &BTreeSet<String>,
        is_local: bool,
        path: &mut Vec<String>,
    ) -> u64 {
        let Ground { names, partials, longest, copying } = self.ground;
        let mut mistakes = anatomy.mistakes.clone();
        mistakes.extend(names.check(anatomy, given, is_local));
        self.is_silent |= names.uses_broken(anatomy);
        self.roots.extend(anatomy.roots().map(str::to_string));
        let times = |loops: usize| longest.saturating_pow(loops as u32);
        let mut work = 0u64;
        for (loops, elements) in anatomy.elements.iter().enumerate() {
            work = work.saturating_add(elements.saturating_mul(times(loops)));
        }
        for call in &anatomy.calls {
            let name = &call.partial;
            let Some(called) = partials.get(name) else {
                let is_variable = names.vars.contains_key(name);
                mistakes.push(partials.unknown(name, call.range.clone(), is_variable));
                continue;
            };
            if called.is_in_ring || path.contains(name) {
                self.is_silent = true;
                continue;
            }
            // A chain of partials that each use the next twice doubles with each link.
            if work > TEMPLATE_WORK_MAX {
                break;
            }
            path.push(name.clone());
            let mut gives = given.clone();
            gives.extend(call.gives.iter().cloned());
            let local = is_local || call.is_local;
            let inner = self.visit(&called.compiled.anatomy, Some(name), &gives, local, path);
            path.pop();
            let inner = inner.saturating_add(copying);
            work = work.saturating_add(inner.saturating_mul(times(call.loops)));
        }
        match partial {
            None => self.trouble.own.extend(mistakes),
            Some(name) => {
                for mistake in mistakes {
                    let found = (name.to_string(), mistake);
                    if !self.trouble.partials.contains(&found) {
                        self.trouble.partials.push(found);
                    }
                }
            }
        }
        work
    }
}
