//! Finds the source place of a part of a scalar's text.
//!
//! Source and text differ in quotes, escapes, indentation and folded lines, all of which only
//! change white space or are known escapes. So the n-th visible character of the text is the n-th
//! visible character of the source.

use std::ops::Range;

use crate::base::{Place, Span};
use crate::storyboard::text::yaml::scalar::Style;
use crate::storyboard::text::yaml::tree::{NodeId, Tree, Value};

/// The place of a range of a scalar's text; the whole scalar if it cannot be found.
pub(in crate::storyboard) fn within(tree: &Tree, node: NodeId, range: Range<usize>) -> Place {
    let mut target = node;
    while let Value::Alias(anchored) = tree.node(target).value {
        target = anchored;
    }
    let found = tree.scalar(target).and_then(|scalar| {
        let span = tree.node(target).span;
        let written = &tree.source_of(target).text()[span.start..span.end];
        let visible = visible(written, scalar.style);
        let before = count(&scalar.text[..range.start]);
        let inside = count(scalar.text.get(range.clone())?);
        // If the counts differ, a part of the source is not text, such as a tag.
        if inside == 0 || visible.len() != count(&scalar.text) {
            return None;
        }
        let (start, end) = (visible[before].start, visible[before + inside - 1].end);
        Some(Span::new(span.start + start, span.start + end))
    });
    match found {
        Some(span) => Place::new(tree.source_of(target), span),
        None => tree.place(node),
    }
}

fn count(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// The ranges of the source that represent one visible character each.
fn visible(written: &str, style: Style) -> Vec<Range<usize>> {
    let quote = match style {
        Style::SingleQuoted => '\'',
        Style::DoubleQuoted => '"',
        Style::Plain | Style::Block | Style::TaggedText => '\0',
    };
    let mut found = Vec::with_capacity(written.len());
    let mut chars = written.char_indices().peekable();
    if quote != '\0' {
        chars.next();
    }
    while let Some((at, c)) = chars.next() {
        let mut end = at + c.len_utf8();
        let mut shown = !c.is_whitespace();
        if c == quote {
            match chars.next_if(|next| quote == '\'' && next.1 == '\'') {
                Some(_) => end += 1,
                None => break,
            }
        } else if c == '\\' && quote == '"' {
            let Some((_, escape)) = chars.next() else { break };
            end += escape.len_utf8();
            let digits = match escape {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            let code = written.get(end..end + digits).unwrap_or("");
            let decoded = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
            for _ in 0..digits {
                chars.next();
            }
            end += digits;
            shown = match decoded {
                Some(decoded) => !decoded.is_whitespace(),
                None => !matches!(
                    escape,
                    'n' | 't' | 'r' | 'v' | 'f' | ' ' | '\n' | '\r' | '\t' | 'N' | '_' | 'L' | 'P'
                ),
            };
        }
        if shown {
            found.push(at..end);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Source;
    use crate::storyboard::text::diagnostics::Diagnostics;
    use crate::storyboard::text::yaml::parse::scan;

    #[test]
    fn finds_names_in_every_style() {
        for text in [
            "p: a {{x}} b\n",
            "p: é {{x}}\n",
            "p: 'it''s {{x}}'\n",
            "p: \"say \\\"é\\\" \\u00e9 \\\n   {{x}}\"\n",
            "p: |\n  one\n\n    two {{x}}\n",
            "p: >-\n  one\n  two\n\n  {{x}}\n",
            "p: one\n  two {{x}}\nq: 1\n",
            "q: 1\np: &a \"a {{x}}\"\n",
            "p: !!str a {{x}}\n",
            "p: &a |\n  one {{x}}\n",
            "p: &a !!str |- # why\n  one {{x}}\n",
        ] {
            let source = Source::new("a.yaml", text);
            let mut findings = Diagnostics::default();
            let tree = scan(&source, &mut findings).unwrap();
            let node = tree.entry(&["p"]).unwrap().value;
            let scalar = &tree.scalar(node).unwrap().text;
            let at = scalar.find('x').unwrap();
            let place = within(&tree, node, at..at + 1);
            assert_eq!(&text[place.span.start..place.span.end], "x", "{text}");
        }
    }
}
