//! Places: where each key and value stands in the storyboard's text.

use std::fmt;
use std::sync::Arc;

use super::yaml::{Entry, Tree};
use crate::base::{Place, Source};

/// The places of a storyboard's keys and values, by path; cheap to clone.
#[derive(Clone)]
pub struct Places(Arc<Tree>);

impl Places {
    /// The places of a tree.
    pub(super) fn new(tree: &Arc<Tree>) -> Self {
        Places(tree.clone())
    }

    /// The text.
    pub fn source(&self) -> &Source {
        &self.0.source
    }

    /// Where the value at a path stands; list items are named by their number from 0.
    pub fn value(&self, path: &[&str]) -> Option<Place> {
        self.entry(path).map(|entry| self.0.place(entry.value))
    }

    /// Where the key at a path stands; for a list item, the item.
    pub fn key(&self, path: &[&str]) -> Option<Place> {
        self.entry(path).map(|entry| self.0.place(entry.key))
    }

    fn entry(&self, path: &[&str]) -> Option<Entry> {
        self.0.entry(path)
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Places({})", self.source().name())
    }
}
