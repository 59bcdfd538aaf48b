//! Scripts: which script a character belongs to, and the language that a text is probably in.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, Script};
use icu_properties::{CodePointMapData, CodePointSetData, PropertyNamesLong};
use parley::style::Language;

/// The name of a character's script, such as `Devanagari`; `None` for characters of all scripts,
/// such as symbols.
pub fn script_name(character: char) -> Option<String> {
    let script = CodePointMapData::<Script>::new().get(character);
    if matches!(script, Script::Common | Script::Inherited | Script::Unknown) {
        return None;
    }
    PropertyNamesLong::<Script>::new().get(script).map(|name| name.replace('_', " "))
}

/// Whether a character is seen: controls, spaces and joiners are not.
pub(super) fn is_visible(character: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    !character.is_whitespace()
        && category != GeneralCategory::Control
        && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// The parts of a text in scripts other than Latin, Greek and Cyrillic, with the spaces and digits
/// that follow them, as ranges of bytes.
pub(super) fn other_scripts(text: &str) -> Vec<std::ops::Range<usize>> {
    let scripts = CodePointMapData::<Script>::new();
    let mut parts: Vec<std::ops::Range<usize>> = Vec::new();
    let mut is_other = false;
    for (at, character) in text.char_indices() {
        match scripts.get(character) {
            Script::Common | Script::Inherited => {}
            Script::Latin | Script::Greek | Script::Cyrillic => is_other = false,
            _ => is_other = true,
        }
        let end = at + character.len_utf8();
        match parts.last_mut() {
            Some(part) if is_other && part.end == at => part.end = end,
            _ if is_other => parts.push(at..end),
            _ => {}
        }
    }
    parts
}

/// The language that decides which forms Chinese characters have. A text of Chinese characters
/// alone counts as simplified Chinese.
pub(super) fn han_language(text: &str) -> Option<Language> {
    if text.is_ascii() {
        return None;
    }
    let scripts = CodePointMapData::<Script>::new();
    let mut found = None;
    for character in text.chars() {
        match scripts.get(character) {
            Script::Hiragana | Script::Katakana => return Language::parse("ja").ok(),
            Script::Hangul => return Language::parse("ko").ok(),
            Script::Bopomofo => found = Some("zh-Hant"),
            Script::Han => found = found.or(Some("zh-Hans")),
            _ => {}
        }
    }
    found.and_then(|language| Language::parse(language).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_have_names() {
        let name = |character| script_name(character).unwrap_or_default();
        assert_eq!(name('ह'), "Devanagari");
        assert_eq!(name('日'), "Han");
        assert_eq!(name('한'), "Hangul");
        assert_eq!(name('→'), "");
    }

    #[test]
    fn joiners_and_spaces_are_not_seen() {
        assert!("aह日🔥".chars().all(is_visible));
        assert!(!" \n\u{200d}\u{fe0f}\u{ad}\u{7}".chars().any(is_visible));
    }

    #[test]
    fn other_scripts_keep_what_is_between_their_words() {
        let text = "Aurora हम 5 चले, Грим 日本";
        let parts: Vec<&str> = other_scripts(text).into_iter().map(|part| &text[part]).collect();
        assert_eq!(parts, ["हम 5 चले, ", "日本"]);
        assert!(other_scripts("Aurora Ωмега 42").is_empty());
    }

    #[test]
    fn kana_makes_a_text_japanese() {
        let of = |text| han_language(text).map(|language| language.to_string());
        assert_eq!(of("東京の夜").as_deref(), Some("ja"));
        assert_eq!(of("서울의 밤").as_deref(), Some("ko"));
        assert_eq!(of("东京的夜").as_deref(), Some("zh-Hans"));
        assert_eq!(of("Tokyo"), None);
    }
}
