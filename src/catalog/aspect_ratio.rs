//! Aspect ratios: width to height of the picture. Which ones exist is up to the models.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::terms::UnknownTerm;
use crate::base::text::excerpt;

/// Width to height of the picture, such as `16:9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AspectRatio {
    width: u8,
    height: u8,
}

/// The largest of the two numbers.
const SIDE_MAX: u8 = 99;

impl AspectRatio {
    /// Landscape.
    pub const WIDE: AspectRatio = AspectRatio { width: 16, height: 9 };
    /// Portrait.
    pub const TALL: AspectRatio = AspectRatio { width: 9, height: 16 };
    /// Square.
    pub const SQUARE: AspectRatio = AspectRatio { width: 1, height: 1 };
    /// The usual ones, with what they are called.
    pub const USUAL: [(AspectRatio, &'static str); 3] = [
        (AspectRatio::WIDE, "Landscape."),
        (AspectRatio::TALL, "Portrait."),
        (AspectRatio::SQUARE, "Square."),
    ];

    /// The error for a text that is none.
    pub fn unknown(text: &str) -> UnknownTerm {
        UnknownTerm {
            what: "aspect ratio",
            found: excerpt(text),
            known: AspectRatio::USUAL.iter().map(|(ratio, _)| ratio.to_string()).collect(),
        }
    }

    /// Width and height as numbers without a unit.
    pub const fn sides(self) -> (u32, u32) {
        (self.width as u32, self.height as u32)
    }
}

impl FromStr for AspectRatio {
    type Err = UnknownTerm;

    fn from_str(text: &str) -> Result<Self, UnknownTerm> {
        let side = |text: &str| {
            let number =
                text.parse::<u8>().ok().filter(|number| (1..=SIDE_MAX).contains(number))?;
            (number.to_string() == text).then_some(number)
        };
        let sides = text.split_once(':').and_then(|(width, height)| {
            Some(AspectRatio { width: side(width)?, height: side(height)? })
        });
        sides.ok_or_else(|| AspectRatio::unknown(text))
    }
}

impl fmt::Display for AspectRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}", self.width, self.height))
    }
}

impl Serialize for AspectRatio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AspectRatio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for AspectRatio {
    fn schema_name() -> Cow<'static, str> {
        "AspectRatio".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Width to height of the picture, such as `16:9`.",
            "type": "string",
            "pattern": "^[1-9][0-9]?:[1-9][0-9]?$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_read_and_written_alike() {
        for text in ["16:9", "9:16", "1:1", "21:9", "4:3"] {
            assert_eq!(text.parse::<AspectRatio>().unwrap().to_string(), text);
        }
        for text in ["", "16", "16:", "16:9:4", "016:9", "0:1", "100:1", "16 : 9", "wide", "-1:1"] {
            let error = text.parse::<AspectRatio>().unwrap_err();
            assert_eq!(error.known, ["16:9", "9:16", "1:1"], "{text}");
        }
    }
}
