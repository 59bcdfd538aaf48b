//! What a build would do, as a table and as data: what `plan` prints.

pub mod notes;
pub mod table;
pub mod document;
pub mod requests;
