//! The texts of a scene: its prompt, checked against the model's limit, and its label.

use super::elements::counted_chars;
use crate::base::{Diagnostic, Place, Warning};
use crate::catalog::Model;
use crate::storyboard::limits::LABEL_MAX_CHARS;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::compiled::is_template;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::yaml::tree::NodeId;

/// Reads a prompt for a model, given what chose the model if the scene did not, and the names of the
/// scene's elements; `None` after reporting an error. White space around it is dropped, because block
/// scalars end in an unintended line break.
pub(super) fn prompt(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    scene: &SceneNames,
    (model, chosen_by, elements): (&Model, Option<(Place, String)>, &[String]),
) -> Option<String> {
    let rendered = scope.text("`prompt`", node, Some(scene), findings)?;
    let prompt = rendered.trim();
    if prompt.is_empty() {
        let message = format!("the prompt of scene `{}` is empty", scene.full());
        findings.error("empty-prompt", message, node, "describe the shot");
        return None;
    }
    let limit = model.prompt_max_chars.unwrap_or(usize::MAX);
    let chars = counted_chars(prompt, elements);
    if chars > limit {
        let diagnostic = too_long(scope, node, scene, model, chars, limit);
        findings.add(match chosen_by {
            Some((place, label)) => diagnostic.related(place, label),
            None => diagnostic,
        });
        return None;
    }
    if let Some(sure) = model.prompt_sure_chars.filter(|sure| chars > *sure) {
        let message = format!(
            "the prompt of scene `{}` has {chars} characters, and `{}` may refuse more than {sure}",
            scene.full(),
            model.id
        );
        let warning = Diagnostic::warning(Warning::PromptNearLimit, message)
            .at(scope.tree.place(node))
            .label("shorten it; a refusal would cost nothing");
        findings.add(warning);
    } else if chars * 10 >= limit.saturating_mul(9) {
        near_limit(scope, findings, node, scene, model, chars, limit);
    }
    Some(prompt.to_string())
}

/// Warns before a longer value of a variable makes the prompt too long.
fn near_limit(
    scope: &Scope,
    findings: &mut Findings,
    node: NodeId,
    scene: &SceneNames,
    model: &Model,
    chars: usize,
    limit: usize,
) {
    let message = format!(
        "the prompt of scene `{}` has {chars} of the {limit} characters that `{}` accepts",
        scene.full(),
        model.id
    );
    let label = match limit - chars {
        0 => "no characters left".to_string(),
        1 => "1 character left".to_string(),
        left => format!("{left} characters left"),
    };
    let place = scope.tree.place(node);
    let warning = Diagnostic::warning(Warning::PromptNearLimit, message).at(place).label(label);
    findings.add(warning);
}

fn too_long(
    scope: &mut Scope,
    node: NodeId,
    scene: &SceneNames,
    model: &Model,
    chars: usize,
    limit: usize,
) -> Diagnostic {
    let message = format!(
        "the prompt of scene `{}` has {chars} characters, but `{}` accepts {limit}",
        scene.full(),
        model.id
    );
    let mut diagnostic = Diagnostic::error("prompt-too-long", message)
        .at(scope.tree.place(node))
        .label(match chars - limit {
            1 => "shorten it by 1 character".to_string(),
            over => format!("shorten it by {over} characters"),
        });
    let tree = scope.tree.clone();
    let text = tree.scalar(node).map_or("", |scalar| &scalar.text);
    if is_template(text) {
        let mut parts = scope.renderer.parts(text, Some(scene));
        parts.sort_by_key(|part| std::cmp::Reverse(part.1));
        for (part, chars) in parts {
            let part = match part {
                Some(tag) => format!("`{tag}`"),
                None => "the text itself".to_string(),
            };
            diagnostic = diagnostic.note(format!("{chars} characters come from {part}"));
        }
    }
    diagnostic
}

/// Reads a label; `None` after reporting an error. White space around it is dropped.
pub(super) fn label(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    scene: &SceneNames,
) -> Option<String> {
    let rendered = scope.text("`label`", node, Some(scene), findings)?;
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
    findings.error("bad-label", message, node, fix);
    None
}

/// Reads the text of a card; `None` after reporting an error. White space around it is dropped.
pub(super) fn card(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    scene: &SceneNames,
    model: &Model,
) -> Option<String> {
    let rendered = scope.text("`text`", node, Some(scene), findings)?;
    let text = rendered.trim();
    let (chars, limit) = (text.chars().count(), model.prompt_max_chars.unwrap_or(usize::MAX));
    if text.is_empty() {
        let message = format!("the text of scene `{}` is empty", scene.full());
        findings.error("empty-text", message, node, "write what the card says");
        return None;
    }
    if chars > limit {
        let message =
            format!("the text of scene `{}` has {chars} characters, over {limit}", scene.full());
        findings.error("text-too-long", message, node, "shorten it, or make several cards");
        return None;
    }
    Some(text.to_string())
}
