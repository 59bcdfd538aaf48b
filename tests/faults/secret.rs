//! The secret: the API key in every form in which it could leak.

use crate::harness::KEY;

/// The names of the key's forms that occur in these bytes.
pub fn found_in(bytes: &[u8]) -> impl Iterator<Item = &'static str> {
    let holds = |form: &[u8]| bytes.windows(form.len()).any(|window| window == form);
    // A part of the key is as bad as most of it; base64 has three forms, depending on the offset.
    let middle = &KEY[4..KEY.len() - 2];
    let hex: String = middle.bytes().map(|byte| format!("{byte:02x}")).collect();
    let reversed: String = middle.chars().rev().collect();
    let url: String = middle.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut found = Vec::new();
    for (name, form) in
        [("plain", middle.to_string()), ("hex", hex), ("reversed", reversed), ("url", url)]
    {
        found.extend(holds(form.as_bytes()).then_some(name));
    }
    for (name, skipped) in [("base64", 0), ("base64, 1 in", 1), ("base64, 2 in", 2)] {
        let form = base64(&middle.as_bytes()[skipped..]);
        // The last group depends on the text after it.
        found.extend(holds(&form.as_bytes()[..form.len() / 4 * 4 - 4]).then_some(name));
    }
    found.into_iter()
}

/// Base64 without padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]));
        }
    }
    text
}

#[test]
fn every_form_of_the_key_is_found() {
    assert_eq!(base64(b"Man"), "TWFu");
    assert_eq!(base64(b"Ma"), "TWE");
    let all = |text: String| found_in(text.as_bytes()).collect::<Vec<_>>();
    assert_eq!(all(format!("Authorization: Bearer {KEY}\n")), ["plain"]);
    for lead in ["", "x", "xy"] {
        let packed = base64(format!("{lead}Bearer {KEY} and more").as_bytes());
        assert_eq!(all(format!("=={packed}==")).len(), 1, "{lead}");
    }
    assert_eq!(all("kie-".to_string()), Vec::<&str>::new());
}
