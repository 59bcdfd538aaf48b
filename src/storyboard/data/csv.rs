//! CSV: rows of a spreadsheet, each cell with its exact place.
//!
//! The first row names the columns. The separator is the one that the first row uses: a comma, a
//! semicolon or a tab, because spreadsheets use the one that is common in their country; a line
//! `sep=;` before it names another. Quotes and line breaks follow RFC 4180. Empty rows are skipped.

use std::collections::HashMap;

use csv_core::ReadFieldResult;
use serde_json::{Map, Value};

use super::elements::CollectionItem;
use crate::base::{Diagnostic, Place, Source, Span};
use crate::storyboard::text::yaml::scalar::{ScalarValue, plain};

/// One cell as written.
struct CsvCell {
    text: String,
    span: Span,
    is_quoted: bool,
}

/// Reads the rows of a file, with diagnostics for its errors. Reads at most `rows_max` rows, plus
/// one if there are more.
pub(in crate::storyboard) fn rows(
    source: &Source,
    rows_max: usize,
) -> (Vec<CollectionItem>, Vec<Diagnostic>) {
    let mut scan = CsvScan::new(source);
    let Some(header) = scan.row() else { return (Vec::new(), scan.mistakes) };
    let columns = columns(source, &header, &mut scan.mistakes);
    let mut found = Vec::new();
    let mut reported = scan.mistakes.len();
    while found.len() <= rows_max
        && let Some(cells) = scan.row()
    {
        // A row with invalid quotes cannot be interpreted.
        if std::mem::replace(&mut reported, scan.mistakes.len()) < scan.mistakes.len() {
            continue;
        }
        if cells.len() != header.len() {
            scan.mistakes.push(uneven(source, &cells, header.len()));
            reported += 1;
            continue;
        }
        found.push(element(source, &columns, &cells));
    }
    (found, scan.mistakes)
}

/// The place of a cell, given the column's name and where the first cell that is not empty of its
/// row begins.
pub(in crate::storyboard) fn cell(source: &Source, row: usize, column: &str) -> Option<Place> {
    let mut scan = CsvScan::new(source);
    let at = scan.row()?.iter().position(|cell| cell.text == column)?;
    while let Some(cells) = scan.row() {
        if cells.iter().any(|cell| cell.span.start == row) {
            return cells.get(at).map(|cell| Place::new(source, cell.span));
        }
    }
    None
}

/// The separator: the first of these characters that the first row has.
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

/// The separator that a first line `sep=;` names, and the length of that line; Excel writes and reads
/// such a line.
fn named_separator(text: &str) -> Option<(u8, usize)> {
    let line = text.split_inclusive('\n').next()?;
    let plain = line.trim_end().trim_matches('"');
    let named = plain.strip_prefix("sep=").or_else(|| plain.strip_prefix("SEP="))?;
    match named.as_bytes() {
        [sign] if sign.is_ascii_punctuation() && *sign != b'"' => Some((*sign, line.len())),
        [] if line.contains('\t') => Some((b'\t', line.len())),
        _ => None,
    }
}

/// Reads cells with `csv-core`, which finds their ends; this code keeps track of their places.
struct CsvScan<'s> {
    source: &'s Source,
    reader: csv_core::Reader,
    separator: u8,
    at: usize,
    mistakes: Vec<Diagnostic>,
}

impl<'s> CsvScan<'s> {
    fn new(source: &'s Source) -> Self {
        let (separator, at) = match named_separator(source.text()) {
            Some((separator, line)) => (separator, line),
            None => (separator(source.text()), 0),
        };
        let reader = csv_core::ReaderBuilder::new().delimiter(separator).build();
        CsvScan { source, reader, separator, at, mistakes: Vec::new() }
    }

    /// The next row that is not empty.
    fn row(&mut self) -> Option<Vec<CsvCell>> {
        loop {
            let cells = self.cells();
            if cells.is_empty() || cells.iter().any(|cell| !cell.text.is_empty()) {
                return Some(cells).filter(|cells| !cells.is_empty());
            }
        }
    }

