//! Former names: the `was` of a scene or a cut.
//!
//! Only the name itself is checked here, not whether anything is known under it. It may stay in the
//! storyboard for good, so it must not be the name of anything that exists now.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use crate::base::Diagnostic;
use crate::base::text::excerpt;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::compiled::is_template;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::yaml::tree::NodeId;

/// A former name.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct Former<I> {
    /// With its row and its variant.
    pub id: I,
    /// Without the variant.
    pub base: I,
    /// Where it is written.
    pub node: NodeId,
}

/// Reads the former name of a scene or a cut written at `key`, in one variant. A plain name gets
/// the row and the variant; a template renders as the whole name, or as nothing.
pub(in crate::storyboard) fn read<I: FromStr>(
    scope: &mut Scope,
    findings: &mut Findings,
    noun: &str,
    key: NodeId,
    node: NodeId,
    names: &SceneNames,
) -> Option<Former<I>> {
    let tree = scope.tree.clone();
    let is_whole = tree.scalar(node).is_some_and(|scalar| is_template(&scalar.text));
    let text = scope.text("`was`", node, Some(names), findings)?;
    let text = text.trim();
    if is_whole && text.is_empty() {
        return None;
    }
    let written = tree.scalar(key).map_or("", |key| &key.text);
    let row = names.id.strip_prefix(written).unwrap_or_default();
    let (id, base) = match (is_whole, &names.variant) {
        (true, _) => (text.to_string(), text.to_string()),
        (false, None) => (format!("{text}{row}"), format!("{text}{row}")),
        (false, Some(variant)) => (format!("{text}{row}.{variant}"), format!("{text}{row}")),
    };
    let ids = id.parse().ok().zip(base.parse().ok());
    if ids.is_none() {
        let message = format!("`{}` cannot be the name of a {noun}", excerpt(&id));
        let label = format!("write the name that the {noun} had before");
        findings.error("bad-name", message, node, label);
    }
    ids.map(|(id, base)| Former { id, base, node })
}

/// A scene or cut with a name and perhaps a former name.
pub(in crate::storyboard) struct Renamed<'a> {
    /// Its name.
    pub name: &'a str,
    /// The node of its name.
    pub key: NodeId,
    /// Its former name, with its node.
    pub was: Option<(&'a str, NodeId)>,
}

/// Reports former names that are still in use, and those used twice; once at each place.
pub(in crate::storyboard) fn check(
    scope: &Scope,
    findings: &mut Findings,
    noun: &str,
    all: &[Renamed<'_>],
) {
    let now: HashMap<&str, NodeId> = all.iter().map(|one| (one.name, one.key)).collect();
    let mut claims: HashMap<&str, NodeId> = HashMap::new();
    let mut reported: HashSet<NodeId> = HashSet::new();
    for one in all {
        let Some((was, node)) = one.was else { continue };
        let (message, label, related) = if was == one.name {
            let message = format!("{noun} `{was}` has that name now");
            (message, "write the name that it had before, or remove this line", None)
        } else if let Some(key) = now.get(was) {
            let message = format!("`{was}` is still a {noun} of this film");
            let label = "only a name that is gone can be taken over: remove this line";
            (message, label, Some((*key, "it is here")))
        } else if let Some(other) = claims.insert(was, node) {
            let message = format!("two {noun}s claim that they were `{was}`");
            let label = "only one of them can take it over: remove this line or the other";
            (message, label, Some((other, "the other")))
        } else {
            continue;
        };
        if !reported.insert(node) {
            continue;
        }
        let mut diagnostic =
            Diagnostic::error("wrong-was", message).at(scope.tree.place(node)).label(label);
        if let Some((at, text)) = related.filter(|(at, _)| *at != node) {
            diagnostic = diagnostic.related(scope.tree.place(at), text);
        }
        findings.add(diagnostic);
    }
}
