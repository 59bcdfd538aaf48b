//! The values of a row or a variant in the templates of its scenes.
//!
//! The fields of all rows are known before anything is rendered, so a name that no row has is an
//! error in the template. A value missing from one row is an error in that row, and is found here
//! when its scene is rendered.

use handlebars::Template;
use serde_json::Value;

use super::errors::{MissingValue, RenderFailure, TemplateProblem, UsedPartial};
use super::names::{SceneNames, misuse, parts, step};
use super::references::{Guard, NameUse, Reference};

/// A value of a row or variant that a template uses.
#[derive(Clone, Debug)]
pub(super) struct SceneValueUse {
    /// How it is used.
    pub reference: Reference,
    /// The partial that uses it; `None` for the template itself.
    pub partial: Option<UsedPartial>,
    /// The conditions around it, including those around the partials.
    pub guards: Vec<Guard>,
}

/// The errors in using the values of a scene. `holds` evaluates a condition for the scene; `None`
/// if it cannot.
pub(super) fn check(
    uses: &[SceneValueUse],
    scene: Option<&SceneNames>,
    holds: impl Fn(&Template) -> Option<bool>,
) -> Option<RenderFailure> {
    let is_live = |found: &SceneValueUse| {
        let is_met = |guard: &Guard| Some(holds(guard.test.as_ref()?)? == guard.when);
        found.guards.iter().all(|guard| is_met(guard).unwrap_or(false))
    };
    let mut trouble = RenderFailure::default();
    for found in uses {
        let parts = parts(&found.reference.path);
        let Some((name, path)) = parts.split_first() else { continue };
        let Some(scene) = scene else {
            let mistake = TemplateProblem {
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
                if matches!(found.reference.usage, NameUse::Tested | NameUse::Optional)
                    || !is_live(found)
                {
                    continue;
                }
                trouble.lacks.push(MissingValue {
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

fn report(trouble: &mut RenderFailure, mistake: TemplateProblem, partial: Option<&UsedPartial>) {
    match partial {
        None => trouble.own.push(mistake),
        Some(partial) => trouble.partials.push((partial.clone(), mistake)),
    }
}
