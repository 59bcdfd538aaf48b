//! JSON as it is printed: one form for files and one for streams.
//!
//! JSON may contain control characters above U+001F unescaped, and some of them control a terminal.
//! They occur only inside strings, so each unsafe character is written as `\u…` instead: the same
//! data.

use serde::Serialize;

use crate::base::text::is_unsafe;

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
    let harmful = |character: char| is_unsafe(character) && character != '\n';
    if !text.contains(harmful) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if harmful(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
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
        let value = "a\u{9b}31m\u{1b}[0m \u{7f} \u{202e}x\n\u{0}é\u{e0041}";
        for text in [line(&value), pretty(&value)] {
            let body = text.strip_suffix('\n').unwrap();
            assert_eq!(body, "\"a\\u009b31m\\u001b[0m \\u007f \\u202ex\\n\\u0000é\\udb40\\udc41\"");
            assert_eq!(serde_json::from_str::<String>(body).unwrap(), value);
        }
    }
}
