//! Diagnostics: what is wrong or doubtful, where, and how to fix it, as values.
//!
//! They are collected, so the first one does not end the run; `report` prints them for people and
//! machines.

use super::source::Place;
use super::warning::Warning;

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is built until this is fixed.
    Error,
    /// The build continues.
    Warning,
}

/// One problem, with its place and its fix.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A short stable name in kebab-case, such as `unknown-field`.
    pub code: &'static str,
    /// The problem: lower case, no full stop, literals in backticks.
    pub message: String,
    /// Where, if it has a place in a file.
    pub place: Option<Place>,
    /// The text under the carets, often the fix itself.
    pub label: String,
    /// Other relevant places, each with its own label.
    pub related: Vec<(Place, String)>,
    /// Facts that help to understand it, one per line.
    pub notes: Vec<String>,
    /// How to fix it, if the label does not say so already.
    pub fix: Option<String>,
}

impl Diagnostic {
    /// An error with only its message; the methods below add the rest.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    /// A warning with only its message; the methods below add the rest.
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

    /// Sets the place.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Sets the text under the carets.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds another place.
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push((place, label.into()));
        self
    }

    /// Adds a fact.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Sets the fix.
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Whether it stops the build.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
