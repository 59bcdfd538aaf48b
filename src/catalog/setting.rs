//! Settings: what a request can say about a clip besides its length, size and seed.
//!
//! A setting has one name everywhere: in storyboards, in recipes and in the catalog, where each
//! model lists those that it has, with the values that it accepts.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::terms::{UnknownTerm, terms};

terms! {
    /// A setting of a clip.
    Setting, "setting";
    /// What the picture must not show.
    NegativePrompt = "negative_prompt",
    /// How closely the picture follows the prompt.
    CfgScale = "cfg_scale",
    /// Whether the clip has sound.
    Sound = "sound",
    /// Whether a figure that follows the motion of a video faces as in its picture or as in the
    /// video.
    CharacterOrientation = "character_orientation",
    /// Whether the background of such a figure is that of the video or of the picture.
    BackgroundSource = "background_source",
}

/// The values that a model accepts for a setting.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum SettingRange {
    /// A text of at most so many characters.
    Text {
        /// The most characters.
        max_chars: usize,
    },
    /// A number in steps.
    Number {
        /// The smallest.
        #[schemars(with = "f64")]
        from: Decimal,
        /// The largest.
        #[schemars(with = "f64")]
        to: Decimal,
        /// The distance between neighbours.
        #[schemars(with = "f64")]
        step: Decimal,
    },
    /// On or off. It is always part of a request, because clients know different defaults.
    Switch {
        /// What it is if nothing is written.
        default: bool,
    },
    /// One of several words.
    Word {
        /// The words.
        words: Vec<String>,
        /// The word that a request states if nothing is written; none if that is absent.
        default: Option<String>,
    },
}

impl SettingRange {
    /// What a request states if nothing is written.
    pub fn default(&self) -> Option<SettingValue> {
        match self {
            SettingRange::Switch { default } => Some(SettingValue::Switch(*default)),
            SettingRange::Word { default, .. } => default.clone().map(SettingValue::Text),
            SettingRange::Text { .. } | SettingRange::Number { .. } => None,
        }
    }
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettingValue {
    /// A text.
    Text(String),
    /// A number.
    Number(Decimal),
    /// On or off.
    Switch(bool),
}

impl SettingValue {
    /// The value in JSON.
    pub fn json(&self) -> serde_json::Value {
        match self {
            SettingValue::Text(text) => text.as_str().into(),
            SettingValue::Number(number) => number.json(),
            SettingValue::Switch(on) => (*on).into(),
        }
    }

    /// Reads what [`SettingValue::json`] has written for this setting.
    pub fn of_json(setting: Setting, value: &serde_json::Value) -> Option<SettingValue> {
        match setting {
            Setting::NegativePrompt | Setting::CharacterOrientation | Setting::BackgroundSource => {
                value.as_str().map(|text| SettingValue::Text(text.to_string()))
            }
            Setting::CfgScale => value.as_f64().and_then(Decimal::of_f64).map(SettingValue::Number),
            Setting::Sound => value.as_bool().map(SettingValue::Switch),
        }
    }
}

impl fmt::Display for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingValue::Text(text) => f.write_str(text),
            SettingValue::Number(number) => number.fmt(f),
            SettingValue::Switch(true) => f.write_str("on"),
            SettingValue::Switch(false) => f.write_str("off"),
        }
    }
}

/// A number with at most three decimals, exact, so that equal numbers make equal keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

impl Decimal {
    /// The number; `None` if it has more than three decimals, or is not of a usual size.
    pub fn of_f64(number: f64) -> Option<Decimal> {
        let thousandths = (number * 1_000.0).round();
        let is_exact = (thousandths / 1_000.0 - number).abs() < 1e-9;
        (is_exact && thousandths.abs() < 1e15).then_some(Decimal(thousandths as i64))
    }

    /// Whether it is a number of steps from `from`.
    pub fn is_step(self, from: Decimal, step: Decimal) -> bool {
        step.0 > 0 && (self.0 - from.0) % step.0 == 0
    }

    /// The number in JSON: whole numbers without decimals.
    pub fn json(self) -> serde_json::Value {
        match self.0 % 1_000 {
            0 => (self.0 / 1_000).into(),
            _ => (self.0 as f64 / 1_000.0).into(),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0 as f64 / 1_000.0)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Decimal::of_f64(number)
            .ok_or_else(|| serde::de::Error::custom("at most three decimals are allowed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let half = Decimal::of_f64(0.5).unwrap();
        let tenth = Decimal::of_f64(0.1).unwrap();
        let zero = Decimal::of_f64(0.0).unwrap();
        assert!(half.is_step(zero, tenth) && Decimal::of_f64(0.3).unwrap().is_step(zero, tenth));
        assert!(!Decimal::of_f64(0.25).unwrap().is_step(zero, tenth));
        assert_eq!((half.json(), half.to_string()), (0.5.into(), "0.5".to_string()));
        assert_eq!(Decimal::of_f64(1.0).unwrap().json(), serde_json::Value::from(1));
        for odd in [0.000_4, f64::NAN, f64::INFINITY, 1e20] {
            assert_eq!(Decimal::of_f64(odd), None, "{odd}");
        }
    }

    #[test]
    fn values_are_read_back() {
        let values = [
            (Setting::NegativePrompt, SettingValue::Text("blur".into())),
            (Setting::CfgScale, SettingValue::Number(Decimal::of_f64(0.7).unwrap())),
            (Setting::CfgScale, SettingValue::Number(Decimal::of_f64(1.0).unwrap())),
            (Setting::Sound, SettingValue::Switch(true)),
        ];
        for (setting, value) in values {
            assert_eq!(SettingValue::of_json(setting, &value.json()), Some(value));
        }
        assert_eq!(SettingValue::of_json(Setting::Sound, &"on".into()), None);
    }
}
