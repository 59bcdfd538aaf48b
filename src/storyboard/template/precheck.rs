//! The precheck: examines a template and all partials it uses before it is rendered.

use std::collections::BTreeSet;
use std::ops::Range;

use super::compiled::Compiled;
use super::errors::{RenderFailure, TemplateProblem, UsedPartial, too_much};
use super::names::TemplateNames;
use super::partials::Partials;
use super::references::{Guard, PartialCall, TemplateParts};
use super::scene_values::SceneValueUse;
use crate::storyboard::text::suggestions::{closest, list};

/// The most work of one template, in rendered elements.
const TEMPLATE_WORK_MAX: u64 = 200_000;
/// The maximum nesting of partials; rendering recurses as deep.
const DEPTH_MAX: usize = 100;
/// Bytes of copied values that count as one element; handlebars copies values for each partial.
const COPIED_BYTES: u64 = 4_096;

/// The input of a precheck.
#[derive(Clone, Copy)]
pub(super) struct PrecheckInput<'e> {
    /// The names that templates can use.
    pub names: &'e TemplateNames,
    /// The partials that templates can use.
    pub partials: &'e Partials,
}

impl PrecheckInput<'_> {
    /// Arguments of a call that its partial does not use: each with the error, and with the name
    /// that was probably meant.
    fn needless(
        &self,
        call: &PartialCall,
        called: &Compiled,
    ) -> Vec<(TemplateProblem, Option<String>)> {
        let mut uses = BTreeSet::new();
        if call.gives.is_empty() || !called.anatomy.mistakes.is_empty() {
            return Vec::new();
        }
        gather_roots(self.partials, &called.anatomy, &mut uses, &mut BTreeSet::new(), 0);
        // Such a partial passes on everything that it receives.
        if uses.iter().any(|name| name.is_empty() || name == "this" || name == "vars") {
            return Vec::new();
        }
        let is_open = |name: &&String| {
            !call.gives.contains_key(*name) && !self.names.is_known(name) && !name.starts_with('@')
        };
        let open: Vec<&str> = uses.iter().filter(is_open).map(String::as_str).collect();
        let needless = call.gives.iter().filter(|(name, _)| !uses.contains(*name));
        let mistake = |(name, range): (&String, &Range<usize>)| {
            let meant = closest(name, open.iter().copied());
            let label = match (meant, open.as_slice()) {
                (Some(meant), _) => format!("did you mean `{meant}`?"),
                (None, []) => "remove it".to_string(),
                (None, open) => format!("it needs {}", list(open)),
            };
            let message = format!("the partial `{}` does not use `{name}`", call.partial);
            let code = "unknown-parameter";
            (
                TemplateProblem { code, message, label, range: range.clone() },
                meant.map(str::to_string),
            )
        };
        needless.map(mistake).collect()
    }
}

/// The result of a precheck.
pub(super) struct PrecheckResult {
    /// The names that the template and its partials use.
    pub roots: BTreeSet<String>,
    /// The partials that it uses, directly or through others.
    pub partials: BTreeSet<String>,
    /// The values of rows and variants that they use.
    pub given: Vec<SceneValueUse>,
    /// The most elements that rendering visits.
    pub work: u64,
    /// The errors, if there are any.
    pub trouble: Option<RenderFailure>,
}

/// Checks a template and all partials it uses.
pub(super) fn survey(
    ground: PrecheckInput<'_>,
    anatomy: &TemplateParts,
    text: &str,
) -> PrecheckResult {
    let mut roots = BTreeSet::new();
    let mut used = BTreeSet::new();
    gather_roots(ground.partials, anatomy, &mut roots, &mut used, 0);
    let partials = used.into_iter().map(str::to_string).collect();
    let sizes = ground.names.sizes(&roots);
    let mut survey = Precheck {
        ground,
        longest: sizes.longest.max(1),
        copying: sizes.bytes / COPIED_BYTES,
        trouble: RenderFailure::default(),
        is_silent: false,
        given: Vec::new(),
    };
    let around = Enclosing { within: None, given: &BTreeSet::new(), is_local: false, guards: &[] };
    let work = survey.visit(anatomy, around, &mut Vec::new());
    let Precheck { mut trouble, is_silent, given, .. } = survey;
    if work > TEMPLATE_WORK_MAX {
        trouble.own.push(too_much(text));
    }
    let is_wrong = is_silent || !trouble.own.is_empty() || !trouble.partials.is_empty();
    PrecheckResult { roots, partials, given, work, trouble: is_wrong.then_some(trouble) }
}

