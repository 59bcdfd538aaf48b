//! YAML: from text to a tree of nodes with their places. It does not know about storyboards.

pub(in crate::storyboard) mod scalar;
pub(in crate::storyboard) mod tree;

pub(in crate::storyboard) mod comments;

mod json;
mod offsets;

mod error_context;
mod messages;
mod syntax;

pub(in crate::storyboard) mod builder;
pub(in crate::storyboard) mod parse;

pub(in crate::storyboard) mod block_end;
