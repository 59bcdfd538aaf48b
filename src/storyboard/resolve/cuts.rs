//! Cuts: scenes joined into one video.

use super::former_names as former;
use super::ids::checked_id;
use super::scene_names::SceneIndex;
use super::scenes::SceneInstance;
use crate::base::text::excerpt;
use crate::base::{CutId, SceneId};
use crate::catalog::FrameSize;
use crate::storyboard::expand::matrix::Variant;
use crate::storyboard::film::resolved::{Cut, Scene};
use crate::storyboard::schema::document;
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
    row: &NamedValue<document::WrittenCut>,
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
                    let cut = Cut { id, was: former.map(|former| former.id), scenes: joined };
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
    row: &NamedValue<document::WrittenCut>,
) -> Option<(Vec<NodeId>, Option<NodeId>)> {
    let tree = scope.tree.clone();
    let name = tree.scalar(row.key).map(|key| key.text.to_string()).unwrap_or_default();
    let noun = format!("cut `{name}`");
    let written =
        read::<document::WrittenCut>(&tree, row.value.node, &noun, &mut findings.diagnostics)?;
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

/// The advice for selectors of the command line.
const NO_SELECTORS: &str = "list the scenes by name; globs and tags do not work here";

/// Whether a text is a selector as on the command line, or `all`.
fn is_selector(text: &str) -> bool {
    text.trim() == "all" || text.contains(['*', '?']) || text.trim().starts_with("tag:")
}

/// The scenes of a cut in one variant; `None` after reporting an error.
fn join<'s>(
    scope: &mut Scope,
    findings: &mut Findings,
    names: &SceneNames,
    items: &[NodeId],
    index: &SceneIndex<'_>,
    find: impl Fn(&str) -> Option<Vec<&'s SceneInstance>>,
) -> Option<Vec<SceneId>> {
    let name = names.full();
    let mut joined: Vec<SceneId> = Vec::new();
    let mut first: Option<(FrameSize, &Scene)> = None;
    let mut is_right = true;
    for &item in items {
        let Some(text) = scope.text("a scene's name", item, Some(names), findings) else {
            is_right = false;
            continue;
        };
        let wanted = text.trim();
        let Some(found) = find(wanted) else {
            let message = format!(
                "cut `{}` joins `{}`, but no scene has that name",
                names.id,
                excerpt(wanted)
            );
            let otherwise = || "use a name from `scenes`".to_string();
            let label = match is_selector(wanted) {
                true => NO_SELECTORS.to_string(),
                false => findings.guess_scene(wanted, index.names().iter().copied(), otherwise),
            };
            findings.error("unknown-scene", message, item, label);
            is_right = false;
            continue;
        };
        for scene in found.into_iter().filter_map(|named| named.outcome.scene.as_ref()) {
            joined.push(scene.id.clone());
            let Some(size) = scene.frame_size() else { continue };
            match first {
                None => first = Some((size, scene)),
                Some((other, scene_of_other)) if other != size => {
                    unlike(findings, &name, item, (other, scene_of_other), (size, scene));
                    is_right = false;
                    // The other rows of a scene would give the same error.
                    break;
                }
                Some(_) => {}
            }
        }
    }
    is_right.then_some(joined)
}

/// Reports that a cut joins pictures of different sizes.
fn unlike(
    findings: &mut Findings,
    cut: &str,
    item: NodeId,
    (size, scene): (FrameSize, &Scene),
    (other_size, other): (FrameSize, &Scene),
) {
    let message = format!(
        "cut `{cut}` joins `{}` ({size}) and `{}` ({other_size}), which differ in size",
        scene.id, other.id
    );
    let label = "give them the same `resolution` and `aspect_ratio`, or put them in separate cuts";
    findings.error("cut-of-unlike-sizes", message, item, label);
}
