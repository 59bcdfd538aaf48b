//! A film and the catalog behind it: what `check`, `catalog`, `graph` and `expand` print.

pub mod check;
pub mod catalog_document;
pub mod catalog_table;
pub mod catalog_differences;
pub mod graph;
pub mod expansion;
