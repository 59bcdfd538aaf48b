//! The elements of a scene: people and things with pictures or a video, which its prompt can name.

use super::fields::{Field, Fields};
use super::model_choice::ModelChoice;
use super::references::FilledSlots;
use crate::base::text::{count, excerpt};
use crate::base::{Diagnostic, Warning};
use crate::catalog::{
    ELEMENT_NAME_CHARS, ELEMENT_PICTURES, ELEMENT_SPAN_MILLIS, ElementLimits, InputRole, InputSlot,
};
use crate::storyboard::film::resolved::{Clip, Element};
use crate::storyboard::film::value_origin::SceneField;
use crate::storyboard::resolve::inputs::{self, InputRef};
use crate::storyboard::schema::input_forms::WrittenElement;
use crate::storyboard::schema::reader::{ReadMap, read};
use crate::storyboard::schema::written::Written;
use crate::storyboard::text::suggestions::{closest, list};
use crate::storyboard::text::yaml::tree::NodeId;

/// The elements of a scene, and their files.
#[derive(Default)]
pub(super) struct Elements {
    pub elements: Vec<Element>,
    pub inputs: FilledSlots,
}

impl Fields<'_> {
    /// The elements; `None` after reporting an error. `references` is the number of reference
    /// pictures, which count as well.
    pub(super) fn elements(&mut self, choice: &ModelChoice, references: usize) -> Option<Elements> {
        let Some(field) = self.pick(SceneField::Elements) else { return Some(Elements::default()) };
        let items = self.filled_list("elements", field)?;
        let limits = match choice.model.elements {
            Some(limits) => limits,
            None if !choice.is_right => return None,
            None => {
                self.not_taken("`elements`", choice, field, |model| model.elements.is_some());
                return None;
            }
        };
        let all: Vec<Option<(Element, FilledSlots)>> = items
            .iter()
            .enumerate()
            .map(|(at, item)| {
                let at = u8::try_from(at).expect("lists are shorter");
                self.element(at, *item, limits, choice)
            })
            .collect();
        // A name of an element that has errors is a name all the same.
        self.element_names.extend(all.iter().flatten().map(|(element, _)| element.name.clone()));
        let all = all.into_iter().collect::<Option<Vec<_>>>()?;
        let mut elements = Elements::default();
        for ((element, inputs), item) in all.into_iter().zip(items) {
            if elements.elements.iter().any(|other| other.name == element.name) {
                let message = format!("two elements have the name `{}`", element.name);
                self.findings.error("name-taken", message, item, "give it another name");
                return None;
            }
            elements.elements.push(element);
            elements.inputs.extend(inputs);
        }
        self.elements_fit(choice, limits, &elements, references, field).then_some(elements)
    }

    fn element(
        &mut self,
        at: u8,
        node: NodeId,
        limits: ElementLimits,
        choice: &ModelChoice,
    ) -> Option<(Element, FilledSlots)> {
        let tree = self.scope.tree.clone();
        let read =
            read::<WrittenElement>(&tree, node, "an element", &mut self.findings.diagnostics)?;
        let name = self.element_name(&read, node);
        let description = match read.fields.description {
            Some(Written { node, .. }) => self.element_text("`description`", node),
            None => {
                let label = "add `description:`: say what it is";
                self.part_lacks(("an element", &read.meant), "description", node, label)
            }
        };
        let files = self.element_files(at, &read, node);
        let span = self.element_span(&read, limits, choice);
        let (name, description) = name.zip(description)?;
        let (files, span) = files.zip(span)?;
        Some((Element { name, description, span }, files))
    }

    fn element_name(&mut self, read: &ReadMap<WrittenElement>, node: NodeId) -> Option<String> {
        let Some(Written { node, .. }) = read.fields.name else {
            let label = "add `name:`: the prompt says `@name`";
            return self.part_lacks(("an element", &read.meant), "name", node, label);
        };
        let text = self.element_text("`name`", node)?;
        let name = text.strip_prefix('@').unwrap_or(&text);
        if name.is_empty() || !name.chars().all(is_part_of_name) {
            let message = format!("`{}` is not the name of an element", excerpt(&text));
            let label = "use letters, digits, `_` and `-`, so that the prompt can say `@name`";
            self.findings.error("bad-name", message, node, label);
            return None;
        }
        Some(name.to_string())
    }

    /// A text that is not empty.
    fn element_text(&mut self, what: &str, node: NodeId) -> Option<String> {
        let text = self.text(what, node)?.trim().to_string();
        if text.is_empty() {
            let message = format!("{what} of an element is empty");
            self.findings.error("empty-text", message, node, "write it");
            return None;
        }
        Some(text)
    }

    /// The pictures or the video, and the voice.
    fn element_files(
        &mut self,
        element: u8,
        read: &ReadMap<WrittenElement>,
        node: NodeId,
    ) -> Option<FilledSlots> {
        let (least, most) = ELEMENT_PICTURES;
        let mut files = match (&read.fields.images, &read.fields.video) {
            (Some(images), None) => {
                let items = self.scope.list("`images`", images.node, self.findings)?;
                if !(least..=most).contains(&items.len()) {
                    let message = format!("an element has {}", count(items.len(), "picture"));
                    let label = format!("give it {least} to {most}, from several sides");
                    self.findings.error("wrong-list", message, images.node, label);
                    return None;
                }
                self.images(InputRole::ElementImage, element, items)?
            }
            (None, Some(video)) => {
                let slot = InputSlot::of_element(element, InputRole::ElementVideo, 0);
                let node = video.node;
                vec![(slot, inputs::video(self.scope, self.findings, node, self.names)?, node)]
            }
            (Some(_), Some(video)) => {
                let message = "an element has pictures or a video, not both";
                self.findings.error("fields-exclude", message, video.node, "remove one of them");
                return None;
            }
            (None, None) => {
                let label = "add `images:` with two to four pictures, or `video:`";
                return self.part_lacks(("an element", &read.meant), "images", node, label);
            }
        };
        if let Some(voice) = &read.fields.voice {
            let slot = InputSlot::of_element(element, InputRole::ElementVoice, 0);
            let input = inputs::voice(self.scope, self.findings, voice.node, self.names)?;
            files.push((slot, InputRef::Ready(input, None), voice.node));
        }
        Some(files)
    }

    /// The part of the video that counts; `Some(None)` if none is written.
    fn element_span(
        &mut self,
        read: &ReadMap<WrittenElement>,
        limits: ElementLimits,
        choice: &ModelChoice,
    ) -> Option<Option<(u32, u32)>> {
        let ReadMap { fields: WrittenElement { from, to, video, .. }, .. } = read;
        let Some(node) = from.or(*to).map(|written| written.node) else { return Some(None) };
        let model = &choice.model.id;
        let refusal = match (video, from, to) {
            (None, ..) => Some(("`from` and `to` are for a video".to_string(), "remove them")),
            _ if !limits.spans => {
                let message = format!("`{model}` takes the whole video of an element here");
                Some((message, "remove `from` and `to`"))
            }
            (_, None, _) | (_, _, None) => {
                Some(("`from` and `to` belong together".to_string(), "write both, in seconds"))
            }
            _ => None,
        };
        if let Some((message, label)) = refusal {
            self.findings.error("field-not-taken", message, node, label);
            return None;
        }
        let mut millis = |written: &Option<Written<_>>, what: &str| {
            let node = written.as_ref()?.node;
            let (names, wants) = (Some(self.names), "a number of seconds");
            let seconds = self.scope.seconds(what, wants, node, names, self.findings)?;
            (0.0..=86_400.0).contains(&seconds).then(|| (seconds * 1_000.0).round() as u32)
        };
        let (begins, ends) = (millis(from, "`from`")?, millis(to, "`to`")?);
        let (least, most) = ELEMENT_SPAN_MILLIS;
        if !(least..=most).contains(&ends.saturating_sub(begins)) {
            let seconds = f64::from(ends.saturating_sub(begins)) / 1_000.0;
            let message = format!("this part of the video is {seconds} s long");
            let label =
                format!("`to` must be {} to {} s after `from`", least / 1_000, most / 1_000);
            self.findings.error("wrong-duration", message, node, label);
            return None;
        }
        Some(Some((begins, ends)))
    }

    /// Whether the model accepts that many elements; reports it if not.
    fn elements_fit(
        &mut self,
        choice: &ModelChoice,
        limits: ElementLimits,
        elements: &Elements,
        references: usize,
        field: Field,
    ) -> bool {
        let with_video =
            |(slot, ..): &&(InputSlot, InputRef, NodeId)| slot.role == InputRole::ElementVideo;
        let videos = elements.inputs.iter().filter(with_video).count();
        let pictures = elements.elements.len() - videos + references;
        let pictures_max = match videos {
            0 => limits.pictures,
            _ => limits.pictures_beside_videos.unwrap_or(limits.pictures),
        };
        let of = if references > 0 { " and reference pictures" } else { "" };
        let beside = if videos > 0 { " beside one with a video" } else { "" };
        let rules = [
            (elements.elements.len(), limits.number.unwrap_or(usize::MAX), "elements".to_string()),
            (videos, limits.videos, "elements with a video".to_string()),
            (pictures, pictures_max, format!("elements with pictures{of}{beside}")),
        ];
        let Some((number, most, what)) = rules.into_iter().find(|(number, most, _)| number > most)
        else {
            return true;
        };
        let message = format!(
            "scene `{}` has {number} {what}, but `{}` accepts {most}",
            self.names.full(),
            choice.model.id
        );
        self.unsuited("too-many-references", message, field, "leave some out");
        false
    }

    /// Checks the names in the prompt and in the shots: each `@name` is an element, and each element
    /// is named. Where a model takes elements for some scenes, it refuses such names in all.
    pub(super) fn check_names(&mut self, choice: &ModelChoice, prompt: &str, clip: &Clip) -> bool {
        let mut entries = self.scope.catalog.with_id(choice.model.id.as_str());
        if !entries.any(|entry| entry.elements.is_some()) {
            return true;
        }
        let texts = clip.shots.iter().map(|shot| shot.prompt.as_str()).chain([prompt]);
        let named: Vec<&str> = texts.flat_map(names_in).collect();
        let known = || clip.elements.iter().map(|element| element.name.as_str());
        let field = self.pick(SceneField::Prompt).or_else(|| self.pick(SceneField::Shots));
        let Some(field) = field else { return true };
        if let Some(unknown) = named.iter().find(|name| !known().any(|known| known == **name)) {
            let message = format!(
                "the prompt of scene `{}` names `@{}`, which is no element of it",
                self.names.full(),
                excerpt(unknown)
            );
            let label = match (closest(unknown, known()), clip.elements.len()) {
                (Some(word), _) => format!("did you mean `@{word}`?"),
                (None, 0) if choice.model.elements.is_none() => {
                    "write it without the `@`: this model takes no elements here".to_string()
                }
                (None, 0) => "add it to `elements`, or write it without the `@`".to_string(),
                (None, _) => format!("its elements are {}", list(known())),
            };
            self.error("unknown-element", message, field, label);
            return false;
        }
        if let Some(unused) = known().find(|name| !named.contains(name)) {
            let message = format!("no prompt names the element `{unused}`");
            let label = format!("write `@{unused}` in the prompt, or remove it");
            let place = self.pick(SceneField::Elements).unwrap_or(field).node;
            let warning = Diagnostic::warning(Warning::UnusedElement, message)
                .at(self.scope.tree.place(place))
                .label(label);
            self.findings.add(warning);
        }
        true
    }
}

