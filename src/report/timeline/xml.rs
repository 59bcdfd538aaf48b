//! XML as it is written: text and attributes, escaped.

/// A text as the content of an element or the value of an attribute in double quotes.
///
/// Line breaks and tabs are written as references, because a reader turns them into spaces in an
/// attribute. XML 1.0 has no form at all for other control characters (section 2.2, `Char`): each
/// becomes `�`.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(character))),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            // Allowed, but not to be seen, and some of them reorder what follows.
            _ if crate::base::text::is_unsafe(character) => {
                escaped.push_str(&format!("&#x{:x};", u32::from(character)));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_a_form() {
        let text = "<a & \"b\">\n\t\r\u{0}\u{1b}\u{7f}\u{85}\u{202e}\u{fffe}é🎬'";
        let expected = "&lt;a &amp; &quot;b&quot;&gt;&#10;&#9;&#13;\u{fffd}\u{fffd}&#x7f;&#x85;&#x202e;\u{fffd}é🎬'";
        assert_eq!(escaped(text), expected);
    }
}
