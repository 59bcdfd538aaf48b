//! What a scalar means: nothing, a boolean, a number, or text.
//!
//! The rules are those of YAML 1.2's core schema, so `16:9`, `yes`, `on` and `0755` are text. A
//! number that would print otherwise than it is written, such as `1.10`, stays text as well: it
//! would change on its way into a prompt.

use super::tree::{Scalar, Style};

/// What a scalar means.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::storyboard) enum Meaning<'a> {
    /// `null`, `~` or nothing at all.
    Nothing,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Decimal(f64),
    /// Anything else.
    Text(&'a str),
}

impl Meaning<'_> {
    /// The word for it in messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Meaning::Nothing => "nothing",
            Meaning::Bool(_) => "a boolean",
            Meaning::Integer(_) | Meaning::Decimal(_) => "a number",
            Meaning::Text(_) => "text",
        }
    }

    /// The value for templates.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Meaning::Nothing => serde_json::Value::Null,
            Meaning::Bool(value) => (*value).into(),
            Meaning::Integer(value) => (*value).into(),
            Meaning::Decimal(value) => (*value).into(),
            Meaning::Text(text) => (*text).into(),
        }
    }
}

impl Scalar {
    /// What it means; only scalars without quotes can be anything but text.
    pub fn meaning(&self) -> Meaning<'_> {
        match self.style {
            Style::Plain => plain(&self.text),
            _ => Meaning::Text(&self.text),
        }
    }
}

/// What a text without quotes means.
pub(in crate::storyboard) fn plain(text: &str) -> Meaning<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Meaning::Nothing,
        "true" | "True" | "TRUE" => return Meaning::Bool(true),
        "false" | "False" | "FALSE" => return Meaning::Bool(false),
        _ => {}
    }
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    if numeric {
        // Printing it again must give the same characters.
        if let Some(value) = text.parse::<i64>().ok().filter(|value| value.to_string() == text) {
            return Meaning::Integer(value);
        }
        let decimal = text.parse::<f64>().ok();
        if let Some(value) = decimal.filter(|value| format!("{value:?}") == text) {
            return Meaning::Decimal(value);
        }
    }
    Meaning::Text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_prints_as_written_is_a_number() {
        for (text, meaning) in [
            ("5", Meaning::Integer(5)),
            ("-3", Meaning::Integer(-3)),
            ("2.5", Meaning::Decimal(2.5)),
            ("1.0", Meaning::Decimal(1.0)),
            ("True", Meaning::Bool(true)),
            ("~", Meaning::Nothing),
        ] {
            assert_eq!(plain(text), meaning, "{text}");
        }
        let texts = ["16:9", "yes", "off", "0755", "1.10", "1_000", ".5", "1e3", "0x1f", "+5"];
        for text in texts.into_iter().chain(["99999999999999999999", "-", "--", "1.", ".nan"]) {
            assert_eq!(plain(text), Meaning::Text(text), "{text}");
        }
    }
}