    /// The cells up to the end of the row; none at the end of the file.
    fn cells(&mut self) -> Vec<CsvCell> {
        // `csv-core` skips empty lines, which would count as part of the first cell.
        self.skip(&['\r', '\n', ' ', '\u{a0}']);
        let mut cells = Vec::new();
        loop {
            // It recognises a quote only at the very start of a cell.
            self.skip(&[' ', '\u{a0}']);
            let start = self.at;
            let Some((text, ends_row)) = self.field() else { return cells };
            cells.push(self.cell(start, &text));
            if ends_row {
                return cells;
            }
        }
    }

    fn skip(&mut self, signs: &[char]) {
        let rest = &self.source.text()[self.at..];
        self.at += rest.len() - rest.trim_start_matches(signs).len();
    }

    /// The next cell without its quotes, and whether it ends its row.
    fn field(&mut self) -> Option<(String, bool)> {
        let mut text = Vec::new();
        let mut buffer = [0; 1024];
        loop {
            let rest = &self.source.text().as_bytes()[self.at..];
            let (result, taken, written) = self.reader.read_field(rest, &mut buffer);
            self.at += taken;
            text.extend_from_slice(&buffer[..written]);
            match result {
                // The next call has no input, which ends the last cell.
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
                ReadFieldResult::Field { record_end } => {
                    return Some((String::from_utf8_lossy(&text).into_owned(), record_end));
                }
                ReadFieldResult::End => return None,
            }
        }
    }

    /// The cell from `start` to here; reports errors in its quotes, which `csv-core` tolerates.
    fn cell(&mut self, start: usize, text: &str) -> CsvCell {
        let written = &self.source.text()[start..self.at];
        let ends: &[char] = &['\n', '\r', char::from(self.separator)];
        let written = written
            .strip_suffix("\r\n")
            .or_else(|| written.strip_suffix(ends))
            .unwrap_or(written)
            .trim_end();
        let text = text.trim().to_string();
        if !written.starts_with('"') {
            return CsvCell {
                text,
                span: Span::new(start, start + written.len()),
                is_quoted: false,
            };
        }
        let Some(closing) = closing_quote(written) else {
            let span = Span::new(start, start + 1);
            self.wrong_quote(
                span,
                "this quote is never closed",
                "close it, or write `\"\"` if it is part of the text",
            );
            return CsvCell { text: String::new(), span, is_quoted: true };
        };
        let end = closing + 1;
        let rest = written[end..].trim_start();
        if !rest.is_empty() {
            let span = Span::new(start + written.len() - rest.len(), start + written.len());
            self.wrong_quote(
                span,
                "there is text after the closing quote",
                "inside quotes, write a quote twice: `\"\"`",
            );
        }
        CsvCell { text, span: Span::new(start, start + end), is_quoted: true }
    }

    fn wrong_quote(&mut self, span: Span, message: &str, label: &str) {
        let place = Place::new(self.source, span);
        self.mistakes.push(Diagnostic::error("csv-quote", message).at(place).label(label));
    }
}

/// The position of the quote that closes a cell's first one; two in a row are an escaped quote.
fn closing_quote(written: &str) -> Option<usize> {
    let mut quotes = written.match_indices('"').map(|(at, _)| at).skip(1).peekable();
    while let Some(at) = quotes.next() {
        if quotes.next_if_eq(&(at + 1)).is_none() {
            return Some(at);
        }
    }
    None
}

