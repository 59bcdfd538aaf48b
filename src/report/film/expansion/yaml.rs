//! The expansion as YAML: a storyboard that is the same film, with the same keys.
//!
//! Every text is written as a template that renders as exactly that text, and every file in an
//! unambiguous form.

use std::path::Path;

use super::document::{
    ExpandedClip, ExpandedCut, ExpandedElement, ExpandedInput, ExpandedReference, ExpandedScene,
    ExpandedSeed, Expansion,
};
use super::provenance::Sourced;
use super::yaml_lines::YamlLines;
use super::yaml_text::inline;
use crate::catalog::Fit;
use crate::storyboard::verbatim;

/// The indentation of a scene's fields.
const FIELD: &str = "    ";

impl Expansion {
    /// The expansion as a storyboard, with comments that name the origin of each value.
    pub fn print_yaml(&self) -> String {
        let mut lines = YamlLines::default();
        let name = Path::new(&self.storyboard).file_name().unwrap_or_default().to_string_lossy();
        let profile = self.profile.as_ref();
        let profile = profile.map_or_else(String::new, |name| format!(" --profile {name}"));
        lines.comment(
            "",
            &format!("{name} as `kling-build expand{profile}` resolves it; comments say where"),
        );
        lines.comment("", "each value comes from. Keep this file in the same folder, which its");
        lines.comment("", "paths are relative to, and build it into a folder of its own (`-o`).");
        lines.word("", "version", "1", "");
        if let Some(title) = &self.title {
            lines.text("", "title", &verbatim(&title.value), &title.origin.text);
        }
        lines.word("", "api", self.api.value.as_str(), &self.api.origin.text);
        if let Some(budget) = &self.budget {
            lines.word("", "budget", &budget.value.to_string(), &budget.origin.text);
        }
        if let Some(quality) = &self.quality {
            lines.word("", "quality", quality.value.as_str(), &quality.origin.text);
        }
        if let Some(base_url) = &self.base_url {
            lines.open("", "hosting", "");
            lines.text("  ", "base_url", &verbatim(&base_url.value), &base_url.origin.text);
        }
        if let Some(s3) = &self.s3 {
            lines.open("", "hosting", "");
            lines.open("  ", "s3", &s3.origin.text);
            let place = &s3.value;
            let prefix = Some(&place.prefix).filter(|prefix| !prefix.is_empty());
            for (name, value) in [
                ("bucket", Some(&place.bucket)),
                ("endpoint", place.endpoint.as_ref()),
                ("region", place.region.as_ref()),
                ("prefix", prefix),
                ("public_url", place.public_url.as_ref()),
            ] {
                if let Some(value) = value {
                    lines.text("    ", name, &verbatim(value), "");
                }
            }
        }
        if let Some(fonts) = &self.fonts {
            lines.open("", "preview", "");
            let paths: Vec<_> = fonts.value.iter().map(|path| verbatim(path)).collect();
            let paths: Vec<&str> = paths.iter().map(|path| &**path).collect();
            lines.list("  ", "fonts", &paths, &fonts.origin.text);
        }
        lines.gap();
        lines.open("", "scenes", "");
        for scene in &self.scenes {
            write_scene(&mut lines, scene);
        }
        if !self.cuts.is_empty() {
            lines.gap();
            lines.open("", "cuts", "");
            for cut in &self.cuts {
                write_cut(&mut lines, cut);
            }
        }
        if !self.cuts_left_out.is_empty() {
            lines.gap();
            let cuts: Vec<&str> = self.cuts_left_out.iter().map(|cut| cut.as_str()).collect();
            let cuts = cuts.join(", ");
            let left_out = "left out, for they join scenes that were not chosen";
            lines.comment("", &format!("{left_out}: {cuts}"));
        }
        lines.print()
    }
}

