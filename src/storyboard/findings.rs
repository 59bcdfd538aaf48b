//! Findings: the diagnostics gathered while a storyboard is read.

use std::collections::HashSet;

use crate::base::Diagnostic;

/// The most findings kept; a text that has more is broken as a whole.
const FINDINGS_MAX: usize = 10_000;

/// Diagnostics in the making. What is wrong with a default is found once per scene that uses it
/// and kept once.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Diagnostic>,
    seen: HashSet<Identity>,
}

/// What makes two findings the same: code, file and span, message.
type Identity = (&'static str, Option<(String, usize, usize)>, String);

impl Findings {
    /// Keeps a diagnostic, unless the same was found at the same place.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        let place = diagnostic
            .place
            .as_ref()
            .map(|place| (place.source.name().to_string(), place.span.start, place.span.end));
        let is_new = self.seen.insert((diagnostic.code, place, diagnostic.message.clone()));
        if is_new && self.list.len() < FINDINGS_MAX {
            self.list.push(diagnostic);
        }
    }

    /// Keeps each of them.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in diagnostics {
            self.add(diagnostic);
        }
    }

    /// Keeps what was found elsewhere.
    pub fn absorb(&mut self, other: Findings) {
        self.extend(other.list);
    }

    /// All of them: those without a place first, then those of the storyboard, then those of files
    /// of variables, each by place.
    pub fn into_sorted(self, storyboard: &str) -> Vec<Diagnostic> {
        let mut list = self.list;
        list.sort_by_cached_key(|diagnostic| {
            diagnostic.place.as_ref().map(|place| {
                let name = place.source.name();
                (name != storyboard, name.to_string(), place.span.start, place.span.end)
            })
        });
        list
    }
}
