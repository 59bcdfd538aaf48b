//! The check as data: what `check --json` prints, for editors and CI.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::Diagnostic;
use crate::report::format::diagnostics::{DiagnosticJson, to_json};

/// The version of the document that this program writes.
pub const CHECK_VERSION: u32 = 1;

/// The errors and warnings of a storyboard.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CheckDocument {
    /// The version of this document's form.
    pub version: u32,
    /// How many of the diagnostics are errors.
    pub errors: usize,
    /// How many are warnings.
    pub warnings: usize,
    /// The diagnostics by place.
    pub diagnostics: Vec<DiagnosticJson>,
}

impl CheckDocument {
    /// The document of these diagnostics.
    pub fn of(diagnostics: &[Diagnostic]) -> CheckDocument {
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
        CheckDocument {
            version: CHECK_VERSION,
            errors,
            warnings: diagnostics.len() - errors,
            diagnostics: diagnostics.iter().map(to_json).collect(),
        }
    }

    /// The document's text.
    pub fn print(&self) -> String {
        crate::report::format::json::pretty(self)
    }
}
