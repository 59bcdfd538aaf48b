//! Text for people: cleaned, cut, measured and counted.
//!
//! Prompts and providers' messages are untrusted, and end up in terminals, logs and pages. One set
//! of characters, defined in [`is_unsafe`], contains those that control a terminal, reorder a line
//! or are invisible. Joiners stay although they have no width: Persian, Indic scripts and many
//! emoji are spelled with them.

use std::iter::Peekable;
use std::str::Chars;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The most columns that a message quotes from a text.
const EXCERPT_MAX_COLUMNS: usize = 40;

/// Whether a character controls a terminal, reorders its neighbours, or is invisible.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            | '\u{61c}' | '\u{200e}' | '\u{200f}'    // direction marks
            | '\u{202a}'..='\u{202e}'                // direction embeddings and overrides
            | '\u{2066}'..='\u{206f}'                // direction isolates, obsolete formatting
            | '\u{2028}' | '\u{2029}'                // line breaks that few programs support
            | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}' // zero width
            | '\u{fff9}'..='\u{fffb}'                // annotations
            | '\u{e0000}'..='\u{e007f}'              // tags: invisible text
        )
}

/// A text on one line, without unsafe characters, escape sequences and repeated spaces.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for word in safe(text).split_whitespace() {
        if !cleaned.is_empty() {
            cleaned.push(' ');
        }
        cleaned.push_str(word);
    }
    cleaned
}

/// A text with its line breaks, otherwise without unsafe characters and escape sequences.
pub fn clean_lines(text: &str) -> String {
    let lines: Vec<String> = safe(text).lines().map(|line| line.trim_end().to_string()).collect();
    lines.join("\n").trim_matches('\n').to_string()
}

/// A text with every unsafe character except line breaks replaced by `�`, for messages about texts
/// that should not contain any.
pub fn reveal(text: &str) -> String {
    text.chars().map(|c| if is_unsafe(c) && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// The width of a text in terminal columns.
pub fn width(text: &str) -> usize {
    match text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        true => text.len(),
        false => UnicodeWidthStr::width(text),
    }
}

/// The text, or its beginning and an ellipsis, in at most `columns_max` columns.
pub fn shorten(text: &str, columns_max: usize) -> String {
    if width(text) <= columns_max {
        return text.to_string();
    }
    let mut shown = String::new();
    let mut columns = 1;
    for character in text.chars() {
        columns += character.width().unwrap_or(0);
        if columns > columns_max {
            break;
        }
        shown.push(character);
    }
    shown.push('…');
    shown
}

/// A text on one line in lines of at most `columns_max` columns, broken between words. A word that
/// is longer is shortened.
pub fn wrap(text: &str, columns_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns_max => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(shorten(word, columns_max)),
        }
    }
    lines
}

/// The beginning of a text's first line, for a message that quotes it.
pub fn excerpt(text: &str) -> String {
    let text = text.trim();
    let line = text.lines().next().unwrap_or_default();
    let more = if line.len() < text.len() { "…" } else { "" };
    match shorten(line, EXCERPT_MAX_COLUMNS + 1) {
        whole if whole == line => whole + more,
        cut => cut,
    }
}

/// A number with its noun, as `1 scene` or `12 scenes`; for nouns whose plural adds an `s`.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", grouped(number)),
    }
}

/// A whole number with separated thousands, as `10,000`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Removes escape sequences and unsafe characters; white space becomes spaces and line feeds.
fn safe(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\n' => cleaned.push('\n'),
            '\u{1b}' => skip_escape(&mut rest),
            '\u{9b}' => skip_parameters(&mut rest),
            _ if character.is_whitespace() => cleaned.push(' '),
            _ if is_unsafe(character) => {}
            _ => cleaned.push(character),
        }
    }
    cleaned
}

/// Skips the sequence after an escape character, in the forms of ECMA-48.
fn skip_escape(rest: &mut Peekable<Chars<'_>>) {
    match rest.peek() {
        Some('[') => {
            rest.next();
            skip_parameters(rest);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            // A string ends with BEL or ST. Without an end it would hide the rest of the text, so
            // in that case only its opening is removed.
            let ahead = rest.clone();
            let mut length = 0;
            for character in ahead {
                length += 1;
                if character == '\u{7}' || character == '\u{9c}' || character == '\u{1b}' {
                    rest.nth(length - 1);
                    if character == '\u{1b}' {
                        rest.next_if_eq(&'\\');
                    }
                    return;
                }
            }
            rest.next();
        }
        _ => {}
    }
}

