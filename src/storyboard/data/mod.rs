//! Data: rows from files beside the storyboard. What stands there is data and never a template.

mod csv;
mod file;
mod tree;

pub(super) use file::{Library, Rows, is_data_file, read};
