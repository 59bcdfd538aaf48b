//! Data: rows from data files. Their text is data and never a template.

pub(in crate::storyboard) mod elements;

pub(in crate::storyboard) mod csv;
pub(in crate::storyboard) mod files;
