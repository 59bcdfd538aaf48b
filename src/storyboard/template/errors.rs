//! Mistakes: what is wrong with a template, before it is known where the template stands.

use std::ops::Range;

/// A partial, and where the template uses it, itself or through other partials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::storyboard) struct UsedPartial {
    /// Its name.
    pub name: String,
    /// Bytes of the template's text.
    pub used: Range<usize>,
}

/// Something wrong with a template, by its place in the template's own text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::storyboard) struct Mistake {
    /// A stable name in kebab-case.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What stands under the carets.
    pub label: String,
    /// Bytes of the template's text.
    pub range: Range<usize>,
}
