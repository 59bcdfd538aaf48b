//! Prices: what a take costs, by length, resolution and sound.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ordered_map::OrderedMap;
use super::terms::Resolution;
use crate::base::Credits;

/// What takes of a model cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// What the prices are for.
    pub unit: PriceUnit,
    /// The prices; the first row that fits a take is its price.
    pub rows: Vec<PriceRow>,
    /// Where they come from, and when they were read.
    pub source: PriceSource,
}

/// What a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceUnit {
    /// A clip of one of the listed lengths.
    Clip,
    /// Each second of a clip.
    Second,
    /// Each started second of voice.
    VoiceSecond,
}

/// One price. What is absent does not matter for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRow {
    /// The clip's length in seconds.
    pub seconds: Option<u32>,
    /// The resolution.
    pub resolution: Option<Resolution>,
    /// Whether the clip has sound.
    pub sound: Option<bool>,
    /// The price.
    pub credits: Credits,
}

/// Where prices come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceSource {
    /// The day on which they were read, such as `2026-11-29`.
    #[schemars(with = "String")]
    pub seen: jiff::civil::Date,
    /// What they were read from.
    pub source: String,
}

/// What the price of a take depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PricedTake {
    /// Its length in seconds.
    pub seconds: f64,
    /// Its resolution.
    pub resolution: Resolution,
    /// Whether it has sound.
    pub sound: bool,
}

impl Price {
    /// The most that a take can cost; `None` if such takes are not offered. Every started second
    /// counts, because the documentation does not say how fractions of a second are billed.
    pub fn of(&self, take: &PricedTake) -> Option<Credits> {
        let seconds = take.seconds.max(0.0).ceil() as u32;
        let fits = |row: &&PriceRow| {
            row.seconds.is_none_or(|length| length == seconds)
                && row.resolution.is_none_or(|resolution| resolution == take.resolution)
                && row.sound.is_none_or(|sound| sound == take.sound)
        };
        let row = self.rows.iter().find(fits)?;
        Some(match self.unit {
            PriceUnit::Clip => row.credits,
            PriceUnit::Second | PriceUnit::VoiceSecond => row.credits * seconds,
        })
    }

    /// Each price in words, in credits and dollars: `70 for 5 s ($0.35)`.
    pub fn words(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.words(self.unit)).collect()
    }
}

impl PriceRow {
    fn words(&self, unit: PriceUnit) -> String {
        let PriceRow { seconds, resolution, sound, credits } = self;
        let seconds = match unit {
            PriceUnit::Clip => seconds.unwrap_or(0),
            PriceUnit::Second | PriceUnit::VoiceSecond => 1,
        };
        let resolution = resolution.map_or_else(String::new, |words| format!(" in {words}"));
        let sound = if *sound == Some(true) { " with sound" } else { "" };
        format!("{credits} for {seconds} s{resolution}{sound} ({})", credits.dollars())
    }
}

/// A price as a catalog file writes it.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Price")]
pub(super) struct RawPrice {
    /// Credits for a clip of so many seconds: `{ 5: 42, 10: 84 }`.
    per_clip: Option<OrderedMap<u32, Credits>>,
    /// The same for clips with sound, where that can be chosen.
    per_clip_with_sound: Option<OrderedMap<u32, Credits>>,
    /// Credits for a second, by resolution: `{ 720p: 14, 1080p: 18 }`.
    per_second: Option<OrderedMap<Resolution, Credits>>,
    /// The same for clips with sound, where that can be chosen.
    per_second_with_sound: Option<OrderedMap<Resolution, Credits>>,
    /// Credits for each started second of a voice, by resolution.
    per_voice_second: Option<OrderedMap<Resolution, Credits>>,
    /// The day on which the price was read, if that is not the day of the file's `prices`.
    #[schemars(with = "Option<String>")]
    seen: Option<jiff::civil::Date>,
    /// What it was read from, if that is not the source of the file's `prices`.
    source: Option<String>,
}

impl RawPrice {
    /// Adds the source of the whole file where the price does not name its own.
    ///
    /// # Errors
    /// Neither names it.
    pub fn name_source(&mut self, of_file: Option<&PriceSource>) -> Result<(), String> {
        self.seen = self.seen.or(of_file.map(|source| source.seen));
        self.source = self.source.take().or(of_file.map(|source| source.source.clone()));
        match self.seen.is_some() && self.source.is_some() {
            true => Ok(()),
            false => Err("its price has no day and source: add `prices: { seen: 2026-11-29, \
                          source: price page }` to the file"
                .to_string()),
        }
    }

    /// The price.
    ///
    /// # Errors
    /// It has no source.
    pub fn into_price(self) -> Result<Price, String> {
        let has_switch = self.per_clip_with_sound.is_some() || self.per_second_with_sound.is_some();
        let silent = has_switch.then_some(false);
        let unit = match (&self.per_clip, &self.per_second) {
            (Some(_), _) => PriceUnit::Clip,
            (None, Some(_)) => PriceUnit::Second,
            (None, None) => PriceUnit::VoiceSecond,
        };
        let clips = [(self.per_clip, silent), (self.per_clip_with_sound, Some(true))];
        let clips = clips.into_iter().flat_map(|(rows, sound)| {
            rows.into_iter().flatten().map(move |(seconds, credits)| PriceRow {
                seconds: Some(seconds),
                resolution: None,
                sound,
                credits,
            })
        });
        let by_resolution = [
            (self.per_second, silent),
            (self.per_second_with_sound, Some(true)),
            (self.per_voice_second, None),
        ];
        let by_resolution = by_resolution.into_iter().flat_map(|(rows, sound)| {
            rows.into_iter().flatten().map(move |(resolution, credits)| PriceRow {
                seconds: None,
                resolution: Some(resolution),
                sound,
                credits,
            })
        });
        let rows = clips.chain(by_resolution).collect();
        let source = self.seen.zip(self.source);
        let source = source.map(|(seen, source)| PriceSource { seen, source });
        Ok(Price { unit, rows, source: source.ok_or("its price has no source")? })
    }
}