/// The names that a template and its partials use.
fn gather_roots<'p>(
    partials: &'p Partials,
    anatomy: &'p TemplateParts,
    roots: &mut BTreeSet<String>,
    seen: &mut BTreeSet<&'p str>,
    depth: usize,
) {
    roots.extend(anatomy.roots().map(str::to_string));
    for call in &anatomy.calls {
        if let Some(called) = partials.get(&call.partial)
            && depth < DEPTH_MAX
            && seen.insert(&call.partial)
        {
            gather_roots(partials, &called.compiled.anatomy, roots, seen, depth + 1);
        }
    }
}

/// The context in which a template is visited.
#[derive(Clone, Copy)]
struct Enclosing<'a> {
    /// The partial that it belongs to; `None` for the template itself.
    within: Option<&'a UsedPartial>,
    /// The arguments of the partial's callers.
    given: &'a BTreeSet<String>,
    /// Whether it has another context than the template itself.
    is_local: bool,
    /// The conditions around it.
    guards: &'a [Guard],
}

struct Precheck<'e> {
    ground: PrecheckInput<'e>,
    /// The most iterations of a loop.
    longest: u64,
    /// The cost of copying the values for a partial, in elements.
    copying: u64,
    trouble: RenderFailure,
    /// Whether it uses something that was already reported.
    is_silent: bool,
    given: Vec<SceneValueUse>,
}

impl Precheck<'_> {
    /// Collects errors and names; returns the most work that rendering does.
    fn visit(
        &mut self,
        anatomy: &TemplateParts,
        around: Enclosing<'_>,
        path: &mut Vec<String>,
    ) -> u64 {
        let Enclosing { within, given, is_local, guards } = around;
        let partial = within.map(|partial| partial.name.as_str());
        let PrecheckInput { names, partials } = self.ground;
        let (longest, copying) = (self.longest, self.copying);
        let mut mistakes = anatomy.mistakes.clone();
        mistakes.extend(names.check(anatomy, partial, given, is_local));
        if guards.is_empty() {
            mistakes.extend(names.check_values(anatomy, given, is_local));
        }
        self.is_silent |= names.uses_broken(anatomy);
        let used = names.given_uses(anatomy, given, is_local).cloned();
        self.given.extend(used.map(|reference| SceneValueUse {
            guards: [guards, &reference.guards].concat(),
            partial: within.cloned(),
            reference,
        }));
        let times = |loops: usize| longest.saturating_pow(loops as u32);
        let mut work = 0u64;
        for (loops, elements) in anatomy.elements.iter().enumerate() {
            work = work.saturating_add(elements.saturating_mul(times(loops)));
        }
        for call in &anatomy.calls {
            let name = &call.partial;
            let Some(called) = partials.get(name) else {
                if names.is_incomplete {
                    self.is_silent = true;
                    continue;
                }
                let is_variable = names.vars.contains_key(name);
                mistakes.push(partials.unknown(name, call.range.clone(), is_variable));
                continue;
            };
            if called.is_in_ring || path.contains(name) {
                self.is_silent = true;
                continue;
            }
            if path.len() >= DEPTH_MAX {
                return u64::MAX;
            }
            // A chain of partials that each use the next one twice doubles with each link.
            if work > TEMPLATE_WORK_MAX {
                break;
            }
            path.push(name.clone());
            let mut gives = given.clone();
            gives.extend(call.gives.keys().cloned());
            for (mistake, meant) in self.ground.needless(call, &called.compiled) {
                mistakes.push(mistake);
                gives.extend(meant);
            }
            let used = within.map_or_else(|| call.range.clone(), |partial| partial.used.clone());
            let inside = Enclosing {
                within: Some(&UsedPartial { name: name.clone(), used }),
                given: &gives,
                is_local: is_local || call.is_local,
                guards: &[guards, &call.guards].concat(),
            };
            let inner = self.visit(&called.compiled.anatomy, inside, path);
            path.pop();
            let inner = inner.saturating_add(copying);
            work = work.saturating_add(inner.saturating_mul(times(call.loops)));
        }
        match within {
            None => self.trouble.own.extend(mistakes),
            Some(partial) => {
                for mistake in mistakes {
                    let is_same = |found: &(UsedPartial, TemplateProblem)| {
                        found.0.name == partial.name && found.1 == mistake
                    };
                    if !self.trouble.partials.iter().any(is_same) {
                        self.trouble.partials.push((partial.clone(), mistake));
                    }
                }
            }
        }
        work
    }
}
