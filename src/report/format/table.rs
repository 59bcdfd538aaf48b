//! Tables: cells in columns, aligned by the columns of a terminal.
//!
//! A left-aligned column starts where the longest row before it allows. A right-aligned column ends
//! where its longest row requires, and uses the space that short rows leave before it.

use super::style::TermStyle;
use crate::base::text::width;

/// Spaces between two columns.
const GAP: usize = 3;

/// The alignment of a column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    header: &'static str,
    right: bool,
    width_min: usize,
    gap: usize,
}

impl Column {
    /// A column whose cells start at the same place.
    pub const fn left(header: &'static str) -> Self {
        Column { header, right: false, width_min: 0, gap: GAP }
    }

    /// A right-aligned column, as for numbers.
    pub const fn right(header: &'static str) -> Self {
        Column { right: true, ..Column::left(header) }
    }

    /// Makes it at least so many columns of the terminal wide.
    pub const fn at_least(self, width_min: usize) -> Self {
        Column { width_min, ..self }
    }

    /// Sets the spaces before it.
    pub const fn after(self, gap: usize) -> Self {
        Column { gap, ..self }
    }
}

/// A piece of text with its tone.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    tone: TermStyle,
}

impl Cell {
    /// A text that is already cleaned.
    pub fn new(text: impl Into<String>) -> Self {
        Cell { text: text.into(), tone: TermStyle::Plain }
    }

    /// Gives it a tone.
    pub fn tone(self, tone: TermStyle) -> Self {
        Cell { tone, ..self }
    }
}

/// Rows of cells.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table; its headers are printed unless all are empty.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        let columns: Vec<Column> = columns.into_iter().collect();
        let headers: Vec<Cell> =
            columns.iter().map(|column| Cell::new(column.header).tone(TermStyle::Bold)).collect();
        let has_headers = columns.iter().any(|column| !column.header.is_empty());
        Table { columns, rows: if has_headers { vec![headers] } else { Vec::new() } }
    }

    /// Adds a row; cells left out are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The rows as lines, each with a line break, without spaces at their ends.
    pub fn print(&self, color: bool) -> String {
        let starts = self.starts();
        let mut text = String::new();
        for (row, starts) in self.rows.iter().zip(starts) {
            let mut at = 0;
            for (cell, start) in row.iter().zip(starts).filter(|pair| !pair.0.text.is_empty()) {
                text.extend(std::iter::repeat_n(' ', start - at));
                text.push_str(&cell.tone.paint(&cell.text, color));
                at = start + width(&cell.text);
            }
            text.push('\n');
        }
        text
    }

    /// Where each cell of each row starts.
    fn starts(&self) -> Vec<Vec<usize>> {
        let mut starts: Vec<Vec<usize>> =
            self.rows.iter().map(|row| Vec::with_capacity(row.len())).collect();
        // Where the text of each row ends so far; a minimum width applies to all rows.
        let mut ends = vec![0; self.rows.len()];
        for (at, column) in self.columns.iter().enumerate() {
            let gap = if at == 0 { 0 } else { column.gap };
            let widths: Vec<usize> = self
                .rows
                .iter()
                .map(|row| row.get(at).map_or(0, |cell| width(&cell.text)))
                .collect();
            let left_start = ends.iter().max().map_or(0, |longest| longest + gap);
            let filled = ends.iter().zip(&widths).filter(|row| *row.1 > 0);
            let right_end = filled.map(|(end, width)| end + gap + width).max().unwrap_or(0);
            for (row, width) in widths.iter().enumerate() {
                let start =
                    if column.right { right_end.saturating_sub(*width) } else { left_start };
                starts[row].push(start);
                if *width > 0 {
                    ends[row] = start + (*width).max(column.width_min);
                }
            }
        }
        starts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_use_the_room_that_short_rows_leave() {
        let mut table = Table::new([Column::left("NAME"), Column::left("WHY"), Column::right("N")]);
        table.row(["港", "short", "1"].map(Cell::new));
        table.row(["a", "the longest", "5"].map(Cell::new));
        table.row(["", "continued"].map(Cell::new));
        table.row(["b", "x", "1234567"].map(Cell::new));
        assert_eq!(
            table.print(false),
            "NAME   WHY           N\n\
             港     short         1\n\
             a      the longest   5\n       \
             continued\n\
             b      x       1234567\n"
        );
    }

    #[test]
    fn colour_only_adds() {
        let mut table = Table::new([Column::left("A"), Column::left("B")]);
        table.row([Cell::new("red").tone(TermStyle::Red), Cell::new("plain")]);
        let painted = table.print(true);
        assert!(painted.contains("\u{1b}[31mred\u{1b}[0m   plain"), "{painted:?}");
        assert_eq!(crate::base::text::clean_lines(&painted) + "\n", table.print(false));
    }
}
