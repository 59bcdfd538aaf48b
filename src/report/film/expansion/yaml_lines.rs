//! Writes YAML in block style, with a comment after each value.

use super::yaml_text::{YamlText, inline};
use crate::base::text::{clean, width};

/// The column of the comments, if the line is short enough.
const COMMENT_AT: usize = 40;
/// The widest list on one line, in columns.
const LIST_MAX: usize = 88;

/// YAML being written.
#[derive(Debug, Default)]
pub struct YamlLines {
    text: String,
}

impl YamlLines {
    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A line that is only a comment.
    pub fn comment(&mut self, indent: &str, comment: &str) {
        self.line(indent, &format!("# {}", clean(comment)), "");
    }

    /// `name:`, with more below it.
    pub fn open(&mut self, indent: &str, name: &str, comment: &str) {
        self.line(indent, &format!("{}:", inline(name)), comment);
    }

    /// `name: word`, for a word or a number that needs no quotes.
    pub fn word(&mut self, indent: &str, name: &str, word: &str, comment: &str) {
        self.line(indent, &format!("{name}: {word}"), comment);
    }

    /// `name: text`, over several lines where the text is long.
    pub fn text(&mut self, indent: &str, name: &str, text: &str, comment: &str) {
        match YamlText::of(text) {
            YamlText::Inline(text) => self.word(indent, name, &text, comment),
            YamlText::Block(mark, lines) => {
                self.word(indent, name, mark, comment);
                for line in lines {
                    let indent = if line.is_empty() { "" } else { indent };
                    let within = if line.is_empty() { "" } else { "  " };
                    self.line(indent, &format!("{within}{line}"), "");
                }
            }
        }
    }

    /// `name: [one, another]`, or one per line if there are many.
    pub fn list(&mut self, indent: &str, name: &str, items: &[&str], comment: &str) {
        self.row(indent, name, items.iter().map(|item| inline(item)).collect(), comment);
    }

    /// The same with items that are written already.
    pub fn row(&mut self, indent: &str, name: &str, items: Vec<String>, comment: &str) {
        let flow = format!("[{}]", items.join(", "));
        if width(&flow) <= LIST_MAX {
            return self.word(indent, name, &flow, comment);
        }
        self.open(indent, name, comment);
        for item in items {
            self.line(indent, &format!("  - {item}"), "");
        }
    }

    /// `name:` and below it one item on each line, written already.
    pub fn flows(&mut self, indent: &str, name: &str, items: &[String], comment: &str) {
        self.open(indent, name, comment);
        for item in items {
            self.line(indent, &format!("  - {item}"), "");
        }
    }

    /// `  - name: word`, the first line of an item whose other lines follow.
    pub fn item(&mut self, indent: &str, name: &str, word: &str) {
        self.line(indent, &format!("  - {name}: {word}"), "");
    }

    /// The finished text.
    pub fn print(self) -> String {
        self.text
    }

    fn line(&mut self, indent: &str, content: &str, comment: &str) {
        self.text.push_str(indent);
        self.text.push_str(content);
        if !comment.is_empty() {
            let columns = width(indent) + width(content);
            let gap = COMMENT_AT.saturating_sub(columns).max(2);
            self.text.push_str(&" ".repeat(gap));
            self.text.push_str("# ");
            self.text.push_str(&clean(comment));
        }
        self.text.push('\n');
    }
}