/// The characters of a prompt as the API counts them: the name of an element counts as so many,
/// whatever its length.
pub(super) fn counted_chars(prompt: &str, elements: &[String]) -> usize {
    let named = names_in(prompt).filter(|name| elements.iter().any(|known| known == name));
    let extra: usize =
        named.map(|name| ELEMENT_NAME_CHARS.saturating_sub(name.chars().count() + "@".len())).sum();
    prompt.chars().count() + extra
}

/// The names that a prompt refers to as `@name`; an `@` within a word, as in an address, is none.
fn names_in(prompt: &str) -> impl Iterator<Item = &str> {
    prompt.match_indices('@').filter_map(|(at, _)| {
        let before = prompt[..at].chars().next_back();
        let rest = &prompt[at + "@".len()..];
        let length = rest.find(|it| !is_part_of_name(it)).unwrap_or(rest.len());
        let is_name = length > 0 && !before.is_some_and(is_part_of_name);
        is_name.then(|| &rest[..length])
    })
}

fn is_part_of_name(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_prompts() {
        let names = |prompt| names_in(prompt).collect::<Vec<_>>();
        assert_eq!(names("@mia walks, then @old-tom_2."), ["mia", "old-tom_2"]);
        assert_eq!(names("(@娜娜) mia@example.org @ home @@"), ["娜娜"]);
    }

    #[test]
    fn a_name_counts_as_thirty_seven_characters() {
        let elements = ["mia".to_string()];
        assert_eq!(counted_chars("@mia walks", &elements), 37 + " walks".len());
        assert_eq!(counted_chars("@tom walks", &elements), "@tom walks".len());
    }
}
