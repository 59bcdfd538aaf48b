//! Row cells: which value of a row is behind an error in a template.

use crate::base::Place;
use crate::base::text::excerpt;
use crate::storyboard::data::csv;
use crate::storyboard::expand::for_each::SceneRow;
use crate::storyboard::template::compiled::is_template;

/// How many cells of files are looked up; the others are shown by their row.
const CELLS_MAX: u32 = 100;

/// Finds the values of rows that templates use.
pub(super) struct RowCells {
    cells_left: u32,
}

impl RowCells {
    /// No value has been looked up yet.
    pub fn new() -> RowCells {
        RowCells { cells_left: CELLS_MAX }
    }

    /// The values of a row that the template at a place uses, each with its place.
    pub fn used(&mut self, row: &SceneRow, place: &Place) -> Vec<(Place, String)> {
        let template = &place.source.text()[place.span.start..place.span.end];
        if !is_template(template) {
            return Vec::new();
        }
        let mut found: Vec<(Place, String)> = Vec::new();
        for (at, used) in template.match_indices("item.") {
            let rest = &template[at + used.len()..];
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
            let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
            let shown = match row.given.value.get(name) {
                Some(serde_json::Value::String(text)) => format!("`{}`", excerpt(text)),
                Some(serde_json::Value::Null) => "nothing".to_string(),
                Some(value) if !value.is_object() && !value.is_array() => format!("`{value}`"),
                _ => continue,
            };
            let (own, cell) = (&row.given.place, self.cell(&row.given.place, name));
            let label = format!("`{name}` of row `{}` is {shown}", row.part);
            let one = (cell.unwrap_or_else(|| own.clone()), label);
            if !found.iter().any(|(_, label)| *label == one.1) {
                found.push(one);
            }
        }
        found
    }

    /// The place of a cell of a file, unless too many have been looked up.
    fn cell(&mut self, row: &Place, column: &str) -> Option<Place> {
        let name = row.source.name().to_ascii_lowercase();
        if !(name.ends_with(".csv") || name.ends_with(".tsv")) {
            return None;
        }
        self.cells_left = self.cells_left.checked_sub(1)?;
        csv::cell(&row.source, row.span.start, column)
    }
}
