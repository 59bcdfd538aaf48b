//! Places: where each key and value stands in the storyboard's text.
//!
//! Built only when somebody asks, for a storyboard without mistakes needs none of it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::base::{Place, Source, Span};

/// The places of a storyboard's keys and values, by path; cheap to clone.
#[derive(Clone)]
pub struct Places {
    source: Source,
    map: Arc<OnceLock<SourceMap>>,
}

/// The spans of one path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spans {
    /// The key, absent for the items of a list.
    pub key: Option<Span>,
    /// The value.
    pub value: Span,
}

/// Path, its parts joined by a NUL, to spans.
pub(super) type SourceMap = HashMap<String, Spans>;

/// Joins the parts of a path into the form that [`SourceMap`] is keyed by.
pub(super) fn join(path: &[&str]) -> String {
    path.join("\0")
}

impl Places {
    /// The places of a text that has passed the scan.
    pub(crate) fn new(source: &Source) -> Self {
        Places { source: source.clone(), map: Arc::default() }
    }

    /// The text.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Where the value at a path stands; list items are named by their number from 0.
    pub fn value(&self, path: &[&str]) -> Option<Place> {
        self.spans(path).map(|spans| Place::new(&self.source, spans.value))
    }

    /// Where the key at a path stands.
    pub fn key(&self, path: &[&str]) -> Option<Place> {
        self.spans(path).and_then(|spans| spans.key).map(|span| Place::new(&self.source, span))
    }

    fn spans(&self, path: &[&str]) -> Option<Spans> {
        let map = self.map.get_or_init(|| super::scan::source_map(&self.source));
        map.get(&join(path)).copied()
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Places({})", self.source.name())
    }
}
