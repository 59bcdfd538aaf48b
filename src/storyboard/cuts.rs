//! Cuts: scenes joined into one video.

use std::collections::HashMap;

use super::desk::{Desk, shorten};
use super::document::{self, Row};
use super::film::{Cut, Scene};
use super::ids::checked_id;
use super::reader::read;
use crate::base::{CutId, Diagnostic, SceneId};
use crate::catalog::FrameSize;

/// Reads a cut. `scenes` holds every name written under `scenes`, with the scene where it is
/// right. `None` when the cut is wrong, which has been reported.
pub(super) fn resolve(
    desk: &mut Desk,
    row: &Row<document::Cut>,
    scenes: &HashMap<&str, Option<&Scene>>,
) -> Option<Cut> {
    let tree = desk.tree.clone();
    let id = checked_id::<CutId>(desk, row.key, "cut");
    let name = tree.scalar(row.key).map(|key| key.text.to_string()).unwrap_or_default();
    let noun = format!("cut `{name}`");
    let written = read::<document::Cut>(&tree, row.value.node, &noun, &mut desk.findings)?;
    let Some(list) = written.fields.scenes else {
        if written.meant.contains(&"scenes") {
            return None;
        }
        let label = "add `scenes: [first, second]`";
        desk.error("missing-field", format!("cut `{name}` has no `scenes`"), row.key, label);
        return None;
    };
    let items = desk.list("`scenes`", list.node)?;
    if items.is_empty() {
        let message = format!("cut `{name}` has no scenes");
        desk.error("empty-cut", message, list.node, "name the scenes to join");
        return None;
    }
    // Sorted, so that of two names as close the same one is proposed each time.
    let mut names: Vec<&str> = scenes.keys().copied().collect();
    names.sort_unstable();
    let mut joined: Vec<SceneId> = Vec::new();
    let mut first: Option<(FrameSize, &Scene)> = None;
    let mut is_right = true;
    for item in items {
        let Some(text) = desk.text("a scene's name", item, None) else {
            is_right = false;
            continue;
        };
        let wanted = text.trim();
        let Some(found) = scenes.get(wanted) else {
            let message =
                format!("cut `{name}` joins `{}`, but no scene has that name", shorten(wanted));
            let otherwise = || "name one of `scenes`".to_string();
            let label = desk.guess_scene(wanted, names.iter().copied(), otherwise);
            desk.error("unknown-scene", message, item, label);
            is_right = false;
            continue;
        };
        let Some(scene) = found else { continue };
        joined.push(scene.id.clone());
        let Some(clip) = scene.clip() else { continue };
        let size = FrameSize::of(clip.resolution, clip.aspect_ratio);
        match first {
            None => first = Some((size, scene)),
            Some((other, scene_of_other)) if other != size => {
                let message = format!(
                    "cut `{name}` joins `{}` ({other}) and `{}` ({size}), which differ in size",
                    scene_of_other.id, scene.id
                );
                let diagnostic = Diagnostic::error("cut-of-unlike-sizes", message)
                    .at(tree.place(item))
                    .label("give them the same `resolution` and `aspect_ratio`, or cut them apart");
                desk.findings.add(diagnostic);
                is_right = false;
            }
            Some(_) => {}
        }
    }
    Some(Cut { id: id?, scenes: joined }).filter(|_| is_right)
}
