//! Tags: words that group scenes, regardless of their names.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::excerpt;

/// The longest tag in bytes.
const TAG_MAX_BYTES: usize = 100;
/// The regular expression of a tag.
const TAG_PATTERN: &str = "^[a-z0-9][a-z0-9_-]*$";

/// A word that a storyboard adds to scenes, so that they can be selected together: `tag:act1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Tag(Arc<str>);

/// The text cannot be a tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a valid tag: tags are made of a-z, 0-9, `_` and `-`, and begin with a letter or digit"
)]
pub struct InvalidTag(pub String);

impl Tag {
    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = InvalidTag;

    fn from_str(text: &str) -> Result<Tag, InvalidTag> {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let begins = text.bytes().next().is_some_and(is_plain);
        let goes_on = text.bytes().all(|b| is_plain(b) || matches!(b, b'_' | b'-'));
        match begins && goes_on && text.len() <= TAG_MAX_BYTES {
            true => Ok(Tag(text.into())),
            false => Err(InvalidTag(excerpt(text))),
        }
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl JsonSchema for Tag {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Tag".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": TAG_PATTERN,
            "maxLength": TAG_MAX_BYTES
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_can_be_written_on_a_command_line() {
        for good in ["act1", "9x16", "hero_shot", "a-b"] {
            assert_eq!(good.parse::<Tag>().map(|tag| tag.to_string()), Ok(good.to_string()));
        }
        let long = "a".repeat(101);
        for bad in ["", "Act1", "a b", "a+", "a*", "-a", "_a", "16:9", "é", long.as_str()] {
            assert!(bad.parse::<Tag>().is_err(), "{bad}");
        }
    }
}
