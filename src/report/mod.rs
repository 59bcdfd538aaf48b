//! Reports: what people and machines get to see.

pub mod diagnostics;
