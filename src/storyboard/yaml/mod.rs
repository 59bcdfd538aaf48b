//! YAML: from text to a tree of nodes with their places. It knows nothing of storyboards.

mod builder;
mod line;
mod mistakes;
mod offsets;
mod scalar;
mod scan;
mod syntax;
mod tree;

pub(super) use builder::NODES_MAX;
pub(super) use scalar::{Meaning, plain};
pub(super) use scan::scan;
pub(super) use tree::{Entry, Node, NodeId, Scalar, Style, Tree, Value};
