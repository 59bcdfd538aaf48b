//! Unused declarations.
//!
//! Only the storyboard itself and `--var` are checked: included files and variables files are meant
//! to be shared.

use std::collections::HashSet;
use std::sync::Arc;

use super::scenes::SceneInstance;
use crate::base::{Diagnostic, Place, SceneId, Warning};
use crate::storyboard::film::resolved::Cut;
use crate::storyboard::scope::declarations::Declaration;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::text::diagnostics::Diagnostics;
use crate::storyboard::text::suggestions::closest;
use crate::storyboard::text::yaml::tree::{Node, NodeId, Value};

/// Warns about unused declarations once everything has been resolved without errors; an error could
/// hide a use.
pub(in crate::storyboard) fn check(scope: &Scope, findings: &mut Findings) {
    if findings.diagnostics.has_errors() {
        return;
    }
    variables(scope, findings);
    partials(scope, findings);
}

fn variables(scope: &Scope, findings: &mut Findings) {
    let mut found = Vec::new();
    let aliased: HashSet<NodeId> = scope.tree.nodes.iter().filter_map(aliased).collect();
    for (name, variable) in &scope.variables {
        if scope.renderer.is_used(name) || is_written_elsewhere(scope, variable, &aliased) {
            continue;
        }
        let character = scope.characters.iter().find(|character| character.name == *name);
        let is_flag = variable.key.source.name() == format!("--var {name}");
        found.push(match character {
            // `{{characters.mia.description}}` uses a character, but it is not known which.
            Some(_) if scope.renderer.is_used(crate::storyboard::scope::characters::ALL) => {
                continue;
            }
            Some(_) if is_own(scope, &variable.key) => {
                unused(Warning::UnusedCharacter, "character", name, variable.key.clone())
            }
            None if is_flag => {
                let declared = scope.variables.keys().filter(|other| *other != name);
                let label = match closest(name, declared.map(String::as_str)) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "remove it, or use it in a template".to_string(),
                };
                let message = format!("nothing uses the variable `{name}` from `--var`");
                Diagnostic::warning(Warning::UnusedVariable, message)
                    .at(variable.key.clone())
                    .label(label)
            }
            None if is_own(scope, &variable.key) => {
                unused(Warning::UnusedVariable, "variable", name, variable.key.clone())
            }
            _ => continue,
        });
    }
    findings.diagnostics.extend(found);
}

fn partials(scope: &Scope, findings: &mut Findings) {
    let unused = |(name, node): (&String, &NodeId)| {
        let place = scope.tree.place(*node);
        let is_used = scope.renderer.is_partial_used(name) || !is_own(scope, &place);
        (!is_used).then(|| unused(Warning::UnusedPartial, "partial", name, place))
    };
    let found: Vec<Diagnostic> = scope.partials.iter().filter_map(unused).collect();
    findings.diagnostics.extend(found);
}

/// Warns about scenes that are in none of a film's cuts, if it has any; except for scenes whose
/// frame another one uses.
pub(in crate::storyboard) fn check_uncut(
    scope: &Scope,
    findings: &mut Findings,
    scenes: &[SceneInstance],
    cuts: &[Cut],
) {
    if cuts.is_empty() || findings.diagnostics.has_errors() {
        return;
    }
    let made = || scenes.iter().filter_map(|named| Some((named, named.outcome.scene.as_ref()?)));
    let mut seen: HashSet<&SceneId> = cuts.iter().flat_map(Cut::scenes).collect();
    seen.extend(made().flat_map(|(_, scene)| scene.sources()).map(|(_, source, _)| source));
    let mut alike = Vec::new();
    for (named, scene) in made().filter(|(_, scene)| !seen.contains(&scene.id)) {
        let message = format!("scene `{}` is in no cut", scene.id);
        let warning = Diagnostic::warning(Warning::SceneInNoCut, message)
            .at(scope.tree.place(named.entry.key))
            .label("add it to a cut, or remove it");
        let mut findings = Diagnostics::default();
        findings.add(warning);
        alike.push((scene.id.to_string(), findings));
    }
    findings.diagnostics.absorb_alike(alike);
}

/// The target of an alias.
fn aliased(node: &Node) -> Option<NodeId> {
    match node.value {
        Value::Alias(target) => Some(target),
        _ => None,
    }
}

/// Whether the value is an alias of a variable, or of a part of one.
fn is_written_elsewhere(scope: &Scope, variable: &Declaration, aliased: &HashSet<NodeId>) -> bool {
    if !Arc::ptr_eq(&scope.tree, &variable.tree) {
        return false;
    }
    let mut todo = vec![variable.node];
    while let Some(node) = todo.pop() {
        if aliased.contains(&node) {
            return true;
        }
        match &scope.tree.nodes[node.0 as usize].value {
            Value::List(items) => todo.extend(items),
            Value::Map(map) => todo.extend(map.entries().iter().map(|entry| entry.value)),
            _ => {}
        }
    }
    false
}

/// Whether a place is in the storyboard itself.
fn is_own(scope: &Scope, place: &Place) -> bool {
    place.source.name() == scope.tree.source.name()
}

fn unused(warning: Warning, what: &str, name: &str, place: Place) -> Diagnostic {
    let message = format!("nothing uses the {what} `{name}`");
    Diagnostic::warning(warning, message).at(place).label("remove it, or use it in a prompt")
}
