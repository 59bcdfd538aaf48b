//! A template parsed, and taken apart.

use handlebars::Template;

use super::errors::offset_of;
use super::mustaches;
use super::references::TemplateParts;

/// A parsed template and what it is made of.
pub(in crate::storyboard) struct Compiled {
    /// What it is made of; its mistakes include those of syntax.
    pub anatomy: TemplateParts,
    /// The template; empty where the text is none.
    pub(super) template: Template,
}

impl Compiled {
    /// Parses a text; what is wrong is in the anatomy.
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

/// Whether a text is a template at all; others are taken as they are.
pub(in crate::storyboard) fn is_template(text: &str) -> bool {
    text.contains("{{")
}