/// Skips the parameters and the final byte of a control sequence.
fn skip_parameters(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|next| matches!(next, ' '..='?')).is_some() {}
    rest.next_if(|next| matches!(next, '@'..='~'));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind of unsafe character.
    const UNSAFE: &str = "\u{0}\u{7}\u{8}\u{7f}\u{80}\u{9f}\u{61c}\u{200b}\u{200e}\u{200f}\u{202a}\u{202e}\u{2060}\u{2064}\
         \u{2066}\u{2069}\u{206f}\u{feff}\u{fff9}\u{fffb}\u{e0001}\u{e0041}\u{e007f}";

    #[test]
    fn terminal_controls_are_removed() {
        for (dirty, expected) in [
            ("plain – ünï 光 🎬", "plain – ünï 光 🎬"),
            ("\u{1b}[31;1mred\u{1b}[0m", "red"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("\u{1b}]8;;https://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}]0;no end", "0;no end"),
            ("\u{9b}2Jgone", "gone"),
            ("a\u{0}b\u{8}c\rd\te\nf", "abc d e f"),
            ("abc\u{202e}fed\u{2066}x", "abcfedx"),
            ("  much   space ", "much space"),
            ("one\u{2028}two\u{85}three\u{a0}four", "one two three four"),
            ("\u{1b}", ""),
        ] {
            assert_eq!(clean(dirty), expected, "{dirty:?}");
        }
        assert_eq!(clean_lines("\none \u{1b}[2J\r\ntwo\n\n"), "one\ntwo");
    }

    #[test]
    fn every_function_agrees_on_unsafe_characters() {
        for c in UNSAFE.chars() {
            let text = format!("a{c}b");
            assert!(is_unsafe(c), "{c:?}");
            assert_eq!(clean(&text), "ab", "{c:?}");
            assert_eq!(clean_lines(&text), "ab", "{c:?}");
            assert_eq!(reveal(&text), "a\u{fffd}b", "{c:?}");
        }
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let text = format!("a{c}b");
            assert!(!clean(&text).contains(is_unsafe), "{c:?}");
            assert!(!clean_lines(&text).contains(|c| is_unsafe(c) && c != '\n'), "{c:?}");
        }
    }

    #[test]
    fn text_of_every_script_is_unchanged() {
        // Persian and Hindi use joiners, and so do emoji families.
        for text in ["می\u{200c}خواهم", "क्\u{200d}ष", "👩\u{200d}👧", "☀\u{fe0f}", "e\u{301}"]
        {
            assert_eq!((clean(text), reveal(text)), (text.to_string(), text.to_string()));
        }
    }

    #[test]
    fn width_counts_terminal_columns() {
        assert_eq!(width("dawn"), 4);
        assert_eq!(width("黎明"), 4);
        assert_eq!(shorten("黎明の港", 5), "黎明…");
        assert_eq!(shorten("harbor", 6), "harbor");
        assert_eq!(shorten("harbors", 6), "harbo…");
        for columns in 1..12 {
            assert!(width(&shorten("a黎b明cのd港", columns)) <= columns, "{columns}");
        }
    }

    #[test]
    fn wrapped_lines_fit_and_keep_every_word() {
        let text = "in doubt: sent at 16:43, no reply; it may be running";
        assert_eq!(wrap(text, 24), ["in doubt: sent at 16:43,", "no reply; it may be", "running"]);
        assert_eq!(wrap("a 黎明の港だ b", 8), ["a", "黎明の…", "b"]);
        for columns in 12..60 {
            let lines = wrap(text, columns);
            assert!(lines.iter().all(|line| width(line) <= columns), "{lines:?}");
            assert_eq!(lines.join(" "), text);
        }
        assert!(wrap("  ", 10).is_empty());
    }

    #[test]
    fn an_excerpt_is_the_beginning_of_the_first_line() {
        assert_eq!(excerpt(" one "), "one");
        assert_eq!(excerpt("one\ntwo"), "one…");
        assert_eq!(excerpt(&"x".repeat(41)), "x".repeat(41));
        assert_eq!(excerpt(&"x".repeat(42)), "x".repeat(40) + "…");
        assert_eq!(excerpt(&("x".repeat(42) + "\ny")), "x".repeat(40) + "…");
    }

    #[test]
    fn nouns_agree_with_their_numbers() {
        assert_eq!(
            [count(1, "scene"), count(0, "scene"), count(10_000, "scene")],
            ["1 scene", "0 scenes", "10,000 scenes"]
        );
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
