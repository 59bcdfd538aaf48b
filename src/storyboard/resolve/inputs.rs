//! Inputs: the images and voices of scenes.

use crate::base::text::excerpt;
use crate::catalog::InputRole;
use crate::storyboard::film::resolved::{FrameAt, SceneInput};
use crate::storyboard::schema::input_forms::{CharacterImage, FrameImage};
use crate::storyboard::schema::reader::{ReadMap, read};
use crate::storyboard::scope::characters;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::locations::{FileLocation, form, located};
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::yaml::tree::NodeId;

/// A frame of another scene, before it is known whether that scene exists.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct FrameRef {
    /// The scene's name as written.
    pub scene: String,
    /// The node of the name.
    pub scene_node: NodeId,
    /// Which frame; `None` after reporting that it is invalid.
    pub frame: Option<FrameAt>,
    /// The node of the frame.
    pub frame_node: NodeId,
}

/// An image as written.
#[derive(Clone, Debug)]
pub(in crate::storyboard) enum ImageRef {
    /// A file or a URL; where it is a character's picture, the node of that.
    Ready(SceneInput, Option<NodeId>),
    /// A frame of another scene.
    Frame(FrameRef),
}

/// How addresses of pictures and recordings end.
const EXTENSIONS: [&str; 11] =
    ["jpg", "jpeg", "png", "webp", "mp3", "wav", "aac", "m4a", "mp4", "ogg", "oga"];
/// The fields that distinguish the forms of an image.
const IMAGE_FORMS: [&str; 4] = ["scene", "character", "url", "file"];

/// Reads an image; `None` after reporting an error.
pub(in crate::storyboard) fn image(
    scope: &mut Scope,
    findings: &mut Findings,
    role: InputRole,
    node: NodeId,
    scene: &SceneNames,
) -> Option<ImageRef> {
    let tree = scope.tree.clone();
    let user = node;
    let has_frame = tree.map(node).is_some_and(|map| map.get("frame").is_some());
    let (node, expected) = match form(&tree, node, &IMAGE_FORMS) {
        None if has_frame => return frame(scope, findings, node, scene).map(ImageRef::Frame),
        Some("scene") => return frame(scope, findings, node, scene).map(ImageRef::Frame),
        Some("character") => {
            let noun = "an image of a character";
            let written =
                read::<CharacterImage>(&tree, node, noun, &mut findings.diagnostics)?.fields;
            let name = written.character?;
            let text = scope.text("`character`", name.node, Some(scene), findings)?;
            (characters::picture(scope, findings, &name, text.trim())?, "a path or an https URL")
        }
        _ => {
            (node, "a path, an https URL, `{ scene: name, frame: last }` or `{ character: name }`")
        }
    };
    let image = match located(scope, findings, &format!("`{role}`"), expected, node, scene)? {
        FileLocation::File(path) => SceneInput::File(path),
        FileLocation::Url(url, digest) => {
            is_fetchable(scope, findings, node, &url).then_some(SceneInput::Url(url, digest))?
        }
    };
    Some(ImageRef::Ready(image, (node != user).then_some(node)))
}

/// Reads a voice; `None` after reporting an error.
pub(in crate::storyboard) fn voice(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    scene: &SceneNames,
) -> Option<SceneInput> {
    Some(match located(scope, findings, "`voice`", "a path or an https URL", node, scene)? {
        FileLocation::File(path) => SceneInput::File(path),
        FileLocation::Url(url, digest) => {
            is_fetchable(scope, findings, node, &url).then_some(SceneInput::Url(url, digest))?
        }
    })
}

/// Whether the service takes a file from this address; reports it if not.
fn is_fetchable(scope: &Scope, findings: &mut Findings, node: NodeId, url: &str) -> bool {
    if !scope.catalog.limits.plain_urls {
        return true;
    }
    let path = url.split('#').next().unwrap_or_default();
    let label = "save the file in the project and write its path: it is uploaded with its type";
    if path.contains('?') {
        let message = "this API takes no file from an address with a query string";
        findings.error("bad-url", message, node, label);
        return false;
    }
    let extension = path.rsplit('/').next().and_then(|name| name.rsplit_once('.'));
    let extension = extension.map(|(_, extension)| extension.to_ascii_lowercase());
    let is_known = extension.is_some_and(|found| EXTENSIONS.contains(&found.as_str()));
    if !is_known {
        let message = "this API judges a file by the end of its address, which names no format";
        findings.error("bad-url", message, node, label);
    }
    is_known
}

fn frame(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    names: &SceneNames,
) -> Option<FrameRef> {
    let tree = scope.tree.clone();
    let ReadMap { fields: written, meant } =
        read::<FrameImage>(&tree, node, "an image of a scene", &mut findings.diagnostics)?;
    let frame_node = written.frame.as_ref().map_or(node, |frame| frame.node);
    let frame = match written.frame {
        None => Some(FrameAt::Last),
        Some(frame) => frame_at(scope, findings, frame.node, names),
    };
    let Some(scene) = written.scene else {
        if meant.contains(&"scene") {
            return None;
        }
        let message = "`frame` needs a `scene` to take it from";
        findings.error("missing-field", message, node, "write `{ scene: name, frame: last }`");
        return None;
    };
    let name = scope.text("`scene`", scene.node, Some(names), findings)?;
    let scene_node = scene.node;
    Some(FrameRef { scene: name.trim().to_string(), scene_node, frame, frame_node })
}

fn frame_at(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    scene: &SceneNames,
) -> Option<FrameAt> {
    let text = scope.text("`frame`", node, Some(scene), findings)?;
    let seconds = match text.trim() {
        "first" => return Some(FrameAt::First),
        "last" => return Some(FrameAt::Last),
        other => other.parse::<f64>().ok(),
    };
    match seconds {
        Some(seconds) if (0.0..=86_400.0).contains(&seconds) => {
            Some(FrameAt::Millis((seconds * 1_000.0).round() as u64))
        }
        _ => {
            let message = format!("unknown frame `{}`", excerpt(&text));
            let label = "write `first`, `last`, or seconds from the start, such as `2.5`";
            findings.error("unknown-value", message, node, label);
            None
        }
    }
}
