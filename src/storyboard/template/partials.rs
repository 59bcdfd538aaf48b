//! Partials: named templates for use in other templates.

use std::collections::BTreeMap;
use std::ops::Range;

use super::compiled::Compiled;
use super::errors::TemplateProblem;
use crate::storyboard::text::suggestions::did_you_mean;

/// The partials of a film, by name.
#[derive(Default)]
pub(super) struct Partials(BTreeMap<String, Partial>);

/// One partial.
pub(super) struct Partial {
    /// Its text.
    pub text: String,
    /// The parsed text.
    pub compiled: Compiled,
    /// Whether it uses itself, directly or through others; it is never rendered then.
    pub is_in_ring: bool,
}

impl Partials {
    /// Adds a partial.
    pub fn add(&mut self, name: &str, text: &str, compiled: Compiled) {
        let partial = Partial { text: text.to_string(), compiled, is_in_ring: false };
        self.0.insert(name.to_string(), partial);
    }

    /// The partial with that name.
    pub fn get(&self, name: &str) -> Option<&Partial> {
        self.0.get(name)
    }

    /// Which partials use which.
    pub fn uses(&self) -> Vec<(String, Vec<String>)> {
        let uses = |partial: &Partial| {
            partial.compiled.anatomy.calls.iter().map(|call| call.partial.clone()).collect()
        };
        self.0.iter().map(|(name, partial)| (name.clone(), uses(partial))).collect()
    }

    /// Records that these partials use themselves.
    pub fn forbid(&mut self, ring: &[String]) {
        for name in ring {
            if let Some(partial) = self.0.get_mut(name) {
                partial.is_in_ring = true;
            }
        }
    }

    /// The error for an undeclared partial; `is_variable` if a variable has that name.
    pub fn unknown(&self, name: &str, range: Range<usize>, is_variable: bool) -> TemplateProblem {
        let label = match is_variable {
            true => format!("`{name}` is a variable: write `{{{{{name}}}}}`"),
            false => did_you_mean(name, self.0.keys().map(String::as_str), || {
                format!("add `{name}` to `partials`")
            }),
        };
        let message = format!("there is no partial `{name}`");
        TemplateProblem { code: "unknown-partial", message, label, range }
    }
}