fn write_scene(lines: &mut YamlLines, scene: &ExpandedScene) {
    lines.gap();
    lines.open("  ", scene.scene.as_str(), &scene.origin.text);
    lines.word(FIELD, "type", scene.scene_type.value.as_str(), &scene.scene_type.origin.text);
    if scene.label.value != scene.scene.as_str() {
        lines.text(FIELD, "label", &verbatim(&scene.label.value), &scene.label.origin.text);
    }
    if let Some(was) = &scene.was {
        lines.text(FIELD, "was", was.value.as_str(), &was.origin.text);
    }
    if !scene.scene_type.value.is_drawn() {
        lines.text(FIELD, "model", scene.model.value.as_str(), &scene.model.origin.text);
    }
    for (name, text) in [
        ("prompt", &scene.prompt),
        ("text", &scene.text),
        ("narration", &scene.narration),
        ("voiceover", &scene.voiceover),
        ("scratch_voice", &scene.scratch_voice),
    ] {
        if let Some(text) = text {
            lines.text(FIELD, name, &verbatim(&text.value), &text.origin.text);
        }
    }
    if let Some(camera) = &scene.camera {
        lines.text(FIELD, "move", camera.value, &camera.origin.text);
    }
    for (name, input) in [
        ("image", &scene.image),
        ("end_image", &scene.end_image),
        ("voice", &scene.voice),
        ("video", &scene.video),
    ] {
        if let Some(input) = input {
            write_input(lines, name, &input.value, &input.origin.text);
        }
    }
    if let Some(images) = &scene.key_images {
        let written: Vec<String> = images.value.iter().map(flow).collect();
        lines.flows(FIELD, "key_images", &written, &images.origin.text);
    }
    if let Some(references) = &scene.references {
        let written: Vec<String> = references.value.iter().map(flow_of_reference).collect();
        lines.flows(FIELD, "references", &written, &references.origin.text);
    }
    if let Some(elements) = &scene.elements {
        lines.open(FIELD, "elements", &elements.origin.text);
        elements.value.iter().for_each(|element| write_element(lines, element));
    }
    if let Some(duration) = &scene.duration {
        lines.word(FIELD, "duration", &duration.value.to_string(), &duration.origin.text);
    }
    if let Some(length) = &scene.length {
        lines.word(FIELD, "length", &length.value.to_string(), &length.origin.text);
    }
    let resolution = &scene.resolution;
    lines.word(FIELD, "resolution", resolution.value.as_str(), &resolution.origin.text);
    if let Some(ratio) = &scene.aspect_ratio {
        lines.text(FIELD, "aspect_ratio", &ratio.value.to_string(), &ratio.origin.text);
    }
    if let Some(seed) = &scene.seed {
        let word = match seed.value {
            ExpandedSeed::Number(seed) => seed.to_string(),
            ExpandedSeed::Word(_) => "random".to_string(),
        };
        lines.word(FIELD, "seed", &word, &seed.origin.text);
    }
    for (name, Sourced { value, origin }) in &scene.settings {
        match value.as_str() {
            Some(text) => lines.text(FIELD, name.as_str(), &verbatim(text), &origin.text),
            None => lines.word(FIELD, name.as_str(), &value.to_string(), &origin.text),
        }
    }
    if let Some(shots) = &scene.shots {
        lines.open(FIELD, "shots", &shots.origin.text);
        for shot in &shots.value {
            lines.item(FIELD, "seconds", &shot.seconds.to_string());
            lines.text(&format!("{FIELD}    "), "prompt", &verbatim(&shot.prompt), "");
        }
    }
    if let Some(takes) = &scene.takes {
        lines.word(FIELD, "takes", &takes.value.to_string(), &takes.origin.text);
    }
    if let Some(tags) = &scene.tags {
        let tags_in_order: Vec<&str> = tags.value.iter().map(|tag| tag.as_str()).collect();
        lines.list(FIELD, "tags", &tags_in_order, &tags.origin.text);
    }
    if let Some(after) = &scene.after {
        let names: Vec<&str> = after.value.iter().map(|scene| scene.as_str()).collect();
        lines.list(FIELD, "after", &names, &after.origin.text);
    }
    if !scene.after_left_out.is_empty() {
        let names: Vec<&str> = scene.after_left_out.iter().map(|scene| scene.as_str()).collect();
        lines.comment(FIELD, &format!("after scenes that were not chosen: {}", names.join(", ")));
    }
}

