//! CSV: rows of a spreadsheet, each cell with its exact place.
//!
//! The first row names the columns. Cells are separated by the sign that the first row uses, a
//! comma, a semicolon or a tab, for spreadsheets write what is usual in their country. Quotes and
//! line breaks follow RFC 4180. Rows that are empty all through are left out.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::elements::Element;
use crate::base::{Diagnostic, Place, Source, Span};
use crate::storyboard::text::yaml::scalar::{Meaning, plain};

/// One cell as written.
struct Cell {
    text: String,
    span: Span,
    is_quoted: bool,
}

/// Reads the rows of a file; the diagnostics say what is wrong with it. At most `rows_max` rows are
/// read, and one more if there are more.
pub(super) fn rows(source: &Source, rows_max: usize) -> (Vec<Element>, Vec<Diagnostic>) {
    let mut mistakes = Vec::new();
    let mut scan =
        Scan { source, at: 0, separator: separator(source.text()), mistakes: &mut mistakes };
    let Some(header) = scan.row() else { return (Vec::new(), mistakes) };
    let columns = columns(source, &header, scan.mistakes);
    let mut found = Vec::new();
    let mut told = scan.mistakes.len();
    while found.len() <= rows_max
        && let Some(cells) = scan.row()
    {
        // Nobody knows what a row was meant to be whose quotes are wrong.
        if std::mem::replace(&mut told, scan.mistakes.len()) < scan.mistakes.len() {
            continue;
        }
        if cells.len() != header.len() {
            scan.mistakes.push(uneven(source, &cells, header.len()));
            told += 1;
            continue;
        }
        found.push(element(source, &columns, &cells));
    }
    (found, mistakes)
}

/// The sign between cells: the first of these that the first row has.
fn separator(text: &str) -> u8 {
    let mut is_quoted = false;
    let header = text.bytes().take_while(|byte| {
        is_quoted ^= *byte == b'"';
        is_quoted || !matches!(byte, b'\n' | b'\r')
    });
    let mut is_quoted = false;
    let signs: Vec<u8> = header
        .filter(|byte| {
            is_quoted ^= *byte == b'"';
            !is_quoted && b",;\t".contains(byte)
        })
        .collect();
    [b',', b';', b'\t'].into_iter().find(|sign| signs.contains(sign)).unwrap_or(b',')
}

struct Scan<'s> {
    source: &'s Source,
    at: usize,
    separator: u8,
    mistakes: &'s mut Vec<Diagnostic>,
}

impl Scan<'_> {
    /// The next row that is not empty all through.
    fn row(&mut self) -> Option<Vec<Cell>> {
        while self.at < self.source.text().len() {
            let cells = self.cells();
            if cells.iter().any(|cell| !cell.text.is_empty()) {
                return Some(cells);
            }
        }
        None
    }

    /// The cells up to the end of the line.
    fn cells(&mut self) -> Vec<Cell> {
        let bytes = self.source.text().as_bytes();
        let mut cells = Vec::new();
        loop {
            cells.push(self.cell());
            match bytes.get(self.at) {
                Some(sign) if *sign == self.separator => self.at += 1,
                Some(b'\r') => {
                    self.at += 1;
                    if bytes.get(self.at) == Some(&b'\n') {
                        self.at += 1;
                    }
                    return cells;
                }
                Some(_) => {
                    self.at += 1;
                    return cells;
                }
                None => return cells,
            }
        }
    }

    /// One cell; stops before the sign or the line break that ends it.
    fn cell(&mut self) -> Cell {
        let text = self.source.text();
        let blanks = |rest: &str| rest.len() - rest.trim_start_matches([' ', '\u{a0}']).len();
        let start = self.at + blanks(&text[self.at..]);
        if text[start..].starts_with('"') {
            return self.quoted(start);
        }
        let end = self.end_of_cell(self.at);
        self.at = end;
        let start = start.min(end);
        let content = text[start..end].trim_end();
        let span = Span::new(start, start + content.len());
        Cell { text: content.to_string(), span, is_quoted: false }
    }

    fn end_of_cell(&self, from: usize) -> usize {
        let rest = &self.source.text().as_bytes()[from..];
        let ends = |byte: &u8| *byte == self.separator || matches!(byte, b'\n' | b'\r');
        from + rest.iter().position(ends).unwrap_or(rest.len())
    }

    /// `"…"` from its first quote on; two quotes stand for one.
    fn quoted(&mut self, start: usize) -> Cell {
        let source = self.source;
        let text = source.text();
        let mut content = String::new();
        let mut at = start + 1;
        loop {
            let Some(quote) = text[at..].find('"').map(|quote| at + quote) else {
                let place = Place::new(source, Span::new(start, start + 1));
                let message = "this quote is never closed";
                self.mistakes.push(
                    Diagnostic::error("csv-quote", message)
                        .at(place)
                        .label("close it, or write `\"\"` if it is part of the text"),
                );
                self.at = text.len();
                return Cell {
                    text: String::new(),
                    span: Span::new(start, start + 1),
                    is_quoted: true,
                };
            };
            content.push_str(&text[at..quote]);
            at = quote + 1;
            if !text[at..].starts_with('"') {
                break;
            }
            content.push('"');
            at += 1;
        }
        self.at = self.end_of_cell(at);
        let rest = text[at..self.at].trim();
        if !rest.is_empty() {
            let from = at + text[at..self.at].find(rest).unwrap_or(0);
            let place = Place::new(source, Span::new(from, from + rest.len()));
            self.mistakes.push(
                Diagnostic::error("csv-quote", "there is text after the closing quote")
                    .at(place)
                    .label("inside quotes, write a quote twice: `\"\"`"),
            );
        }
        let content = content.trim().to_string();
        Cell { text: content, span: Span::new(start, at), is_quoted: true }
    }
}

