//! The scope: what templates and fields may refer to, and how a single value is read.

pub(in crate::storyboard) mod declarations;

pub(in crate::storyboard) mod findings;

pub(in crate::storyboard) mod values;

pub(in crate::storyboard) mod locations;
pub(in crate::storyboard) mod partials;
pub(in crate::storyboard) mod variables;

pub(in crate::storyboard) mod characters;
