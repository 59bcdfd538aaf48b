//! Values as written: nodes of the tree, each with the type that it is to be read as.

use std::marker::PhantomData;

use crate::storyboard::text::yaml::tree::NodeId;

/// A value as written: the node it stands at, and the type it is to be read as.
pub(in crate::storyboard) struct Written<T> {
    /// Where it stands.
    pub node: NodeId,
    wanted: PhantomData<fn() -> T>,
}

impl<T> Written<T> {
    /// The value at a node.
    pub fn at(node: NodeId) -> Self {
        Written { node, wanted: PhantomData }
    }
}

impl<T> Clone for Written<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Written<T> {}

/// A `T`, or a template that renders as one.
pub(in crate::storyboard) struct Template<T>(PhantomData<T>);

/// Names and what they stand for, in the order written.
pub(in crate::storyboard) struct NamedValues<T>(pub Vec<NamedValue<T>>);

/// One name and what it stands for.
pub(in crate::storyboard) struct NamedValue<T> {
    /// The name's node.
    pub key: NodeId,
    /// What it stands for.
    pub value: Written<T>,
}
