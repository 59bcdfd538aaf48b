//! The clips of a cut: the scenes that it names, and how much of each it uses.

use super::scene_names::SceneIndex;
use super::scenes::SceneInstance;
use crate::base::text::excerpt;
use crate::catalog::FrameSize;
use crate::storyboard::film::resolved::{CutClip, Scene};
use crate::storyboard::film::value_origin::{ChosenValue, SceneField};
use crate::storyboard::limits::{LENGTH_MIN_SECONDS, VOICE_MAX_SECONDS};
use crate::storyboard::schema::cut_forms::WrittenClip;
use crate::storyboard::schema::reader::read;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::yaml::tree::NodeId;

/// The advice for selectors of the command line.
pub(super) const NO_SELECTORS: &str = "list the scenes by name; globs and tags do not work here";

/// Whether a text is a selector as on the command line, or `all`.
pub(super) fn is_selector(text: &str) -> bool {
    text.trim() == "all" || text.contains(['*', '?']) || text.trim().starts_with("tag:")
}

/// The clips of a cut in one variant; `None` after reporting an error.
pub(super) fn join<'s>(
    scope: &mut Scope,
    findings: &mut Findings,
    names: &SceneNames,
    items: &[NodeId],
    index: &SceneIndex<'_>,
    find: impl Fn(&str) -> Option<Vec<&'s SceneInstance>>,
) -> Option<Vec<CutClip>> {
    let name = names.full();
    let mut joined: Vec<CutClip> = Vec::new();
    let mut first: Option<(FrameSize, &Scene)> = None;
    let mut is_right = true;
    for &item in items {
        let Some(clip) = written_clip(scope, findings, names, item) else {
            is_right = false;
            continue;
        };
        let wanted = clip.name.trim();
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
            findings.error("unknown-scene", message, clip.name_node, label);
            is_right = false;
            continue;
        };
        for named in found {
            let Some(scene) = named.outcome.scene.as_ref() else { continue };
            if let Some((length, node)) = clip.length
                && !fits(findings, (scene, named.outcome.seconds), length, node)
            {
                is_right = false;
                // The other rows of a scene would give the same error.
                break;
            }
            let own = clip.length.map(|(seconds, _)| (seconds * 1_000.0).round() as u64);
            let used_millis = own.or(scene.used_millis);
            joined.push(CutClip { scene: scene.id.clone(), used_millis });
            let Some(size) = scene.frame_size() else { continue };
            match first {
                None => first = Some((size, scene)),
                Some((other, scene_of_other)) if other != size => {
                    unlike(findings, &name, item, (other, scene_of_other), (size, scene));
                    is_right = false;
                    // As above.
                    break;
                }
                Some(_) => {}
            }
        }
    }
    is_right.then_some(joined)
}

/// A clip as written.
struct NamedClip {
    /// The name of its scene.
    name: String,
    name_node: NodeId,
    /// How many seconds of it are used, and where that is written.
    length: Option<(f64, NodeId)>,
}

/// Reads a clip: the name of a scene, or a map; `None` after reporting an error.
fn written_clip(
    scope: &mut Scope,
    findings: &mut Findings,
    names: &SceneNames,
    item: NodeId,
) -> Option<NamedClip> {
    let tree = scope.tree.clone();
    if tree.map(item).is_none() {
        let name = scope.text("a scene's name", item, Some(names), findings)?;
        return Some(NamedClip { name, name_node: item, length: None });
    }
    let written = read::<WrittenClip>(&tree, item, "a clip", &mut findings.diagnostics)?;
    let Some(scene) = written.fields.scene else {
        if !written.meant.contains(&"scene") {
            let message = format!("a clip of cut `{}` has no `scene`", names.id);
            findings.error("missing-field", message, item, "add `scene:` with its name");
        }
        return None;
    };
    let name = scope.text("a scene's name", scene.node, Some(names), findings);
    let length = match written.fields.length {
        None => Some(None),
        Some(length) => length_at(scope, findings, names, length.node).map(Some),
    };
    name.zip(length).map(|(name, length)| NamedClip { name, name_node: scene.node, length })
}

/// A length in seconds with its node; `None` after reporting an error.
fn length_at(
    scope: &mut Scope,
    findings: &mut Findings,
    names: &SceneNames,
    node: NodeId,
) -> Option<(f64, NodeId)> {
    let wants = "a number of seconds";
    let seconds = scope.seconds("`length`", wants, node, Some(names), findings)?;
    if (LENGTH_MIN_SECONDS..=VOICE_MAX_SECONDS).contains(&seconds) {
        return Some((seconds, node));
    }
    let message = format!("`length` cannot be {seconds} s");
    let label = format!("write {LENGTH_MIN_SECONDS} or more, as many as are used");
    findings.error("wrong-duration", message, node, label);
    None
}

/// Whether a scene's video is as long as a clip of it; reports if it is not. A profile may make it
/// shorter: then all of it is used.
fn fits(
    findings: &mut Findings,
    (scene, seconds): (&Scene, Option<f64>),
    length: f64,
    node: NodeId,
) -> bool {
    let by_profile = matches!(scene.origins.chosen(SceneField::Duration), ChosenValue::Profile(_));
    let Some(seconds) = seconds.filter(|seconds| length > *seconds && !by_profile) else {
        return true;
    };
    let message = format!("the clip uses {length} s of `{}`, which has {seconds} s", scene.id);
    let label = format!("write {seconds} or less, or give the scene `length: {length}`");
    findings.error("wrong-duration", message, node, label);
    false
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
