//! Name parts: the name of a row or a matrix value within a scene's name.
//!
//! The name becomes a file name, so the rule is the same on every system: letters become lower
//! case, a `:` or `/` between digits becomes `x` (`16:9` is `16x9`), and every run of other
//! characters than a-z, 0-9 and `_` becomes one `-`. The caller reports two values with the same
//! name as an error.

/// The name part for a text; `None` if nothing remains of it, or if it has letters that file names
/// cannot have on every system.
pub(in crate::storyboard) fn part(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let chars: Vec<char> = text.chars().collect();
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| chars.get(at)).is_some_and(|c: &char| c.is_ascii_digit())
    };
    let mut made = String::with_capacity(text.len());
    for (at, c) in chars.iter().enumerate() {
        let is_between_digits = is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
        match c {
            'a'..='z' | '0'..='9' | '_' => made.push(*c),
            ':' | '/' if is_between_digits => made.push('x'),
            c if c.is_alphanumeric() => return None,
            _ if made.is_empty() || made.ends_with('-') => {}
            _ => made.push('-'),
        }
    }
    let made = made.trim_matches(['-', '_']);
    (!made.is_empty()).then(|| made.to_string())
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn parts_are_file_names_everywhere() {
        for (text, made) in [
            ("en", "en"),
            ("pt-BR", "pt-br"),
            ("16:9", "16x9"),
            ("1/2", "1x2"),
            ("Aurora One", "aurora-one"),
            (" a:b -- c! ", "a-b-c"),
            ("v1.2", "v1-2"),
            ("con", "con"),
            ("_x_", "x"),
            ("5", "5"),
        ] {
            assert_eq!(part(text).as_deref(), Some(made), "{text}");
        }
        for text in ["", "  ", "?", "../..", "日本語", "café", "١"] {
            assert_eq!(part(text), None, "{text}");
        }
    }
}
