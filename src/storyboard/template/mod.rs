//! Templates: handlebars in strict mode, with mistakes found before anything is rendered.

mod anatomy;
mod engine;
mod helpers;
mod locate;
mod names;
mod tags;

pub(super) use engine::{Compiled, Engine, Trouble};
pub(super) use helpers::HELPERS;
pub(super) use locate::within;
pub(super) use names::{SceneNames, Stage};

use std::ops::Range;

/// Something wrong with a template, by its place in the template's own text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// A stable name in kebab-case.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What stands under the carets.
    pub label: String,
    /// Bytes of the template's text.
    pub range: Range<usize>,
}

/// Whether a text is a template at all; others are taken as they are.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{")
}
