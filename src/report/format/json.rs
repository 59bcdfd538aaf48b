//! JSON as it is printed: one form for files and one for streams.
//!
//! JSON may hold control characters above U+001F as they are, and a terminal obeys some of them.
//! They can stand only inside strings, so each is written as `\u…` instead: the same data.

use serde::Serialize;

/// A value over several lines, two spaces per level, with a newline at the end.
pub fn pretty(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value);
    harmless(text.expect("documents have text keys and plain values")) + "\n"
}

/// A value on one line, with a newline at the end.
pub fn line(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value);
    harmless(text.expect("documents have text keys and plain values")) + "\n"
}

fn harmless(text: String) -> String {
    let harmful = |character: char| matches!(character, '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(harmful) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if harmful(character) {
            escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_harmless_and_data_is_the_same() {
        let value = "a\u{9b}31m\u{1b}[0m \u{7f} \u{202e}x\n\u{0}é";
        for text in [line(&value), pretty(&value)] {
            let body = text.strip_suffix('\n').unwrap();
            assert_eq!(body, "\"a\\u009b31m\\u001b[0m \\u007f \\u202ex\\n\\u0000é\"");
            assert_eq!(serde_json::from_str::<String>(body).unwrap(), value);
        }
    }
}
