//! Inputs: the images, voices and videos of scenes.

use crate::base::text::excerpt;
use crate::catalog::{Fit, InputKind, InputRole};
use crate::storyboard::film::resolved::{FrameAt, SceneInput};
use crate::storyboard::schema::input_forms::{
    CharacterImage, FrameImage, PictureFile, PictureUrl, SceneVideo,
};
use crate::storyboard::schema::reader::{ReadMap, read};
use crate::storyboard::schema::written::{Template, Written};
use crate::storyboard::scope::characters;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::locations::{FileLocation, form, located, path, pinned_url};
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::written_seconds;
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

/// A picture as written.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct PictureRef {
    /// Where it comes from.
    pub input: InputRef,
    /// How it is brought to the shape of its scene, if that is written with it.
    pub fit: Option<WrittenFit>,
}

/// How a picture is brought to the shape of its scene, as written.
#[derive(Clone, Copy, Debug)]
pub(in crate::storyboard) struct WrittenFit {
    /// What is done.
    pub fit: Fit,
    /// The node that says so.
    pub node: NodeId,
}

/// How the names of files end, by what they contain. An MP4 may also be a recording, as a voice.
const EXTENSIONS: [(InputKind, &[&str]); 3] = [
    (InputKind::Picture, &["jpg", "jpeg", "png", "webp"]),
    (InputKind::Video, &["mp4", "mov", "m4v"]),
    (InputKind::Voice, &["mp3", "wav", "aac", "m4a", "ogg", "oga"]),
];
/// The fields that distinguish the forms of an image.
const IMAGE_FORMS: [&str; 4] = ["scene", "character", "url", "file"];
/// What an image may be.
const IMAGE: &str = "a path, an https URL, `{ scene: name, frame: last }` or `{ character: name }`";
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
) -> Option<PictureRef> {
    let tree = scope.tree.clone();
    let noun = noun(role);
    let has_frame = tree.map(node).is_some_and(|map| map.get("frame").is_some());
    let (input, fit) = match form(&tree, node, &IMAGE_FORMS) {
        Some("scene") => frame(scope, findings, node, scene)?,
        None if has_frame => frame(scope, findings, node, scene)?,
        Some("character") => {
            let what = "an image of a character";
            let written =
                read::<CharacterImage>(&tree, node, what, &mut findings.diagnostics)?.fields;
            let name = written.character?;
            let text = scope.text("`character`", name.node, Some(scene), findings)?;
            let picture = characters::picture(scope, findings, &name, text.trim())?;
            let expected = "a path or an https URL";
            let image = file(scope, findings, (noun, expected), picture, scene)?;
            (InputRef::Ready(image, Some(picture)), written.fit)
        }
        Some("file") => {
            let written = read::<PictureFile>(&tree, node, noun, &mut findings.diagnostics)?.fields;
            let path = path(scope, findings, noun, written.file?.node, scene)?;
            (InputRef::Ready(SceneInput::File(path), None), written.fit)
        }
        Some("url") => {
            let written = read::<PictureUrl>(&tree, node, noun, &mut findings.diagnostics)?.fields;
            let sha256 = written.sha256.map(|sha256| sha256.node);
            let url = pinned_url(scope, findings, noun, (written.url?.node, sha256), scene)?;
            let image = fetchable(scope, findings, node, url)?;
            (InputRef::Ready(image, None), written.fit)
        }
        _ => {
            let image = file(scope, findings, (noun, IMAGE), node, scene)?;
            (InputRef::Ready(image, None), None)
        }
    };
    let fit = match fit {
        None => None,
        Some(written) => Some(fit_of(scope, findings, role, written.node, scene)?),
    };
    Some(PictureRef { input, fit })
}

/// Reads how a picture is brought to the shape of its scene; `None` after reporting an error.
fn fit_of(
    scope: &mut Scope,
    findings: &mut Findings,
    role: InputRole,
    node: NodeId,
    scene: &SceneNames,
) -> Option<WrittenFit> {
    let fit = scope.term("`fit`", node, Some(scene), findings)?;
    if role.is_frame() {
        return Some(WrittenFit { fit, node });
    }
    let message = format!("{} is not a frame of the clip and keeps its own shape", noun(role));
    findings.error("field-not-taken", message, node, "remove `fit`");
    None
}

/// Reads a voice; `None` after reporting an error.
pub(in crate::storyboard) fn voice(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    scene: &SceneNames,
) -> Option<SceneInput> {
    let voice = file(scope, findings, ("`voice`", "a path or an https URL"), node, scene)?;
    match &voice {
        SceneInput::File(path) if is_said(path) => {
            let message = "`voice` must be the path of a recording, not what is said";
            let label = "record it, and write the path of the file: nothing here speaks it";
            findings.error("wrong-type", message, node, label);
            None
        }
        SceneInput::File(path) if is_speaker(path) => {
            let message = "`voice` must be the path of a recording, not the name of a speaker";
            findings.error("wrong-type", message, node, "write the path of a recorded voice");
            None
        }
        _ => Some(voice),
    }
}

