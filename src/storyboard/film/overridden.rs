//! Overrides: what the command line set, and which values of the storyboard contain it.
//!
//! Without overrides, which is the usual case, nothing is recorded.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::storyboard::text::yaml::tree::{NodeId, Tree, Value};

/// Override flags, as the user writes them: `--var product`.
type OverrideFlags = BTreeSet<Arc<str>>;

/// What the command line set, and which values contain it.
#[derive(Debug, Default)]
pub(in crate::storyboard) struct Overridden {
    /// The flags in each variable, directly or through other variables.
    variables: HashMap<String, OverrideFlags>,
    /// The flags in each rendered value.
    values: HashMap<NodeId, OverrideFlags>,
}

impl Overridden {
    /// Whether there are no overrides.
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }

    /// Adds a variable that was overridden, or that uses other added variables.
    pub fn add(&mut self, name: &str, given: Option<&Arc<str>>, uses: &[String]) {
        let through = uses.iter().filter_map(|used| self.variables.get(used)).flatten();
        let all: OverrideFlags = through.chain(given).cloned().collect();
        if !all.is_empty() {
            self.variables.insert(name.to_string(), all);
        }
    }

    /// Records which variables a rendered value uses.
    pub fn note(&mut self, value: NodeId, uses: impl Iterator<Item = String>) {
        let found = uses.filter_map(|used| self.variables.get(&used)).flatten();
        self.values.entry(value).or_default().extend(found.cloned());
    }

    /// The flags in a value and its parts.
    pub fn within(&self, tree: &Tree, value: NodeId) -> Vec<String> {
        let mut found = OverrideFlags::new();
        let mut todo = if self.values.is_empty() { Vec::new() } else { vec![value] };
        while let Some(node) = todo.pop() {
            found.extend(self.values.get(&node).into_iter().flatten().cloned());
            match tree.value(node) {
                Value::List(items) => todo.extend(items),
                Value::Map(map) => todo.extend(map.entries().iter().map(|entry| entry.value)),
                Value::Scalar(_) | Value::Alias(_) | Value::Broken => {}
            }
        }
        found.iter().map(|given| given.to_string()).collect()
    }
}
