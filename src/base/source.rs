//! Source text and places in it.

use std::fmt;
use std::sync::Arc;

/// A text file as it was read, cheap to clone.
#[derive(Clone)]
pub struct Source(Arc<SourceText>);

struct SourceText {
    name: String,
    text: String,
    /// Byte offset at which each line starts.
    line_starts: Vec<usize>,
}

impl Source {
    /// A text with its name, usually the path as the user typed it.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Source(Arc::new(SourceText { name: name.into(), text, line_starts }))
    }

    /// The text's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The line and column of a byte offset, both from 1, the column in characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.0.text.len());
        while !self.0.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.0.line_starts.partition_point(|start| *start <= offset) - 1;
        let column = self.0.text[self.0.line_starts[line]..offset].chars().count();
        (line + 1, column + 1)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.0.name)
    }
}

/// A range of bytes of a source; `start..end`, end excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }
}

/// A span of a source, shown as `storyboard.yaml:14:21`.
#[derive(Clone, Debug)]
pub struct Place {
    /// The text.
    pub source: Source,
    /// The span in that text.
    pub span: Span,
}

impl Place {
    /// A span of a source.
    pub fn new(source: &Source, span: Span) -> Self {
        Place { source: source.clone(), span }
    }

    /// The line of the first byte, from 1.
    pub fn line(&self) -> usize {
        self.source.line_column(self.span.start).0
    }

    /// The column of the first byte in characters, from 1.
    #[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "only tests use it"))]
    pub fn column(&self) -> usize {
        self.source.line_column(self.span.start).1
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.source.line_column(self.span.start);
        write!(f, "{}:{line}:{column}", self.source.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let source = Source::new("a.yaml", "één\n  prompt: ü x\n");
        let at = source.text().find('x').unwrap();
        let place = Place::new(&source, Span::new(at, at + 1));
        assert_eq!(place.to_string(), "a.yaml:2:13");
        assert_eq!(source.line_column(10_000), (3, 1));
    }
}
