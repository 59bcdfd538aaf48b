//! JSON, rewritten so that the YAML scanner can read it.
//!
//! JSON is YAML with two exceptions: it may be indented with tabs, which cannot occur within a
//! string, and it writes characters beyond U+FFFF as two escapes. Line breaks are unchanged.

/// How many characters shorter `\U0001F600` is than `\ud83d\ude00`.
pub(super) const SHORTER_BY: usize = 2;

/// The text as YAML, and for each shortened pair of escapes the number of characters before its
/// end.
pub(super) fn as_yaml(text: &str) -> (String, Vec<usize>) {
    let mut yaml = String::with_capacity(text.len());
    let mut shortened = Vec::new();
    let mut chars = 0;
    let mut rest = text;
    let mut push = |piece: &str| {
        chars += piece.chars().count();
        yaml.extend(piece.chars().map(|c| if c == '\t' { ' ' } else { c }));
        chars
    };
    while let Some(at) = rest.find('\\') {
        push(&rest[..at]);
        rest = &rest[at..];
        rest = match surrogates(rest) {
            Some(c) => {
                shortened.push(push(&format!("\\U{:08X}", u32::from(c))));
                &rest[12..]
            }
            // The escape and the character that it escapes, which may be a backslash.
            None => {
                let end = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                push(&rest[..end]);
                &rest[end..]
            }
        };
    }
    push(rest);
    (yaml, shortened)
}

/// The first character of a text that two escapes encode.
pub(super) fn surrogates_in(text: &str) -> Option<char> {
    text.match_indices("\\u").find_map(|(at, _)| surrogates(&text[at..]))
}

/// The character encoded by the two escapes at the start of a text.
fn surrogates(text: &str) -> Option<char> {
    let half = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let pair = [half(0)?, half(6)?];
    let c = char::decode_utf16(pair).next()?.ok()?;
    (u32::from(c) > 0xffff).then_some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tabs_and_surrogate_escapes_change() {
        let same = r#"{"a": "\\ud83d\\ude00 \u00e9 \\\" ä"}"#;
        assert_eq!(as_yaml(same), (same.to_string(), vec![]));
        let (yaml, shortened) = as_yaml("\t{\"ä\": \"\\ud83d\\ude00!\"}");
        assert_eq!(yaml, " {\"ä\": \"\\U0001F600!\"}");
        assert_eq!(shortened, [yaml.chars().count() - 3]);
    }
}