fn write_input(lines: &mut YamlLines, name: &str, input: &ExpandedInput, comment: &str) {
    match input {
        // A path with a colon would be read as a URL.
        ExpandedInput::File { file, fit: None } if file.contains(':') => {
            lines.open(FIELD, name, comment);
            lines.text("      ", "file", &verbatim(file), "");
        }
        ExpandedInput::File { file, fit: None } => {
            lines.text(FIELD, name, &verbatim(file), comment);
        }
        ExpandedInput::Url { url, sha256: None } => {
            lines.text(FIELD, name, &verbatim(url), comment);
        }
        ExpandedInput::Url { url, sha256: Some(sha256) } => {
            lines.open(FIELD, name, comment);
            lines.text("      ", "url", &verbatim(url), "");
            lines.text("      ", "sha256", &sha256.to_string(), "");
        }
        ExpandedInput::File { fit: Some(_), .. }
        | ExpandedInput::Frame { .. }
        | ExpandedInput::Video { .. } => {
            lines.word(FIELD, name, &flow(input), comment);
        }
    }
}

/// An input on one line.
fn flow(input: &ExpandedInput) -> String {
    let text = |text: &str| inline(&verbatim(text));
    match input {
        ExpandedInput::File { file, fit } => {
            format!("{{ file: {}{} }}", text(file), flow_of_fit(*fit))
        }
        ExpandedInput::Url { url, sha256: None } => format!("{{ url: {} }}", text(url)),
        ExpandedInput::Url { url, sha256: Some(sha256) } => {
            format!("{{ url: {}, sha256: {} }}", text(url), inline(&sha256.to_string()))
        }
        ExpandedInput::Frame { scene, frame, fit } => {
            let fit = flow_of_fit(*fit);
            format!("{{ scene: {}, frame: {frame}{fit} }}", inline(scene.as_str()))
        }
        ExpandedInput::Video { scene } => format!("{{ scene: {} }}", inline(scene.as_str())),
    }
}

/// What is done about the shape of a picture, after its other fields.
fn flow_of_fit(fit: Option<Fit>) -> String {
    fit.map_or_else(String::new, |fit| format!(", fit: {fit}"))
}

fn flow_of_reference(reference: &ExpandedReference) -> String {
    match reference {
        ExpandedReference::Picture(picture) => flow(picture),
        ExpandedReference::Video { video } => format!("{{ video: {} }}", flow(video)),
        ExpandedReference::Voice { voice } => format!("{{ voice: {} }}", flow(voice)),
    }
}

fn write_element(lines: &mut YamlLines, element: &ExpandedElement) {
    let within = format!("{FIELD}    ");
    lines.item(FIELD, "name", &inline(&verbatim(&element.name)));
    lines.text(&within, "description", &verbatim(&element.description), "");
    if !element.images.is_empty() {
        let images: Vec<String> = element.images.iter().map(flow).collect();
        lines.flows(&within, "images", &images, "");
    }
    for (name, input) in [("video", &element.video), ("voice", &element.voice)] {
        if let Some(input) = input {
            lines.word(&within, name, &flow(input), "");
        }
    }
    for (name, seconds) in [("from", element.from), ("to", element.to)] {
        if let Some(seconds) = seconds {
            lines.word(&within, name, &seconds.to_string(), "");
        }
    }
}

fn write_cut(lines: &mut YamlLines, cut: &ExpandedCut) {
    lines.open("  ", cut.cut.as_str(), &cut.origin.text);
    if let Some(was) = &cut.was {
        lines.text(FIELD, "was", was.as_str(), "");
    }
    let clip = |clip: &ExpandedClip| match clip {
        ExpandedClip::Scene(scene) => inline(scene.as_str()),
        ExpandedClip::Part { scene, length } => {
            format!("{{ scene: {}, length: {length} }}", inline(scene.as_str()))
        }
    };
    let clips = cut.scenes.iter().map(clip).collect();
    lines.row(FIELD, "scenes", clips, "");
}
