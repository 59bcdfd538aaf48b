//! Words: cleaning, measuring and counting text for people.
//!
//! Prompts and providers' messages come from elsewhere. Whatever is printed goes through [`clean`]
//! or [`clean_lines`] first, so no text can move a cursor, change a colour or reverse a line.

use std::iter::Peekable;
use std::str::Chars;
use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::base::Credits;

/// A text on one line: no control characters, no escape codes, no doubled spaces.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for word in printable(text).split_whitespace() {
        if !cleaned.is_empty() {
            cleaned.push(' ');
        }
        cleaned.push_str(word);
    }
    cleaned
}

/// A text with its line breaks, otherwise without control characters and escape codes.
pub fn clean_lines(text: &str) -> String {
    let lines: Vec<String> =
        printable(text).lines().map(|line| line.trim_end().to_string()).collect();
    lines.join("\n").trim_matches('\n').to_string()
}

/// How many columns of a terminal a text takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text, or its beginning and an ellipsis, in at most `width_max` columns.
pub fn shorten(text: &str, width_max: usize) -> String {
    if width(text) <= width_max {
        return text.to_string();
    }
    let mut shown = String::new();
    let mut columns = 1;
    for character in text.chars() {
        columns += character.width().unwrap_or(0);
        if columns > width_max {
            break;
        }
        shown.push(character);
    }
    shown.push('…');
    shown
}

/// A number with its noun, as `1 scene` or `12 scenes`; for nouns that only take an `s`.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", grouped(number)),
    }
}

/// A whole number with its thousands apart, as `10,000`.
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

/// A span of time to the second, as `8s`, `6m 31s` or `1h 2m`.
pub fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// How long something took: short ones to a tenth of a second, as `0.7s`.
pub fn elapsed(duration: Duration) -> String {
    match duration.as_millis() {
        0..9_950 => format!("{:.1}s", duration.as_secs_f64()),
        _ => span(duration),
    }
}

/// A length in seconds without digits that say nothing, as `5 s` or `9.2 s`.
pub fn seconds(seconds: f64) -> String {
    let tenths = (seconds * 10.0).round() / 10.0;
    format!("{tenths} s")
}

/// A number of bytes to three digits, as `812 kB` or `12.3 MB`.
pub fn bytes(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (1e3, "kB"),
        1_000_000..1_000_000_000 => (1e6, "MB"),
        _ => (1e9, "GB"),
    };
    let amount = bytes as f64 / unit;
    if amount < 99.95 { format!("{amount:.1} {name}") } else { format!("{amount:.0} {name}") }
}

/// Credits with their worth, as `105 credits ($0.53)`.
pub fn money(credits: Credits) -> String {
    format!("{} ({})", credits.with_unit(), credits.dollars())
}

/// Credits of a rehearsal, which cost no money, as `100 simulated credits`.
pub fn simulated(credits: Credits) -> String {
    credits.with_unit().replace(" credit", " simulated credit")
}

/// Takes escape sequences and other invisible characters out; line breaks and spaces stay.
fn printable(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\n' => cleaned.push('\n'),
            '\u{1b}' => skip_escape(&mut rest),
            '\u{9b}' => skip_parameters(&mut rest),
            _ if is_direction(character) => {}
            _ if character.is_control() || character.is_whitespace() => cleaned.push(' '),
            _ => cleaned.push(character),
        }
    }
    cleaned
}

/// Embeddings, overrides and isolates of text direction: they can make a line read as another.
pub fn is_direction(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Skips what follows an escape character, by the forms of ECMA-48.
fn skip_escape(rest: &mut Peekable<Chars<'_>>) {
    match rest.peek() {
        Some('[') => {
            rest.next();
            skip_parameters(rest);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            // A string runs to BEL or ST. One without an end would hide the rest of the text, so
            // then only its opening goes.
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

    #[test]
    fn nothing_that_steers_a_terminal_comes_through() {
        for (dirty, expected) in [
            ("plain – ünï 光 🎬", "plain – ünï 光 🎬"),
            ("\u{1b}[31;1mred\u{1b}[0m", "red"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("\u{1b}]8;;https://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}]0;no end", "0;no end"),
            ("\u{9b}2Jgone", "gone"),
            ("a\u{0}b\u{8}c\rd\te\nf", "a b c d e f"),
            ("abc\u{202e}fed\u{2066}x", "abcfedx"),
            ("  much   space ", "much space"),
            ("\u{1b}", ""),
        ] {
            assert_eq!(clean(dirty), expected, "{dirty:?}");
        }
        assert_eq!(clean_lines("\none \u{1b}[2J\r\ntwo\n\n"), "one\ntwo");
    }

    #[test]
    fn widths_are_columns_not_bytes() {
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
    fn numbers_read_well() {
        assert_eq!(
            (count(1, "scene"), count(10_000, "scene")),
            ("1 scene".into(), "10,000 scenes".into())
        );
        assert_eq!(grouped(1_234_567), "1,234,567");
        let spans = [0, 59, 60, 391, 3_599, 3_720].map(|s| span(Duration::from_secs(s)));
        assert_eq!(spans, ["0s", "59s", "1m 0s", "6m 31s", "59m 59s", "1h 2m"]);
        assert_eq!((seconds(5.0), seconds(9.2400)), ("5 s".into(), "9.2 s".into()));
        let sizes = [999, 1_000, 12_345_678, 99_960_000, 812_400_000].map(bytes);
        assert_eq!(sizes, ["999 B", "1.0 kB", "12.3 MB", "100 MB", "812 MB"]);
    }
}
