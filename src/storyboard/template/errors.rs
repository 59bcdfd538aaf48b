//! Template errors: in a template's text, in rendering it, or in the values passed to it.
//!
//! Places are relative to the template's own text; the file that contains it is unknown here.

use std::ops::Range;
use std::rc::Rc;

use handlebars::{RenderError, RenderErrorReason};

use crate::base::Place;

/// Longest text that a template may render as, in bytes.
pub(super) const OUTPUT_MAX_BYTES: usize = 256 << 10;

/// A partial, and where the template uses it, directly or through other partials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::storyboard) struct UsedPartial {
    /// Its name.
    pub name: String,
    /// Bytes of the template's text.
    pub used: Range<usize>,
}

/// An error in a template, by its place in the template's own text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::storyboard) struct TemplateProblem {
    /// A stable name in kebab-case.
    pub code: &'static str,
    /// The error.
    pub message: String,
    /// The text under the carets.
    pub label: String,
    /// Bytes of the template's text.
    pub range: Range<usize>,
}

/// Something that a template needs but a value of its scene does not have.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct MissingValue {
    /// The name of the incomplete value.
    pub label: Rc<str>,
    /// Its place.
    pub place: Place,
    /// The missing path, relative to that value; empty if the value itself is empty.
    pub path: String,
    /// Where in the template it is used.
    pub range: Range<usize>,
    /// The partial that uses it; `None` for the template itself.
    pub partial: Option<UsedPartial>,
}

/// Why a template was not rendered. If it is empty, the reason has already been reported.
#[derive(Clone, Debug, Default)]
pub(in crate::storyboard) struct RenderFailure {
    /// Errors in the template.
    pub own: Vec<TemplateProblem>,
    /// Errors in partials that it uses.
    pub partials: Vec<(UsedPartial, TemplateProblem)>,
    /// Values that the template needs but the row or variant does not have.
    pub lacks: Vec<MissingValue>,
}

impl RenderFailure {
    /// Whether a missing value has already been reported as a name that no row has.
    pub(super) fn explains(&self, lack: &MissingValue) -> bool {
        match &lack.partial {
            None => self.own.iter().any(|mistake| mistake.range == lack.range),
            Some(partial) => self
                .partials
                .iter()
                .any(|(found, mistake)| found.name == partial.name && mistake.range == lack.range),
        }
    }

    /// A single error in the template itself.
    pub(super) fn own(mistake: TemplateProblem) -> Self {
        RenderFailure { own: vec![mistake], ..RenderFailure::default() }
    }
}

/// The error for a template whose loops and partials would take too long.
pub(super) fn too_much(text: &str) -> TemplateProblem {
    TemplateProblem {
        code: "template-too-much",
        message: "this template takes too long to render".into(),
        label: "use fewer or shorter loops and partials".into(),
        range: 0..text.len(),
    }
}

/// Errors that only rendering can find: names inside of loops, and wrong arguments of helpers.
pub(super) fn render_mistake(text: &str, error: &RenderError) -> TemplateProblem {
    let place = error.line_no.zip(error.column_no);
    let start = place.map_or(0, |(line, column)| offset_of(text, line, column));
    let rest = &text[start..];
    let end = match place {
        Some(_) => rest.find("}}").map_or(rest.len(), |end| end + 2),
        None => rest.len(),
    };
    let (code, message, label) = match error.reason() {
        RenderErrorReason::MissingVariable(Some(path)) => (
            "unknown-variable",
            format!("there is no `{path}` here"),
            format!("inside a loop, write `{{{{@root.{path}}}}}` for a name of the film"),
        ),
        RenderErrorReason::MissingVariable(None) => {
            ("unknown-variable", "a value is missing here".into(), String::new())
        }
        RenderErrorReason::IOError(_) => (
            "template-too-long",
            format!("this renders to more than {} KiB", OUTPUT_MAX_BYTES >> 10),
            "shorten it".into(),
        ),
        RenderErrorReason::ParamNotFoundForIndex(helper, at) => {
            ("helper-use", format!("`{helper}` needs {} values", at + 1), "add a value".into())
        }
        RenderErrorReason::ParamTypeMismatchForName(helper, _, wanted) => {
            ("helper-use", format!("`{helper}` needs {wanted} here"), "use another value".into())
        }
        other => ("template-render", format!("this cannot be rendered: {other}"), String::new()),
    };
    TemplateProblem { code, message, label, range: start..start + end }
}

/// The byte offset of a line and a column, both from 1, the column in characters.
pub(super) fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start = match line.checked_sub(2) {
        None => 0,
        Some(breaks) => text.match_indices('\n').nth(breaks).map_or(text.len(), |(at, _)| at + 1),
    };
    let rest = &text[start..];
    rest.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| start + at)
}
