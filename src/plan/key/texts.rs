//! Texts: what of them a recipe has. Blanks at the ends of lines are not seen in an editor, and some
//! editors remove them on saving, so no recipe contains them.

use std::borrow::Cow;

use super::recipe::Recipe;
use crate::catalog::{Setting, SettingValue};
use crate::storyboard::Scene;

/// Whether a scene's texts have blanks at the ends of lines.
pub fn has_trailing_blanks(scene: &Scene) -> bool {
    let clip = scene.clip();
    let shots = clip.into_iter().flat_map(|it| &it.shots).map(|shot| shot.prompt.as_str());
    let elements = clip.into_iter().flat_map(|it| &it.elements);
    let negative = clip.and_then(|it| it.settings.get(&Setting::NegativePrompt));
    let negative = negative.and_then(|value| match value {
        SettingValue::Text(text) => Some(text.as_str()),
        SettingValue::Number(_) | SettingValue::Switch(_) => None,
    });
    let texts = scene.prompt().into_iter().chain(negative).chain(shots);
    let mut texts = texts.chain(elements.map(|element| element.description.as_str()));
    texts.any(|text| matches!(without_trailing_blanks(text), Cow::Owned(_)))
}

impl Recipe {
    /// The recipe without blanks at the ends of lines; `None` if it has none.
    pub fn without_trailing_blanks(&self) -> Option<Recipe> {
        let mut tidy = self.clone();
        let mut is_changed = false;
        let mut tidy_up = |text: &mut String| {
            if let Cow::Owned(trimmed) = without_trailing_blanks(text) {
                *text = trimmed;
                is_changed = true;
            }
        };
        tidy.prompt.iter_mut().for_each(&mut tidy_up);
        tidy.shots.iter_mut().for_each(|shot| tidy_up(&mut shot.prompt));
        tidy.elements.iter_mut().for_each(|element| tidy_up(&mut element.description));
        if let Some(SettingValue::Text(text)) = tidy.settings.get_mut(&Setting::NegativePrompt) {
            tidy_up(text);
        }
        is_changed.then_some(tidy)
    }
}

/// The text without blanks at the ends of its lines, which end in `\n`.
fn without_trailing_blanks(text: &str) -> Cow<'_, str> {
    let is_tidy = |line: &str| !line.ends_with([' ', '\t', '\r']);
    if text.split('\n').all(is_tidy) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> =
        text.split('\n').map(|it| it.trim_end_matches([' ', '\t', '\r'])).collect();
    Cow::Owned(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ends_of_lines_change() {
        for (written, expected) in [
            ("a  b\n  c", None),
            ("a \nb", Some("a\nb")),
            ("a\t\r\n\r\n b \u{a0}", Some("a\n\n b \u{a0}")),
            ("\n", None),
        ] {
            let changed = match without_trailing_blanks(written) {
                Cow::Borrowed(_) => None,
                Cow::Owned(text) => Some(text),
            };
            assert_eq!(changed.as_deref(), expected, "{written:?}");
        }
    }
}
