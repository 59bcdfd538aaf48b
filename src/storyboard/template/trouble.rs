//! Trouble: why a template was not rendered.

use handlebars::{RenderError, RenderErrorReason};

use super::errors::{Mistake, UsedPartial};
use super::references::offset_of;
use super::renderer::OUTPUT_MAX_BYTES;
use super::scene_values::Lack;

/// Why a template was not rendered. Nothing in it means that the reason has been reported.
#[derive(Clone, Debug, Default)]
pub(in crate::storyboard) struct Trouble {
    /// What is wrong in the template.
    pub own: Vec<Mistake>,
    /// What is wrong in partials that it uses.
    pub partials: Vec<(UsedPartial, Mistake)>,
    /// What the row or the variant has not that it needs.
    pub lacks: Vec<Lack>,
}

impl Trouble {
    /// Whether what a row lacks is told already, as a name that no row has.
    pub(super) fn explains(&self, lack: &Lack) -> bool {
        match &lack.partial {
            None => self.own.iter().any(|mistake| mistake.range == lack.range),
            Some(partial) => self
                .partials
                .iter()
                .any(|(found, mistake)| found.name == partial.name && mistake.range == lack.range),
        }
    }

    /// One mistake in the template itself.
    pub(super) fn own(mistake: Mistake) -> Self {
        Trouble { own: vec![mistake], ..Trouble::default() }
    }
}

/// A template whose loops and partials would run on and on.
pub(super) fn too_much(text: &str) -> Mistake {
    Mistake {
        code: "template-too-much",
        message: "this template takes too long to render".into(),
        label: "use fewer or shorter loops and partials".into(),
        range: 0..text.len(),
    }
}

/// What only rendering could find: names inside loops, and helpers given the wrong kind of value.
pub(super) fn render_mistake(text: &str, error: &RenderError) -> Mistake {
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
    Mistake { code, message, label, range: start..start + end }
}
