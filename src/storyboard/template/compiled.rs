//! A parsed template and its parts.

use handlebars::Template;

use super::errors::offset_of;
use super::mustaches;
use super::references::TemplateParts;

/// A parsed template and its parts.
pub(in crate::storyboard) struct Compiled {
    /// Its parts; their errors include syntax errors.
    pub anatomy: TemplateParts,
    /// The template; empty if the text is not one.
    pub(super) template: Template,
}

impl Compiled {
    /// Parses a text; errors are recorded in the parts.
    pub fn parse(text: &str) -> Self {
        let failed = |mistake| Compiled {
            anatomy: TemplateParts { mistakes: vec![mistake], ..TemplateParts::default() },
            template: Template::new(),
        };
        if let Err(mistake) = mustaches::check_bounds(text) {
            return failed(mistake);
        }
        match Template::compile(text) {
            Ok(template) => Compiled { anatomy: TemplateParts::of(&template, text), template },
            Err(error) => {
                let at = error.pos().map_or(0, |(line, column)| offset_of(text, line, column));
                failed(mustaches::diagnose(text, at))
            }
        }
    }
}

/// Whether a text is a template at all; other texts are used unchanged.
pub(in crate::storyboard) fn is_template(text: &str) -> bool {
    text.contains("{{")
}
