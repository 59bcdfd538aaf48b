//! Outside: what the command line gave, and in which values of the storyboard it stands.
//!
//! Nothing is noted where nothing was given, which is nearly always.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::storyboard::text::yaml::tree::{NodeId, Tree, Value};

/// What was given, by the words that say so: `--var product`.
type OverrideFlags = BTreeSet<Arc<str>>;

/// What the command line gave, and where it stands.
#[derive(Debug, Default)]
pub(in crate::storyboard) struct Overridden {
    /// What stands in each variable, itself or through others.
    variables: HashMap<String, OverrideFlags>,
    /// What stands in each value that was rendered.
    values: HashMap<NodeId, OverrideFlags>,
}

impl Overridden {
    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }

    /// Adds a variable that was given itself, or that uses others, which have been added.
    pub fn add(&mut self, name: &str, given: Option<&Arc<str>>, uses: &[String]) {
        let through = uses.iter().filter_map(|used| self.variables.get(used)).flatten();
        let all: OverrideFlags = through.chain(given).cloned().collect();
        if !all.is_empty() {
            self.variables.insert(name.to_string(), all);
        }
    }

    /// Notes which variables a rendered value uses.
    pub fn note(&mut self, value: NodeId, uses: impl Iterator<Item = String>) {
        let found = uses.filter_map(|used| self.variables.get(&used)).flatten();
        self.values.entry(value).or_default().extend(found.cloned());
    }

    /// What stands in a value and in what it is made of.
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
