//! Suggested values: the values that editors propose, each with its meaning and price.
//!
//! `enumDescriptions` is not part of JSON Schema; editors show them next to the values, and
//! validators ignore them.

use schemars::{Schema, json_schema};

use crate::catalog::{
    AspectRatio, Catalog, Dialect, InputRole, Model, PriceUnit, PricedTake, Resolution,
};

/// Any model; those of all dialects are suggested, with their prices.
pub(in crate::storyboard) fn models() -> Schema {
    /// The prices of a model in one dialect, with the types that have them.
    struct Prices {
        dialect: Dialect,
        types: Vec<String>,
        prices: String,
    }
    let mut all: Vec<(&'static Model, Vec<Prices>)> = Vec::new();
    for (dialect, model) in every_model() {
        let has = |role: InputRole| model.with.contains(&role);
        // Pictures among the references are said only where they alone decide.
        let with = match (has(InputRole::Video), has(InputRole::ReferenceVideo)) {
            (true, _) => " with `video`",
            (false, true) => " with a video in `references`",
            (false, false) if model.with.is_empty() => "",
            (false, false) => " with `references`",
        };
        let types = model.types.iter().map(|one| format!("{one}{with}"));
        let prices = model.price.words().join(", ");
        let known = match all.iter_mut().find(|known| known.0.id == model.id) {
            Some((_, known)) => known,
            None => {
                all.push((model, Vec::new()));
                &mut all.last_mut().expect("one has just been added").1
            }
        };
        let same = |other: &&mut Prices| other.dialect == dialect && other.prices == prices;
        match known.iter_mut().find(same) {
            Some(other) => {
                for with in types {
                    // A type costs the same with inputs as without them.
                    if !other.types.iter().any(|known| with.starts_with(known)) {
                        other.types.push(with);
                    }
                }
            }
            None => known.push(Prices { dialect, types: types.collect(), prices }),
        }
    }
    let described = all.iter().map(|(model, prices)| {
        let Model { id, title, notes, .. } = model;
        let prices = prices.iter().map(|Prices { dialect, types, prices }| {
            format!(" Credits for {} with `api: {dialect}`: {prices}.", types.join(" and "))
        });
        (id.as_str(), format!("{title}: {notes}.{}", prices.collect::<String>()))
    });
    let (ids, texts): (Vec<&str>, Vec<String>) = described.unzip();
    // An editor does not know the models of a file of one's own.
    json_schema!({ "anyOf": [
        { "type": "string", "enum": ids, "enumDescriptions": texts },
        { "type": "string" }
    ] })
}

/// Any number of seconds; the lengths that models support are suggested, with prices.
pub(in crate::storyboard) fn lengths() -> Schema {
    let mut lengths: Vec<u32> =
        every_model().flat_map(|(_, model)| model.durations.clone()).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let text = |seconds: &u32| {
        let with_length = |model: &Model| model.durations.contains(seconds);
        prices(with_length, "", |model| PricedTake {
            seconds: f64::from(*seconds),
            resolution: *model.resolutions.first().expect("every model has one"),
            sound: false,
        })
        .trim_start()
        .to_string()
    };
    let texts: Vec<String> = lengths.iter().map(text).collect();
    json_schema!({ "anyOf": [
        { "type": "number", "enum": lengths, "enumDescriptions": texts },
        { "type": "number", "exclusiveMinimum": 0 },
        { "type": "string", "pattern": "^[0-9.]+ ?(s|secs?|seconds?)$" }
    ] })
}

/// The resolutions, with the prices of models whose price depends on them.
pub(in crate::storyboard) fn resolutions() -> Schema {
    let text = |resolution: &Resolution| {
        let by_second = |model: &Model| model.price.unit != PriceUnit::Clip;
        let prices = prices(by_second, " for 1 s", |_| PricedTake {
            seconds: 1.0,
            resolution: *resolution,
            sound: false,
        });
        let pixels = resolution.pixels();
        format!("{pixels} pixels on the short side.{prices}")
    };
    let texts: Vec<String> = Resolution::ALL.iter().map(text).collect();
    let words: Vec<&str> = Resolution::ALL.iter().map(|resolution| resolution.as_str()).collect();
    json_schema!({ "type": "string", "enum": words, "enumDescriptions": texts })
}

/// The aspect ratios that models make.
pub(in crate::storyboard) fn aspect_ratios() -> Schema {
    let mut ratios: Vec<AspectRatio> =
        every_model().flat_map(|(_, model)| model.aspect_ratios.clone()).collect();
    ratios.sort_unstable_by(|a, b| b.cmp(a));
    ratios.dedup();
    let text = |ratio: &AspectRatio| {
        let usual = AspectRatio::USUAL.iter().find(|usual| usual.0 == *ratio);
        usual.map_or_else(String::new, |usual| usual.1.to_string())
    };
    let texts: Vec<String> = ratios.iter().map(text).collect();
    let words: Vec<String> = ratios.iter().map(AspectRatio::to_string).collect();
    json_schema!({ "type": "string", "enum": words, "enumDescriptions": texts })
}

/// A sentence for each dialect with what `take` costs there with each of the models.
fn prices(
    is_meant: impl Fn(&Model) -> bool,
    unit: &str,
    take: impl Fn(&Model) -> PricedTake,
) -> String {
    let of_dialect = |dialect: &Dialect| {
        let mut prices: Vec<String> = Vec::new();
        // With a video or references, a model may have other prices, which editors show with it.
        let plain = every_model_of(*dialect).filter(|model| model.with.is_empty());
        for model in plain.filter(|model| is_meant(model)) {
            let Some(credits) = model.price.of(&take(model)) else { continue };
            let price = format!("{credits}{unit} ({}) with {}", credits.dollars(), model.id);
            if !prices.contains(&price) {
                prices.push(price);
            }
        }
        if prices.is_empty() {
            return String::new();
        }
        format!(" Credits with `api: {dialect}`: {}.", prices.join(", "))
    };
    Dialect::ALL.iter().map(of_dialect).collect()
}

fn every_model() -> impl Iterator<Item = (Dialect, &'static Model)> {
    let of_dialect = |dialect: &Dialect| {
        let dialect = *dialect;
        every_model_of(dialect).map(move |model| (dialect, model))
    };
    Dialect::ALL.iter().flat_map(of_dialect)
}

fn every_model_of(dialect: Dialect) -> impl Iterator<Item = &'static Model> {
    Catalog::embedded().dialect(dialect).models.iter()
}
