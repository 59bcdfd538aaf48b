//! Inputs: the images, voices and videos of scenes.

use crate::base::text::excerpt;
use crate::catalog::{InputKind, InputRole};
use crate::storyboard::film::resolved::{FrameAt, SceneInput};
use crate::storyboard::schema::input_forms::{CharacterImage, FrameImage, SceneVideo};
use crate::storyboard::schema::reader::{ReadMap, read};
use crate::storyboard::scope::characters;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::locations::{FileLocation, form, located};
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::yaml::tree::NodeId;

/// The take of another scene, before it is known whether that scene exists.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct TakeRef {
    /// The scene's name as written.
    pub scene: String,
    /// The node of the name.
    pub scene_node: NodeId,
    /// What of the take; `None` after reporting that it is invalid.
    pub part: Option<TakePart>,
    /// The node that says so.
    pub part_node: NodeId,
}

/// What of a take is used.
#[derive(Clone, Copy, Debug)]
pub(in crate::storyboard) enum TakePart {
    /// A frame.
    Frame(FrameAt),
    /// The whole video.
    Video,
}

/// An input as written.
#[derive(Clone, Debug)]
pub(in crate::storyboard) enum InputRef {
    /// A file or a URL; where it is a character's picture, the node of that.
    Ready(SceneInput, Option<NodeId>),
    /// A take of another scene.
    Take(TakeRef),
}

/// How the names of files end, by what they contain. An MP4 may also be a recording, as a voice.
const EXTENSIONS: [(InputKind, &[&str]); 3] = [
    (InputKind::Picture, &["jpg", "jpeg", "png", "webp"]),
    (InputKind::Video, &["mp4", "mov", "m4v"]),
    (InputKind::Voice, &["mp3", "wav", "aac", "m4a", "ogg", "oga"]),
];
/// The fields that distinguish the forms of an image.
const IMAGE_FORMS: [&str; 4] = ["scene", "character", "url", "file"];
/// What a video may be.
const VIDEO: &str = "a path, an https URL or `{ scene: name }`";

/// What the name of a file or an address says that it contains; a picture if it says nothing.
pub(in crate::storyboard) fn kind_of(input: &SceneInput) -> InputKind {
    let (SceneInput::File(path) | SceneInput::Url(path, _)) = input else {
        return InputKind::Picture;
    };
    kind_of_name(path).unwrap_or(InputKind::Picture)
}

fn kind_of_name(path: &str) -> Option<InputKind> {
    let extension = path.rsplit('/').next()?.rsplit_once('.')?.1.to_ascii_lowercase();
    let known = |known: &&(InputKind, &[&str])| known.1.contains(&extension.as_str());
    EXTENSIONS.iter().find(known).map(|known| known.0)
}

/// The name of an input in messages.
fn noun(role: InputRole) -> &'static str {
    match role {
        InputRole::Image => "`image`",
        InputRole::EndImage => "`end_image`",
        InputRole::KeyImage => "an image of `key_images`",
        InputRole::Voice | InputRole::ReferenceVoice | InputRole::ElementVoice => "`voice`",
        InputRole::Video | InputRole::ReferenceVideo | InputRole::ElementVideo => "`video`",
        InputRole::Reference => "a reference",
        InputRole::ElementImage => "an image of `images`",
    }
}

/// Reads an image; `None` after reporting an error.
pub(in crate::storyboard) fn image(
    scope: &mut Scope,
    findings: &mut Findings,
    role: InputRole,
    node: NodeId,
    scene: &SceneNames,
) -> Option<InputRef> {
    let tree = scope.tree.clone();
    let user = node;
    let has_frame = tree.map(node).is_some_and(|map| map.get("frame").is_some());
    let (node, expected) = match form(&tree, node, &IMAGE_FORMS) {
        None if has_frame => return frame(scope, findings, node, scene).map(InputRef::Take),
        Some("scene") => return frame(scope, findings, node, scene).map(InputRef::Take),
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
    let image = file(scope, findings, (noun(role), expected), node, scene)?;
    Some(InputRef::Ready(image, (node != user).then_some(node)))
}

/// Reads a voice; `None` after reporting an error.
pub(in crate::storyboard) fn voice(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    scene: &SceneNames,
) -> Option<SceneInput> {
    file(scope, findings, ("`voice`", "a path or an https URL"), node, scene)
}

/// Reads the path of a voiceover; `None` after reporting an error.
pub(in crate::storyboard) fn voiceover(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    scene: &SceneNames,
) -> Option<String> {
    match located(scope, findings, "`voiceover`", "a path", node, scene)? {
        FileLocation::File(path) if kind_of_name(&path).is_none() && path.contains(' ') => {
            let message = "`voiceover` must be the path of a recording, not what is said";
            findings.error("wrong-type", message, node, "write the text as `narration`");
            None
        }
        FileLocation::File(path) => Some(path),
        FileLocation::Url(..) => {
            let message = "`voiceover` must be a file of the project, not a URL";
            let label = "save the recording in the project: previews fetch nothing";
            findings.error("wrong-type", message, node, label);
            None
        }
    }
}

/// Reads a video; `None` after reporting an error.
pub(in crate::storyboard) fn video(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    names: &SceneNames,
) -> Option<InputRef> {
    let tree = scope.tree.clone();
    if form(&tree, node, &["scene", "url", "file"]) != Some("scene") {
        let video = file(scope, findings, ("`video`", VIDEO), node, names)?;
        return Some(InputRef::Ready(video, None));
    }
    if let Some(frame) = tree.map(node).and_then(|map| map.get("frame")) {
        let message = "`video` is a whole take, and `frame` names a picture of one";
        findings.error("field-not-taken", message, frame.key, "remove `frame`");
        return None;
    }
    let noun = "a video of a scene";
    let written = read::<SceneVideo>(&tree, node, noun, &mut findings.diagnostics)?.fields;
    let scene_node = written.scene?.node;
    let name = scope.text("`scene`", scene_node, Some(names), findings)?;
    let part = Some(TakePart::Video);
    Some(InputRef::Take(TakeRef {
        scene: name.trim().to_string(),
        scene_node,
        part,
        part_node: node,
    }))
}

/// Reads a file or a URL that the service can fetch, given its name and what it may be; `None` after
/// reporting an error.
fn file(
    scope: &mut Scope,
    findings: &mut Findings,
    (noun, expected): (&str, &str),
    node: NodeId,
    scene: &SceneNames,
) -> Option<SceneInput> {
    match located(scope, findings, noun, expected, node, scene)? {
        FileLocation::File(path) => Some(SceneInput::File(path)),
        FileLocation::Url(url, digest) => {
            is_fetchable(scope, findings, node, &url).then_some(SceneInput::Url(url, digest))
        }
    }
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
    let is_known = kind_of_name(path).is_some();
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
) -> Option<TakeRef> {
    let tree = scope.tree.clone();
    let ReadMap { fields: written, meant } =
        read::<FrameImage>(&tree, node, "an image of a scene", &mut findings.diagnostics)?;
    let part_node = written.frame.as_ref().map_or(node, |frame| frame.node);
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
    let part = frame.map(TakePart::Frame);
    Some(TakeRef { scene: name.trim().to_string(), scene_node, part, part_node })
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
