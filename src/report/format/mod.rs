//! Formatting: cleaned text, colour, tables, JSON, commands to paste, diagnostics.

pub mod text;
pub mod style;
pub mod table;
pub mod commands;
pub mod json;
pub mod diagnostics;
