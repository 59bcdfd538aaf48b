//! Values as written: nodes of the tree, each with the type it will be read as.

use std::marker::PhantomData;

use crate::storyboard::text::yaml::tree::NodeId;

/// A value as written: its node, and the type it will be read as.
pub(in crate::storyboard) struct Written<T> {
    /// The node of the value.
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

/// Names with their values, in the order written.
pub(in crate::storyboard) struct NamedValues<T>(pub Vec<NamedValue<T>>);

/// A name with its value.
pub(in crate::storyboard) struct NamedValue<T> {
    /// The name's node.
    pub key: NodeId,
    /// The value.
    pub value: Written<T>,
}
