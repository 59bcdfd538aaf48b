//! Cuts: scenes joined into one video.

use super::cut_clips::{NO_SELECTORS, is_selector, join};
use super::former_names as former;
use super::ids::checked_id;
use super::scene_names::SceneIndex;
use super::scenes::SceneInstance;
use crate::base::CutId;
use crate::storyboard::expand::matrix::Variant;
use crate::storyboard::film::resolved::Cut;
use crate::storyboard::schema::cut_forms::WrittenCut;
use crate::storyboard::schema::reader::read;
use crate::storyboard::schema::written::NamedValue;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::yaml::tree::NodeId;

/// A cut in one variant, with its place.
pub(in crate::storyboard) struct ResolvedCut {
    /// The cut.
    pub cut: Cut,
    /// The node of its name.
    pub key: NodeId,
    /// The node of its former name.
    pub was: Option<NodeId>,
}

/// Reads the cuts in every variant; invalid ones are reported and left out.
pub(in crate::storyboard) fn resolve(
    scope: &mut Scope,
    findings: &mut Findings,
    row: &NamedValue<WrittenCut>,
    scenes: &[SceneInstance],
    index: &SceneIndex<'_>,
    variants: &[Variant],
) -> Vec<ResolvedCut> {
    let Some((items, was)) = items(scope, findings, row) else { return Vec::new() };
    let id = checked_id::<CutId>(scope, findings, row.key, "cut");
    let name = scope.tree.scalar(row.key).map(|key| key.text.to_string()).unwrap_or_default();
    let mut cuts = Vec::new();
    let mut alike = Vec::new();
    for (at, variant) in variants.iter().enumerate() {
        let names = SceneNames {
            id: name.clone(),
            index: 0,
            variant: variant.name.clone(),
            given: variant.given.clone(),
        };
        let before = std::mem::take(&mut findings.diagnostics);
        let joined = join(scope, findings, &names, &items, index, |name| {
            let meant = index.find(name, at)?;
            Some(meant.positions().iter().map(|at| &scenes[*at]).collect())
        });
        let former = was
            .and_then(|node| former::read::<CutId>(scope, findings, "cut", row.key, node, &names));
        alike.push((names.full(), std::mem::replace(&mut findings.diagnostics, before)));
        if let (Some(joined), Some(_)) = (joined, &id) {
            match names.full().parse() {
                Ok(id) => {
                    let cut = Cut { id, was: former.map(|former| former.id), clips: joined };
                    cuts.push(ResolvedCut { cut, key: row.key, was });
                }
                Err(_) => {
                    let message = format!("`{}` is too long for a file name", names.full());
                    findings.error("bad-name", message, row.key, "use shorter names");
                }
            }
        }
    }
    findings.diagnostics.absorb_alike(alike);
    cuts
}

/// Reports invalid former names of cuts.
pub(in crate::storyboard) fn check_former_names(
    scope: &Scope,
    findings: &mut Findings,
    cuts: &[ResolvedCut],
) {
    let renamed = cuts.iter().map(|resolved| former::Renamed {
        name: resolved.cut.id.as_str(),
        key: resolved.key,
        was: resolved.cut.was.as_ref().map(|was| was.as_str()).zip(resolved.was),
    });
    let all: Vec<former::Renamed<'_>> = renamed.collect();
    former::check(scope, findings, "cut", &all);
}

/// The items of a cut and its former name; `None` after reporting that there are no items.
fn items(
    scope: &Scope,
    findings: &mut Findings,
    row: &NamedValue<WrittenCut>,
) -> Option<(Vec<NodeId>, Option<NodeId>)> {
    let tree = scope.tree.clone();
    let name = tree.scalar(row.key).map(|key| key.text.to_string()).unwrap_or_default();
    let noun = format!("cut `{name}`");
    let written = read::<WrittenCut>(&tree, row.value.node, &noun, &mut findings.diagnostics)?;
    let Some(list) = written.fields.scenes else {
        if written.meant.contains(&"scenes") {
            return None;
        }
        let label = "add `scenes: [first, second]`";
        findings.error("missing-field", format!("cut `{name}` has no `scenes`"), row.key, label);
        return None;
    };
    if tree.scalar(list.node).is_some_and(|scalar| is_selector(&scalar.text)) {
        let message = format!("`scenes` must be a list, {}", tree.instead(list.node));
        findings.error("wrong-type", message, list.node, NO_SELECTORS);
        return None;
    }
    let items = scope.list("`scenes`", list.node, findings)?;
    if items.is_empty() {
        let message = format!("cut `{name}` has no scenes");
        findings.error("empty-cut", message, list.node, "list the scenes to join");
        return None;
    }
    Some((items, written.fields.was.map(|was| was.node)))
}
