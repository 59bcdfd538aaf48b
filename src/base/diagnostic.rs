//! Diagnostics: what is wrong or doubtful, where, and how to fix it, as values.
//!
//! They are gathered, not stopped at; `report` draws them for people and for machines.

use super::source::Place;
use super::warning::Warning;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is built until this is fixed.
    Error,
    /// The build goes on.
    Warning,
}

/// One thing that is wrong, with its place and its fix.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A short stable name in kebab-case, such as `unknown-field`.
    pub code: &'static str,
    /// What is wrong: lower case, no full stop, literals in backticks.
    pub message: String,
    /// Where, if it has a place in a file.
    pub place: Option<Place>,
    /// The text under the carets, often the fix itself.
    pub label: String,
    /// Other places that matter, each with its own label.
    pub related: Vec<(Place, String)>,
    /// Facts that help to understand, a line each.
    pub notes: Vec<String>,
    /// What to do, where the label does not say it already.
    pub fix: Option<String>,
}

impl Diagnostic {
    /// An error with nothing but its message; the methods below add the rest.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    /// A warning with nothing but its message; the methods below add the rest.
    pub fn warning(warning: Warning, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, warning.code(), message.into())
    }

    fn new(severity: Severity, code: &'static str, message: String) -> Self {
        Diagnostic {
            severity,
            code,
            message,
            place: None,
            label: String::new(),
            related: Vec::new(),
            notes: Vec::new(),
            fix: None,
        }
    }

    /// Says where.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Sets the text under the carets.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Points at another place.
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push((place, label.into()));
        self
    }

    /// Adds a fact.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to do.
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Whether it stops the build.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
