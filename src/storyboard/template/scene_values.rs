//! Given values: what a row or a variant gives to the templates of its scenes.
//!
//! All that any row has is known before anything is rendered, so a name that no row has is a
//! mistake of the template. What one row lacks is a mistake of that row, and is found here, when
//! its scene is rendered.

use std::ops::Range;
use std::rc::Rc;

use handlebars::Template;
use serde_json::Value;

use super::errors::{Mistake, UsedPartial};
use super::names::SceneNames;
use super::names::{misuse, parts, step};
use super::references::{Guard, Reference, Use};
use super::trouble::Trouble;
use crate::base::Place;

/// A value that a scene has for itself.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct Given {
    /// The name by which templates know it.
    pub name: Rc<str>,
    /// The value.
    pub value: Rc<Value>,
    /// What it is, for messages: `row `aurora` of `card``.
    pub label: Rc<str>,
    /// Where it stands.
    pub place: Place,
}

/// A given value that a template uses.
#[derive(Clone, Debug)]
pub(super) struct GivenUse {
    /// How it is used.
    pub reference: Reference,
    /// The partial that uses it; `None` for the template itself.
    pub partial: Option<UsedPartial>,
    /// The conditions around it, those around the partials included.
    pub guards: Vec<Guard>,
}

/// Something that a template needs and a given value has not.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct Lack {
    /// What lacks it.
    pub label: Rc<str>,
    /// Where that stands.
    pub place: Place,
    /// The path that leads to nothing, from the given value on; empty where it is nothing itself.
    pub path: String,
    /// Where in the template it is used.
    pub range: Range<usize>,
    /// The partial that uses it; `None` for the template itself.
    pub partial: Option<UsedPartial>,
}

/// What is wrong with using the values that a scene is given. `holds` says whether a condition
/// holds for the scene, if that can be said.
pub(super) fn check(
    uses: &[GivenUse],
    scene: Option<&SceneNames>,
    holds: impl Fn(&Template) -> Option<bool>,
) -> Option<Trouble> {
    let is_live = |found: &GivenUse| {
        let stands = |guard: &Guard| Some(holds(guard.test.as_ref()?)? == guard.when);
        found.guards.iter().all(|guard| stands(guard).unwrap_or(false))
    };
    let mut trouble = Trouble::default();
    for found in uses {
        let parts = parts(&found.reference.path);
        let Some((name, path)) = parts.split_first() else { continue };
        let Some(scene) = scene else {
            let mistake = Mistake {
                code: "unknown-variable",
                message: format!("`{name}` is not available here"),
                label: "only scenes and partials can use it".to_string(),
                range: found.reference.range.clone(),
            };
            report(&mut trouble, mistake, found.partial.as_ref());
            continue;
        };
        let Some(given) = scene.given.iter().find(|given| *given.name == **name) else { continue };
        let value = path.iter().try_fold(&*given.value, |value, part| step(value, part));
        match value {
            None | Some(Value::Null) => {
                if matches!(found.reference.usage, Use::Tested | Use::Optional) || !is_live(found) {
                    continue;
                }
                trouble.lacks.push(Lack {
                    label: given.label.clone(),
                    place: given.place.clone(),
                    path: path.join("."),
                    range: found.reference.range.clone(),
                    partial: found.partial.clone(),
                });
            }
            Some(value) => {
                let Some(mistake) = misuse(&found.reference, value) else { continue };
                if !is_live(found) {
                    continue;
                }
                report(&mut trouble, mistake, found.partial.as_ref());
            }
        }
    }
    let is_right =
        trouble.own.is_empty() && trouble.partials.is_empty() && trouble.lacks.is_empty();
    (!is_right).then_some(trouble)
}

fn report(trouble: &mut Trouble, mistake: Mistake, partial: Option<&UsedPartial>) {
    match partial {
        None => trouble.own.push(mistake),
        Some(partial) => trouble.partials.push((partial.clone(), mistake)),
    }
}
