//! Ids: names of scenes and cuts in the storyboard, and the provider's task ids.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::digest::Key;
use super::text::{excerpt, is_unsafe};

/// The longest name that a storyboard may give, in bytes.
const NAME_MAX_BYTES: usize = 100;
/// The longest id with all its parts, in bytes; it becomes a file name.
const ID_MAX_BYTES: usize = 200;
/// The regular expression of an id.
const ID_PATTERN: &str = r"^[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$";

/// The text cannot be an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an id: ids start with a-z or 0-9 and go on with a-z, 0-9, `_` or `-`, 100 at most; \
     after a dot another part may follow"
)]
pub struct InvalidId(pub String);

/// Whether the text is a name, then the parts of a row and a variant, each after a dot, and short
/// enough for a file name.
fn is_id(text: &str) -> bool {
    let mut parts = text.split('.');
    let is_name = parts.next().is_some_and(|name| name.len() <= NAME_MAX_BYTES && is_part(name));
    text.len() <= ID_MAX_BYTES && is_name && parts.all(is_part)
}

/// Whether the text can be a part of an id: `[a-z0-9][a-z0-9_-]*`.
fn is_part(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

/// The regular expression of a name without parts.
const NAME_PATTERN: &str = r"^[a-z0-9][a-z0-9_-]*$";

/// Whether the text is an id of a single part.
fn is_plain_name(text: &str) -> bool {
    !text.contains('.') && is_id(text)
}

macro_rules! storyboard_id {
    ($(#[$doc:meta])* $name:ident: $is:path, $pattern:expr, $bytes_max:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if $is(text) {
                    Ok($name(text.into()))
                } else {
                    Err(InvalidId(excerpt(text)))
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "maxLength": $bytes_max
                })
            }
        }
    };
}

storyboard_id! {
    /// The name of a scene in the film: `host` as in the storyboard, then its row (`card.aurora`)
    /// and its variant (`host.en.16x9`), each part after a dot. A storyboard may also write such a
    /// name itself.
    SceneId: is_id, ID_PATTERN, ID_MAX_BYTES
}

storyboard_id! {
    /// The name of a cut in the film: `launch` as in the storyboard, then its variant
    /// (`launch.en.16x9`).
    CutId: is_id, ID_PATTERN, ID_MAX_BYTES
}

storyboard_id! {
    /// The name of a profile: `draft`. It names a folder of the build directory, so it has no dots.
    ProfileId: is_plain_name, NAME_PATTERN, NAME_MAX_BYTES
}

/// The longest text that is read as a task id.
const TASK_ID_MAX_CHARS: usize = 256;

/// The provider's name for a paid job; the provider decides its form.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct TaskId(String);

impl TaskId {
    /// Accepts any text as an id.
    pub fn new(text: impl Into<String>) -> Self {
        TaskId(text.into())
    }

    /// Reads an id that comes from elsewhere: a text of 1 to 256 characters, space around it left
    /// out, that is safe to send and to print. `None` for any other.
    pub fn read(text: &str) -> Option<TaskId> {
        let text = text.trim();
        let length = text.chars().count();
        let is_safe = (1..=TASK_ID_MAX_CHARS).contains(&length) && !text.chars().any(is_unsafe);
        is_safe.then(|| TaskId::new(text))
    }

    /// The id of something that this program makes itself: `family` is `preview` or `drawn`.
    pub fn of_drawing(family: &str, key: &Key) -> TaskId {
        TaskId(format!("{family}_{}", key.short()))
    }

    /// Whether this program makes it itself, so that nothing was paid for it.
    pub fn is_drawing(&self) -> bool {
        ["preview_", "drawn_"].iter().any(|family| self.0.starts_with(family))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_are_told_from_paid_tasks() {
        for family in ["preview", "drawn"] {
            let key = Key(crate::base::Digest::of(b"recipe"));
            assert!(TaskId::of_drawing(family, &key).is_drawing());
        }
        assert!(!TaskId::new("kling_drawn_1").is_drawing());
    }

    #[test]
    fn task_ids_from_elsewhere_are_safe_to_print() {
        assert_eq!(TaskId::read(" kling_1\n"), Some(TaskId::new("kling_1")));
        let long = "x".repeat(257);
        for bad in ["", "  ", "a\u{1b}[2Jb", "a\u{202e}b", "a\nb", long.as_str()] {
            assert_eq!(TaskId::read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn ids_are_file_names_everywhere() {
        for good in ["a", "opening", "scene-2_b", "host.en.16x9", "card.0815", "01", "2nd", "1.10"]
        {
            assert!(good.parse::<SceneId>().is_ok(), "{good}");
        }
        for bad in [
            "", "_2", "-2", "Opening", "a b", "../x", "a/b", "a.", ".a", "a..b", "a.B", "a.-b", "é",
        ] {
            assert!(bad.parse::<SceneId>().is_err(), "{bad}");
        }
        assert!("draft-2".parse::<ProfileId>().is_ok());
        for bad in ["manifest.json", "../x", "Draft", ""] {
            assert!(bad.parse::<ProfileId>().is_err(), "{bad}");
        }
        assert!("a".repeat(101).parse::<SceneId>().is_err());
        assert!(format!("a.{}", "b".repeat(199)).parse::<SceneId>().is_err());
    }
}
