//! Expansion: `include`, data rows, `for_each` and `matrix`, which turn one definition into many.

pub(in crate::storyboard) mod data_rows;

pub(in crate::storyboard) mod row_union;

pub(in crate::storyboard) mod collection;

pub(in crate::storyboard) mod for_each;
pub(in crate::storyboard) mod matrix;

pub(in crate::storyboard) mod include;