/// The names of the columns; `None` for one without a name.
fn columns(
    source: &Source,
    header: &[CsvCell],
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

fn uneven(source: &Source, cells: &[CsvCell], wanted: usize) -> Diagnostic {
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
fn whole(cells: &[CsvCell]) -> Span {
    let (first, last) = (cells[0].span, cells[cells.len() - 1].span);
    Span::new(first.start, last.end.max(first.end))
}

fn element(source: &Source, columns: &[Option<String>], cells: &[CsvCell]) -> CollectionItem {
    let named = columns.iter().zip(cells).filter_map(|(name, cell)| Some((name.as_ref()?, cell)));
    let fields: Map<String, Value> =
        named.map(|(name, cell)| (name.clone(), value(cell))).collect();
    // The first cell identifies the row, and one line is enough to show.
    let shown = cells.iter().find(|cell| !cell.text.is_empty()).unwrap_or(&cells[0]);
    let line = source.text()[shown.span.start..shown.span.end].lines().next().map_or(0, str::len);
    let span = Span::new(shown.span.start, shown.span.start + line);
    CollectionItem { name: None, value: Value::Object(fields), place: Place::new(source, span) }
}

/// The meaning of a cell: nothing if it is empty, a number if it would be printed as written, true
/// or false, or text. A quoted cell is text.
fn value(cell: &CsvCell) -> Value {
    match (cell.text.as_str(), cell.is_quoted) {
        ("", _) => Value::Null,
        (text, true) => text.into(),
        // The spelling of spreadsheets.
        ("TRUE" | "true", false) => true.into(),
        ("FALSE" | "false", false) => false.into(),
        (text, false) => match plain(text) {
            number @ (ScalarValue::Integer(_) | ScalarValue::Decimal(_)) => number.to_json(),
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
        let output = mistakes
            .iter()
            .map(|one| format!("{} {}", one.place.as_ref().unwrap(), one.message))
            .collect();
        (rows.into_iter().map(|row| row.value).collect(), output)
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

    /// The behaviour that the places above rely on. `csv-core` reports neither errors nor places.
    #[test]
    fn csv_core_reads_quotes_and_line_breaks_as_expected() {
        let fields = |text: &str| {
            let source = Source::new("a.csv", text);
            let mut scan = CsvScan::new(&source);
            let mut rows = vec![Vec::new()];
            while let Some((text, ends_row)) = scan.field() {
                rows.last_mut().unwrap().push(text);
                if ends_row {
                    rows.push(Vec::new());
                }
            }
            rows.pop();
            rows.iter().map(|row| row.join("|")).collect::<Vec<_>>()
        };
        for (text, rows) in [
            // Two quotes are one, and a separator or a line break in quotes is text.
            ("a,\"b \"\"c\"\", d\"\n", &["a|b \"c\", d"][..]),
            ("\"a\r\nb\",c\n", &["a\r\nb|c"]),
            // Every line break ends a row: LF, CRLF, and CR alone; empty lines are not rows.
            ("a,b\nc,d\r\ne,f\rg,h", &["a|b", "c|d", "e|f", "g|h"]),
            ("a\n\n\r\n\rb\n\n", &["a", "b"]),
            // The last cell may be empty, with and without a line break.
            ("a,\nb,", &["a|", "b|"]),
            (",", &["|"]),
            // A quote inside a cell is text.
            ("a\"b\",c\n", &["a\"b\"|c"]),
            // Text after the closing quote is kept, and an open quote ends with the file.
            ("\"a\"b,c\n", &["ab|c"]),
            ("\"a\"b\"c,d\n", &["ab\"c|d"]),
            ("a,\"b\nc", &["a|b\nc"]),
        ] {
            assert_eq!(fields(text), rows, "{text:?}");
        }
    }

    #[test]
    fn errors_have_places() {
        let shown = |text| read(text).1;
        assert_eq!(
            shown("a,b\n1,2,3\n4\n"),
            [
                "a.csv:2:1 this row has 3 cells, but the first row has 2 cells",
                "a.csv:3:1 this row has 1 cell, but the first row has 2 cells"
            ]
        );
        assert_eq!(shown("a,b\n1,\"x\n2,3\n"), ["a.csv:2:3 this quote is never closed"]);
        assert_eq!(shown("a,b\n\"x\"y,2\n"), ["a.csv:2:4 there is text after the closing quote"]);
        assert_eq!(shown("a,b,a\n1,2,3\n"), ["a.csv:1:5 two columns are named `a`"]);
    }
}
