//! The schema: what may be written in a storyboard, its published JSON Schema, and the reader.

pub(in crate::storyboard) mod written;

mod suggested_values;

pub(in crate::storyboard) mod value_schemas;

pub(in crate::storyboard) mod input_forms;

pub(in crate::storyboard) mod cut_forms;

pub(in crate::storyboard) mod document;

pub(in crate::storyboard) mod other_words;
pub(in crate::storyboard) mod unknown_fields;

pub(in crate::storyboard) mod lists;

pub(in crate::storyboard) mod reader;

pub(in crate::storyboard) mod json_schema;
