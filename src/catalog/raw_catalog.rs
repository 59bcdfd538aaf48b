//! The format of `models.yaml`, before it is converted to a catalog.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::model::{DialectEntry, Limits, Model, Price, SeedRange};
use super::terms::{AspectRatio, Dialect, ModelId, Resolution, SceneType};
use crate::base::Credits;

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCatalog {
    pub dialects: OrderedMap<Dialect, RawDialect>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDialect {
    default: OrderedMap<SceneType, ModelId>,
    limits: Limits,
    models: OrderedMap<String, RawModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModel {
    title: String,
    notes: String,
    types: Vec<SceneType>,
    prompt_max_chars: Option<usize>,
    durations: Vec<u32>,
    resolutions: Vec<Resolution>,
    aspect_ratios: Vec<AspectRatio>,
    seeds: Option<SeedRange>,
    price: RawPrice,
    typical_seconds: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPrice {
    per_clip: Option<OrderedMap<u32, Credits>>,
    per_voice_second: Option<OrderedMap<Resolution, Credits>>,
}

impl RawDialect {
    pub fn into_entry(self) -> DialectEntry {
        DialectEntry {
            limits: self.limits,
            models: self.models.into_iter().map(|(id, model)| model.into_model(id)).collect(),
            defaults: self.default.into_iter().collect(),
        }
    }
}

impl RawModel {
    fn into_model(self, id: String) -> Model {
        let price = match (self.price.per_clip, self.price.per_voice_second) {
            (Some(rows), _) => Price::PerClip(rows.into_iter().collect()),
            (None, rows) => {
                Price::PerVoiceSecond(rows.into_iter().flat_map(OrderedMap::into_iter).collect())
            }
        };
        Model {
            id: ModelId::new(id),
            title: self.title,
            notes: self.notes,
            types: self.types,
            prompt_max_chars: self.prompt_max_chars,
            durations: self.durations,
            resolutions: self.resolutions,
            aspect_ratios: self.aspect_ratios,
            seeds: self.seeds,
            price,
            typical_seconds: self.typical_seconds,
        }
    }
}

/// A map that preserves its order.
pub struct OrderedMap<K, V>(Vec<(K, V)>);

impl<K, V> IntoIterator for OrderedMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for OrderedMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OrderedMapVisitor<K, V>(PhantomData<(K, V)>);

        impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for OrderedMapVisitor<K, V> {
            type Value = OrderedMap<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut rows = Vec::new();
                while let Some(row) = map.next_entry()? {
                    rows.push(row);
                }
                Ok(OrderedMap(rows))
            }
        }

        deserializer.deserialize_map(OrderedMapVisitor(PhantomData))
    }
}
