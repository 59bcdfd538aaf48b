//! Words: text from the network made fit for a terminal, a log and a ledger.
//!
//! Whatever a server says may end up in all three, so control characters, escape sequences and
//! characters that reorder text are taken out, and the length is bounded.

/// The most characters of foreign text that a message keeps.
const WORDS_MAX_CHARS: usize = 300;

/// Takes out escape sequences and control characters, and joins what is left with single spaces.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // An ANSI escape sequence: `ESC [`, parameters, one final letter.
            '\u{1b}' | '\u{9b}' => {
                let sequence = c == '\u{9b}' || chars.next_if_eq(&'[').is_some();
                if sequence {
                    while chars.next_if(|c| matches!(c, '\u{20}'..='\u{3f}')).is_some() {}
                    chars.next_if(|c| matches!(c, '\u{40}'..='\u{7e}'));
                }
            }
            c if c.is_whitespace() => plain.push(' '),
            c if is_printable(c) => plain.push(c),
            _ => {}
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character can be printed as it is: it moves no cursor and turns no text around.
pub(super) fn is_printable(c: char) -> bool {
    !c.is_control() && !reorders(c)
}

/// Cuts a text that is longer than a message should be.
pub(super) fn bounded(text: String) -> String {
    match text.char_indices().nth(WORDS_MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The words of the error that lies deepest, which is the one that says what happened; without the
/// system's number for it, which differs between systems and helps nobody.
pub(super) fn of_error(error: &(dyn std::error::Error + 'static)) -> String {
    let words = causes(error).last().map(ToString::to_string).unwrap_or_default();
    words.split(" (os error ").next().unwrap_or_default().to_string()
}

/// An error and what caused it, outermost first.
pub(super) fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// Characters that are invisible or turn the order of those around them.
fn reorders(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_controls_go() {
        assert_eq!(plain("\u{1b}[31mbad\u{1b}[0m\r\n\tprompt\u{7}\0"), "bad prompt");
        assert_eq!(plain("\u{9b}2Jgone \u{202e}txet\u{1b}c"), "gone txetc");
        assert_eq!(plain("ümläut 寿司"), "ümläut 寿司");
    }

    #[test]
    fn the_deepest_error_speaks() {
        let system = std::io::Error::from_raw_os_error(2);
        let outer = std::io::Error::other(system);
        assert_eq!(of_error(&outer), "No such file or directory");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let cut = bounded("é".repeat(WORDS_MAX_CHARS + 1));
        assert_eq!(cut.chars().count(), WORDS_MAX_CHARS + 1);
        assert!(cut.ends_with('…'));
        assert_eq!(bounded("é".repeat(WORDS_MAX_CHARS)), "é".repeat(WORDS_MAX_CHARS));
    }
}