/// The names of the columns; `None` for one without a name.
fn columns(
    source: &Source,
    header: &[Cell],
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<Option<String>> {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    let mut names = Vec::with_capacity(header.len());
    for cell in header {
        let name = cell.text.as_str();
        if name.is_empty() {
            names.push(None);
            continue;
        }
        if let Some(first) = seen.insert(name, cell.span) {
            let message = format!("two columns are named `{name}`");
            let first = Place::new(source, first);
            mistakes.push(
                Diagnostic::error("duplicate-column", message)
                    .at(Place::new(source, cell.span))
                    .label("rename one of them")
                    .related(first, "the other"),
            );
        }
        names.push(Some(name.to_string()));
    }
    names
}

fn uneven(source: &Source, cells: &[Cell], wanted: usize) -> Diagnostic {
    let found = cells.len();
    let count = |count: usize| match count {
        1 => "1 cell".to_string(),
        _ => format!("{count} cells"),
    };
    let message = format!("this row has {}, but the first row has {}", count(found), count(wanted));
    let label = match found > wanted {
        true => "put cells that contain the separator in quotes".to_string(),
        false => "add the missing cells (they may be empty)".to_string(),
    };
    Diagnostic::error("csv-row", message).at(Place::new(source, whole(cells))).label(label)
}

/// The span of a row.
fn whole(cells: &[Cell]) -> Span {
    let (first, last) = (cells[0].span, cells[cells.len() - 1].span);
    Span::new(first.start, last.end.max(first.end))
}

fn element(source: &Source, columns: &[Option<String>], cells: &[Cell]) -> Element {
    let named = columns.iter().zip(cells).filter_map(|(name, cell)| Some((name.as_ref()?, cell)));
    let fields: Map<String, Value> =
        named.map(|(name, cell)| (name.clone(), value(cell))).collect();
    // The first cell says which row it is, and one line is enough to show.
    let shown = cells.iter().find(|cell| !cell.text.is_empty()).unwrap_or(&cells[0]);
    let line = source.text()[shown.span.start..shown.span.end].lines().next().map_or(0, str::len);
    let span = Span::new(shown.span.start, shown.span.start + line);
    Element { name: None, value: Value::Object(fields), place: Place::new(source, span) }
}

/// What a cell means: nothing if it is empty, a number if it prints as it is written, true or
/// false, or text. What is quoted is text.
fn value(cell: &Cell) -> Value {
    match (cell.text.as_str(), cell.is_quoted) {
        ("", _) => Value::Null,
        (text, true) => text.into(),
        // As spreadsheets write them.
        ("TRUE" | "true", false) => true.into(),
        ("FALSE" | "false", false) => false.into(),
        (text, false) => match plain(text) {
            number @ (Meaning::Integer(_) | Meaning::Decimal(_)) => number.to_json(),
            _ => text.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> (Vec<Value>, Vec<String>) {
        let (rows, mistakes) = rows(&Source::new("a.csv", text), 100);
        let told = mistakes
            .iter()
            .map(|one| format!("{} {}", one.place.as_ref().unwrap(), one.message))
            .collect();
        (rows.into_iter().map(|row| row.value).collect(), told)
    }

    #[test]
    fn rows_are_what_a_spreadsheet_shows() {
        let row = json!({"sku": "a1", "name": "Aurora, \"One\"", "n": 5, "on": true});
        for text in [
            "sku,name,n,on\na1,\"Aurora, \"\"One\"\"\",5,TRUE\n",
            "sku,name,n,on\r\na1,\"Aurora, \"\"One\"\"\",5,true\r\n\r\n,,,\r\n",
            "sku;name;n;on\ra1;\"Aurora, \"\"One\"\"\";5;true",
            "sku\tname\tn\ton\n a1 \tAurora, \"One\"\t5\ttrue",
            "sku , name,n,on\na1, \"Aurora, \"\"One\"\"\" ,5,true",
        ] {
            assert_eq!(read(text), (vec![row.clone()], vec![]), "{text}");
        }
        let (rows, mistakes) = read("a,b,\n\"two\nlines\",,\n0815,\"5\",\n");
        assert_eq!(mistakes, [] as [&str; 0]);
        assert_eq!(rows, [json!({"a": "two\nlines", "b": null}), json!({"a": "0815", "b": "5"})]);
        assert_eq!(read(""), (vec![], vec![]));
        assert_eq!(read("a,b\n"), (vec![], vec![]));
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let told = |text| read(text).1;
        assert_eq!(
            told("a,b\n1,2,3\n4\n"),
            [
                "a.csv:2:1 this row has 3 cells, but the first row has 2 cells",
                "a.csv:3:1 this row has 1 cell, but the first row has 2 cells"
            ]
        );
        assert_eq!(told("a,b\n1,\"x\n2,3\n"), ["a.csv:2:3 this quote is never closed"]);
        assert_eq!(told("a,b\n\"x\"y,2\n"), ["a.csv:2:4 there is text after the closing quote"]);
        assert_eq!(told("a,b,a\n1,2,3\n"), ["a.csv:1:5 two columns are named `a`"]);
    }
}
