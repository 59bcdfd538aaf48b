//! Suggested values: the values that editors propose, each with its meaning and price.
//!
//! `enumDescriptions` is not part of JSON Schema; editors show them next to the values, and
//! validators ignore them.

use schemars::{Schema, json_schema};

use crate::catalog::{Catalog, Dialect, Model, Resolution};

/// The models of all dialects, with their prices.
pub(in crate::storyboard) fn models() -> Schema {
    let described = every_model().map(|model| {
        let types: Vec<&str> = model.types.iter().map(|one| one.as_str()).collect();
        let prices = model.price.words().join(", ");
        let Model { id, title, notes, .. } = model;
        (id.as_str(), format!("{title}, {}: {notes}. Credits: {prices}.", types.join(" and ")))
    });
    let (ids, texts): (Vec<&str>, Vec<String>) = described.unzip();
    json_schema!({ "type": "string", "enum": ids, "enumDescriptions": texts })
}

/// Any number of seconds; the lengths that models support are suggested, with prices.
pub(in crate::storyboard) fn lengths() -> Schema {
    let mut lengths: Vec<u32> = every_model().flat_map(|model| model.durations.clone()).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let text = |seconds: &u32| {
        let price = |model: &Model| {
            let credits = model.price.of_clip(*seconds)?;
            Some(format!("{credits} ({}) with {}", credits.dollars(), model.id))
        };
        let prices: Vec<String> = every_model().filter_map(price).collect();
        format!("Credits: {}.", prices.join(", "))
    };
    let texts: Vec<String> = lengths.iter().map(text).collect();
    json_schema!({ "anyOf": [
        { "type": "number", "enum": lengths, "enumDescriptions": texts },
        { "type": "number", "exclusiveMinimum": 0 }
    ] })
}

/// The resolutions, with the prices of models whose price depends on them.
pub(in crate::storyboard) fn resolutions() -> Schema {
    let text = |resolution: &Resolution| {
        let price = |model: &Model| {
            let credits = model.price.of_voice(*resolution, 1.0)?;
            let dollars = credits.dollars();
            Some(format!(" Credits: {credits} ({dollars}) for a second with {}.", model.id))
        };
        let prices: String = every_model().filter_map(price).collect();
        let pixels = resolution.as_str().trim_end_matches('p');
        format!("{pixels} pixels on the short side.{prices}")
    };
    let texts: Vec<String> = Resolution::ALL.iter().map(text).collect();
    let words: Vec<&str> = Resolution::ALL.iter().map(|resolution| resolution.as_str()).collect();
    json_schema!({ "type": "string", "enum": words, "enumDescriptions": texts })
}

fn every_model() -> impl Iterator<Item = &'static Model> {
    Dialect::ALL.iter().flat_map(|dialect| &Catalog::embedded().dialect(*dialect).models)
}
