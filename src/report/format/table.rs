//! Tables: cells in columns, aligned by the columns of a terminal.
//!
//! A left-aligned column starts where the longest row before it allows. A right-aligned column ends
//! where its longest row requires, and uses the space that short rows leave before it.

use std::borrow::Cow;

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
pub struct Cell<'t> {
    text: Cow<'t, str>,
    tone: TermStyle,
}

impl<'t> Cell<'t> {
    /// A text that is already cleaned.
    pub fn new(text: impl Into<Cow<'t, str>>) -> Self {
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
    /// The texts of all cells, one after the other: a list of takes has hundreds of thousands.
    text: String,
    /// The cells of all rows, as many for each as there are columns.
    cells: Vec<PlacedCell>,
}

/// A cell of a table.
#[derive(Clone, Copy, Debug, Default)]
struct PlacedCell {
    /// Where its text ends; it begins where the one before ends.
    ends: usize,
    /// How many columns of the terminal it is wide.
    width: usize,
    /// Where it starts in the line.
    start: usize,
    tone: TermStyle,
}

impl Table {
    /// An empty table; its headers are printed unless all are empty.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        let columns: Vec<Column> = columns.into_iter().collect();
        let mut table = Table { columns, text: String::new(), cells: Vec::new() };
        let headers: Vec<&'static str> = table.columns.iter().map(|column| column.header).collect();
        if headers.iter().any(|header| !header.is_empty()) {
            table.row(headers.into_iter().map(|header| Cell::new(header).tone(TermStyle::Bold)));
        }
        table
    }

    /// Adds a row; cells left out are empty.
    pub fn row<'t>(&mut self, cells: impl IntoIterator<Item = Cell<'t>>) {
        let mut cells = cells.into_iter();
        for _ in 0..self.columns.len() {
            let Cell { text, tone } = cells.next().unwrap_or_default();
            self.text.push_str(&text);
            let (ends, width) = (self.text.len(), width(&text));
            self.cells.push(PlacedCell { ends, width, start: 0, tone });
        }
    }

    /// The rows as lines, each with a line break, without spaces at their ends.
    pub fn print(&mut self, color: bool) -> String {
        self.place();
        let mut text = String::with_capacity(self.text.len() * 2);
        let mut begins = 0;
        for row in self.cells.chunks(self.columns.len().max(1)) {
            let mut at = 0;
            for cell in row {
                let shown = &self.text[begins..cell.ends];
                begins = cell.ends;
                if shown.is_empty() {
                    continue;
                }
                text.extend(std::iter::repeat_n(' ', cell.start - at));
                match color {
                    true => text.push_str(&cell.tone.paint(shown, color)),
                    false => text.push_str(shown),
                }
                at = cell.start + cell.width;
            }
            text.push('\n');
        }
        text
    }

    /// Finds out where each cell starts.
    fn place(&mut self) {
        let columns = self.columns.len().max(1);
        // Where the text of each row ends so far; a minimum width applies to all rows.
        let mut ends = vec![0; self.cells.len() / columns];
        for (at, column) in self.columns.iter().enumerate() {
            let gap = if at == 0 { 0 } else { column.gap };
            let cells = || self.cells.iter().skip(at).step_by(columns);
            let left_start = ends.iter().max().map_or(0, |longest| longest + gap);
            let filled = ends.iter().zip(cells()).filter(|row| row.1.width > 0);
            let right_end = filled.map(|(end, cell)| end + gap + cell.width).max().unwrap_or(0);
            let cells = self.cells.iter_mut().skip(at).step_by(columns);
            for (end, cell) in ends.iter_mut().zip(cells) {
                cell.start = match column.right {
                    true => right_end.saturating_sub(cell.width),
                    false => left_start,
                };
                if cell.width > 0 {
                    *end = cell.start + cell.width.max(column.width_min);
                }
            }
        }
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
