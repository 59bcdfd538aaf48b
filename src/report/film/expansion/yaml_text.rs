//! Scalars: writes a text as YAML that every reader reads back as exactly that text.
//!
//! Text that YAML 1.1 or 1.2 could read as anything else is quoted; characters that control a
//! terminal are escaped. Long texts are folded if that does not change them.

use crate::base::text::{is_unsafe, width};

/// The widest line of a folded text, in columns without its indentation.
const FOLDED_MAX: usize = 88;
/// The widest text written on the same line as its name, in columns.
const INLINE_MAX: usize = 64;
/// Words that some YAML readers take for a boolean or null.
const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// A text as YAML.
#[derive(Debug, PartialEq, Eq)]
pub enum YamlText {
    /// Text on the same line as its name.
    Inline(String),
    /// The indicator on that line, `|-` or `>-`, and the lines below it, not yet indented.
    Block(&'static str, Vec<String>),
}

impl YamlText {
    /// Writes a text.
    pub fn of(text: &str) -> YamlText {
        let is_bare = |c: char| !is_escaped(c) && c != '\t';
        if text.contains('\n') && text.lines().all(|line| line.chars().all(is_bare)) {
            let lines: Vec<String> = text.split('\n').map(str::to_string).collect();
            // Spaces at the start or the end of lines are significant there, but invisible.
            let is_plain = |line: &String| line.trim() == line;
            let has_ends = !text.starts_with('\n') && !text.ends_with('\n');
            if has_ends && lines.iter().all(is_plain) {
                return YamlText::Block("|-", lines);
            }
        }
        if width(text) > INLINE_MAX && is_foldable(text) && text.chars().all(is_bare) {
            return YamlText::Block(">-", folded(text));
        }
        YamlText::Inline(inline(text))
    }
}

/// A text on one line.
pub fn inline(text: &str) -> String {
    if is_plain(text) { text.to_string() } else { quoted(text) }
}

/// Whether every reader reads the unquoted text as this text.
fn is_plain(text: &str) -> bool {
    let is_usual = |c: char| {
        c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/' | '\'' | '(' | ')' | ':')
    };
    text.starts_with(|c: char| c.is_alphabetic())
        && text.ends_with(|c: char| c != ' ' && c != ':')
        && text.chars().all(is_usual)
        && !text.contains(": ")
        && !WORDS.contains(&text.to_lowercase().as_str())
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_escaped(c) => quoted.push_str(&match u32::from(c) {
                code @ 0..=0xff => format!("\\x{code:02x}"),
                code @ 0x100..=0xffff => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a character cannot be written unescaped in YAML, or would control a terminal. This
/// includes Unicode line breaks, which readers treat differently.
fn is_escaped(c: char) -> bool {
    is_unsafe(c) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Whether a text is words with one space between them, so that a line break can replace it.
fn is_foldable(text: &str) -> bool {
    text.split(' ').all(|word| !word.is_empty() && !word.contains(char::is_whitespace))
}

fn folded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut columns = 0;
    for word in text.split(' ') {
        let more = width(word);
        match lines.last_mut() {
            Some(line) if columns + 1 + more <= FOLDED_MAX => {
                line.push(' ');
                line.push_str(word);
                columns += 1 + more;
            }
            _ => {
                lines.push(word.to_string());
                columns = more;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unquoted_only_if_every_reader_reads_text() {
        for text in ["fog", "kling-2-6", "assets/host.jpg", "https://a.b/c", "It's Mia (9)", "Ü b"]
        {
            assert_eq!(inline(text), text);
        }
        for text in [
            "",
            " ",
            "null",
            "Yes",
            "off",
            "5",
            "1080p",
            "16:9",
            "a: b",
            "a #b",
            "- a",
            "a:",
            "a ",
            "*a",
            "[a]",
            "a, b",
            "{a}",
            "~",
            "\u{1b}[2J",
            "a\u{202e}b",
            "'a'",
            "#a",
            "2.5",
            "a\tb",
        ] {
            assert!(inline(text).starts_with('"'), "{text}");
        }
        assert_eq!(inline("a\u{0}\u{85}\u{202e}\"\\\n"), r#""a\x00\x85\u202e\"\\\n""#);
    }

    #[test]
    fn long_texts_are_folded() {
        let long = "fog over the harbor ".repeat(8);
        let YamlText::Block(">-", lines) = YamlText::of(long.trim()) else { panic!("not folded") };
        assert_eq!(lines.len(), 2);
        assert_eq!(lines.join(" "), long.trim());
        assert_eq!(
            YamlText::of("a\n\nb"),
            YamlText::Block("|-", vec!["a".into(), "".into(), "b".into()])
        );
        for text in [" a\nb", "a\n b", "a \nb", "a\n", "\na", "a\r\nb"] {
            assert!(matches!(YamlText::of(text), YamlText::Inline(_)), "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]
        #[test]
        fn every_text_round_trips(
            text in "([a-z]{1,30} ?|[ -~]|[-#:'\"\\\\|>%@&*!?{}\\[\\],~ \n]|\t|\r|é|😀|\u{85}|\u{2028}|\u{feff}|\u{7}|no|---){0,40}"
        ) {
            let yaml = match YamlText::of(&text) {
                YamlText::Inline(inline) => format!("a:\n  b: {inline}  # c\n  d: e\n"),
                YamlText::Block(mark, lines) => {
                    let lines: String = lines.iter().map(|line| format!("    {line}\n")).collect();
                    format!("a:\n  b: {mark}  # c\n{lines}  d: e\n")
                }
            };
            let value: serde_yaml::Value = serde_yaml::from_str(&yaml).unwrap();
            prop_assert_eq!(value["a"]["b"].as_str(), Some(text.as_str()), "{}", yaml);
            prop_assert_eq!(value["a"]["d"].as_str(), Some("e"));
        }
    }
}
