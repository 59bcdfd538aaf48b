//! Labels: what a slate calls a scene.

use crate::storyboard::scope::resolver::Desk;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::yaml::tree::NodeId;

/// The longest label; every id is shorter.
const LABEL_MAX_CHARS: usize = 200;

/// Reads a label; `None` when it is wrong, which has been reported. White space around it is
/// dropped.
pub(super) fn read(desk: &mut Desk, node: NodeId, scene: &SceneNames) -> Option<String> {
    let rendered = desk.text("`label`", node, Some(scene))?;
    let label = rendered.trim();
    let chars = label.chars().count();
    let (message, fix) = if label.is_empty() {
        (
            format!("the label of scene `{}` is empty", scene.full()),
            "write a label, or remove the line",
        )
    } else if label.contains(['\n', '\r']) {
        let message = format!("the label of scene `{}` has more than one line", scene.full());
        (message, "write a single line")
    } else if chars > LABEL_MAX_CHARS {
        let message = format!(
            "the label of scene `{}` has {chars} characters, over the limit of {LABEL_MAX_CHARS}",
            scene.full()
        );
        (message, "shorten it")
    } else {
        return Some(label.to_string());
    };
    desk.error("bad-label", message, node, fix);
    None
}
