//! The value around a syntax error, in its line or between brackets.
//!
//! The scanner could not read it, so only its punctuation is examined.

use crate::base::{Source, Span};

/// The line that contains a byte, without its line break.
pub(super) struct Line<'s> {
    /// Where it begins.
    pub start: usize,
    /// Its text.
    pub text: &'s str,
}

impl<'s> Line<'s> {
    /// The line around a byte.
    pub fn around(source: &'s Source, at: usize) -> Self {
        let text = source.text();
        let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let text = text[start..].split(['\n', '\r']).next().unwrap_or("");
        Line { start, text }
    }

    /// The line without its indentation.
    pub fn content(&self) -> Span {
        let end = self.text.trim_end().len();
        let indent = end - self.text[..end].trim_start().len();
        Span::new(self.start + indent, self.start + end)
    }

    /// What follows `key: ` or `- `, up to the end of the line.
    pub fn value(&self) -> Option<Span> {
        let colon = self.text.find(": ").map(|at| at + 2);
        let dash = self.text.trim_start().starts_with("- ").then(|| self.text.find("- ")).flatten();
        let at = colon.or(dash.map(|at| at + 2))?;
        let rest = &self.text[at..];
        let at = at + rest.len() - rest.trim_start().len();
        let end = self.text.find(" #").filter(|end| *end > at).unwrap_or(self.text.len());
        let end = self.text[..end].trim_end().len();
        (at < end).then(|| Span::new(self.start + at, self.start + end))
    }
}

/// The value around a byte, between brackets that open at `open`: the text after `key: `, or an
/// item of a list. `None` if it spans several lines.
pub(super) fn flow_value(text: &str, open: usize, at: usize) -> Option<Span> {
    let is_map = text[open..].starts_with('{');
    let mut start = open + 1;
    let mut depth = 0usize;
    let mut quote: Option<u8> = None;
    let mut last = text.as_bytes()[open];
    let mut end = text.len();
    for (offset, byte) in text.bytes().enumerate().skip(open + 1) {
        match (quote, byte) {
            (Some(open), _) => quote = quote.filter(|_| open != byte),
            // A quote within a word is an apostrophe.
            (None, b'"' | b'\'') if b"{[,:".contains(&last) => quote = Some(byte),
            (None, b'{' | b'[') => depth += 1,
            (None, b'}' | b']' | b',') if depth == 0 => {
                if offset >= at || byte != b',' {
                    end = offset;
                    break;
                }
                start = offset + 1;
            }
            (None, b'}' | b']') => depth -= 1,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            last = byte;
        }
    }
    let item = &text[start..end];
    let value = match is_map {
        true => {
            start
                + [item.find(": "), item.find("\":").map(|at| at + 1)]
                    .into_iter()
                    .flatten()
                    .min()?
                + 1
        }
        false => start,
    };
    let trimmed = text[value..end].trim();
    let start = value + text[value..end].find(trimmed)?;
    let is_one_line = !trimmed.is_empty() && !trimmed.contains('\n');
    is_one_line.then(|| Span::new(start, start + trimmed.len()))
}

/// The innermost bracket that is open at a byte of a text in flow style, such as JSON: there the
/// scanner returns nothing before it has seen the whole first line.
pub(super) fn bracket_around(text: &str, at: usize) -> Option<Span> {
    if !text.trim_start().starts_with(['[', '{']) {
        return None;
    }
    let mut open = Vec::new();
    let mut is_quoted = false;
    let mut escaped = false;
    for (offset, byte) in text.bytes().enumerate().take(at) {
        match byte {
            b'"' if !escaped => is_quoted = !is_quoted,
            b'{' | b'[' if !is_quoted => open.push(offset),
            b'}' | b']' if !is_quoted => drop(open.pop()),
            _ => {}
        }
        escaped = is_quoted && byte == b'\\' && !escaped;
    }
    open.last().map(|start| Span::new(*start, start + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_current_value_between_brackets() {
        for (text, at, found) in [
            ("{ a: 1, b: two words, c: 3 }", "wo", Some("two words")),
            ("{ a: {{x}} and y, b: 1 }", "and", Some("{{x}} and y")),
            ("{ a: it's, b: 'x, y' z }", "z", Some("'x, y' z")),
            ("{ <<: *base, b: 1 }", "*", Some("*base")),
            ("{\"a\":\"b\" \"c\": 1}", "\"c", Some("\"b\" \"c\": 1")),
            ("[one, @two]", "@", Some("@two")),
            ("{ a: one\n  b: two }", "two", None),
            ("[a, , b]", ", b", None),
        ] {
            let at = text.find(at).unwrap();
            let value = flow_value(text, 0, at).map(|span| &text[span.start..span.end]);
            assert_eq!(value, found, "{text}");
        }
    }
}