/// Whether a path is rather what someone says.
fn is_said(path: &str) -> bool {
    let is_extension = |end: &str| {
        (2..=4).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    path.contains(' ') && !path.rsplit_once('.').is_some_and(|(_, end)| is_extension(end))
}

/// Whether a path is rather the name of a voice in another program: `en-US-JennyNeural`.
fn is_speaker(path: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.len() <= 30 && part.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let mut parts = path.split(['-', '_']);
    let language = parts.next().is_some_and(|part| part.len() == 2 && is_part(part));
    let country = parts.next().is_some_and(|part| part.len() == 2 && is_part(part));
    language && country && parts.next().is_some_and(is_part)
}

/// Reads the path of a voiceover; `None` after reporting an error.
pub(in crate::storyboard) fn voiceover(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    scene: &SceneNames,
) -> Option<String> {
    match located(scope, findings, "`voiceover`", "a path", node, scene)? {
        FileLocation::File(path) if is_said(&path) => {
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
    let location = located(scope, findings, noun, expected, node, scene)?;
    fetchable(scope, findings, node, location)
}

/// A file, or a URL that the service can fetch; `None` after reporting that it cannot.
fn fetchable(
    scope: &Scope,
    findings: &mut Findings,
    node: NodeId,
    location: FileLocation,
) -> Option<SceneInput> {
    match location {
        FileLocation::File(path) => Some(SceneInput::File(path)),
        FileLocation::Url(url, digest) => {
            is_fetchable(scope, findings, node, &url).then_some(SceneInput::Url(url, digest))
        }
    }
}

/// The formats of pictures that no API takes, by the ends of their names.
const OTHER_PICTURES: [&str; 12] =
    ["heic", "heif", "avif", "jxl", "tif", "tiff", "bmp", "gif", "svg", "psd", "dng", "pdf"];

/// The service that shows a file on a page at this address instead of sending it.
fn page_of(url: &str) -> Option<&'static str> {
    let (_, rest) = url.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    Some(match host {
        "drive.google.com" if path.starts_with("file/") || path.starts_with("open") => {
            "Google Drive"
        }
        "photos.google.com" | "photos.app.goo.gl" => "Google Photos",
        "docs.google.com" => "Google Docs",
        "dropbox.com" if !path.contains("dl=1") && !path.contains("raw=1") => "Dropbox",
        "icloud.com" | "share.icloud.com" => "iCloud",
        "1drv.ms" | "onedrive.live.com" => "OneDrive",
        "we.tl" | "wetransfer.com" => "WeTransfer",
        "youtube.com" | "youtu.be" => "YouTube",
        "vimeo.com" => "Vimeo",
        "github.com" if path.contains("/blob/") && !path.ends_with("raw=true") => "GitHub",
        _ => return None,
    })
}

/// Whether the service takes a file from this address; reports it if not.
fn is_fetchable(scope: &Scope, findings: &mut Findings, node: NodeId, url: &str) -> bool {
    let path = url.split('#').next().unwrap_or_default();
    let label = "save the file in the project and write its path: it is uploaded with its type";
    if let Some(service) = page_of(path) {
        let message = format!("this is the address of a page of {service}, not of the file itself");
        findings.error("bad-url", message, node, label);
        return false;
    }
    let file = path.split('?').next().unwrap_or_default();
    let extension = file.rsplit('/').next().and_then(|name| name.rsplit_once('.'));
    let extension = extension.map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    if OTHER_PICTURES.contains(&extension.as_str()) {
        let message = format!("the API takes no {} pictures", extension.to_uppercase());
        findings.error("bad-url", message, node, "save it as JPEG or PNG");
        return false;
    }
    if !scope.catalog.limits.plain_urls {
        return true;
    }
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

/// Reads a frame of another scene, and its `fit`; `None` after reporting an error.
fn frame(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    names: &SceneNames,
) -> Option<(InputRef, Option<Written<Template<Fit>>>)> {
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
    let take = TakeRef { scene: name.trim().to_string(), scene_node, part, part_node };
    Some((InputRef::Take(take), written.fit))
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
            let label = match written_seconds::advice(&text) {
                advice if advice.contains("such as") => {
                    "write `first`, `last`, or seconds from the start, such as `2.5`".to_string()
                }
                advice => advice,
            };
            findings.error("unknown-value", message, node, label);
            None
        }
    }
}
