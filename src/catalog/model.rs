//! Models with their abilities, limits and prices, read from `models.yaml`.

use std::sync::LazyLock;
use std::time::Duration;

use serde::Deserialize;

use super::format::{ImageFormat, VoiceFormat};
use super::terms::{AspectRatio, Dialect, ModelId, Resolution, SceneType};
use crate::base::Credits;

/// All that is known of every dialect's models.
#[derive(Debug)]
pub struct Catalog {
    dialects: Vec<(Dialect, DialectEntry)>,
}

/// One dialect: its limits, its default model per scene type, and its models.
#[derive(Debug)]
pub struct DialectEntry {
    /// What holds for every model.
    pub limits: Limits,
    /// The models in the order of the documentation.
    pub models: Vec<Model>,
    defaults: Vec<(SceneType, ModelId)>,
}

/// What a dialect's API allows, whatever the model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Tasks that may run at once.
    pub concurrent_tasks: usize,
    /// Submits that an account may send in a span of time.
    pub submits: SubmitLimit,
    /// Days for which a finished video can be downloaded.
    pub retention_days: u32,
    /// Shortest and longest seconds between two polls of a task.
    pub poll_seconds: (f64, f64),
    /// Largest image in bytes.
    pub image_max_bytes: u64,
    /// Image formats taken.
    pub image_formats: Vec<ImageFormat>,
    /// Largest voice in bytes.
    pub voice_max_bytes: u64,
    /// Voice formats taken.
    pub voice_formats: Vec<VoiceFormat>,
    /// Longest voice in seconds that the documentation speaks of.
    pub voice_max_seconds: f64,
}

/// A number of submits in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmitLimit {
    /// How many.
    pub number: usize,
    /// In how many seconds.
    pub seconds: u64,
}

impl SubmitLimit {
    /// The span of time.
    pub const fn span(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

impl Limits {
    /// For how long a finished video can be downloaded.
    pub fn retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.retention_days) * 24 * 60 * 60)
    }
}

/// Smallest and largest seed, both allowed.
pub type SeedRange = (u32, u32);

/// One model in one dialect.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its id in storyboards and requests.
    pub id: ModelId,
    /// Its name for people.
    pub title: String,
    /// What it is good at.
    pub notes: String,
    /// The scene types it makes.
    pub types: Vec<SceneType>,
    /// Longest prompt in characters; `None` where it takes no prompt.
    pub prompt_max_chars: Option<usize>,
    /// Clip lengths in seconds; empty where the voice decides.
    pub durations: Vec<u32>,
    /// Resolutions it makes.
    pub resolutions: Vec<Resolution>,
    /// Aspect ratios it makes; empty where the image decides.
    pub aspect_ratios: Vec<AspectRatio>,
    /// The seeds it takes; `None` where the API has no seed for it.
    pub seeds: Option<SeedRange>,
    /// What a take costs.
    pub price: Price,
    /// Seconds a take usually needs at the provider, until the ledger knows better.
    pub typical_seconds: u32,
}

/// What a take costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Price {
    /// A price per clip of so many seconds.
    PerClip(Vec<(u32, Credits)>),
    /// A price per started second of voice, per resolution.
    PerVoiceSecond(Vec<(Resolution, Credits)>),
}

impl Price {
    /// Each price in words, in credits and dollars: `70 for 5 s ($0.35)`.
    pub fn words(&self) -> Vec<String> {
        match self {
            Price::PerClip(rows) => {
                let words = |(seconds, credits): &(u32, Credits)| {
                    format!("{credits} for {seconds} s ({})", credits.dollars())
                };
                rows.iter().map(words).collect()
            }
            Price::PerVoiceSecond(rows) => {
                let words = |(resolution, credits): &(Resolution, Credits)| {
                    format!("{credits} for 1 s in {resolution} ({})", credits.dollars())
                };
                rows.iter().map(words).collect()
            }
        }
    }

    /// The price of a clip of `seconds`; `None` when this is not sold.
    pub fn of_clip(&self, seconds: u32) -> Option<Credits> {
        match self {
            Price::PerClip(rows) => rows.iter().find(|row| row.0 == seconds).map(|row| row.1),
            Price::PerVoiceSecond(_) => None,
        }
    }

    /// The most that a talking head with `voice_seconds` of voice can cost: every started second
    /// counts, for the documentation does not say how parts of a second are billed.
    pub fn of_voice(&self, resolution: Resolution, voice_seconds: f64) -> Option<Credits> {
        match self {
            Price::PerClip(_) => None,
            Price::PerVoiceSecond(rows) => rows
                .iter()
                .find(|row| row.0 == resolution)
                .map(|row| row.1 * (voice_seconds.max(0.0).ceil() as u32)),
        }
    }
}

impl Catalog {
    /// The catalog that is part of this program.
    pub fn embedded() -> &'static Catalog {
        static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
            Catalog::parse(include_str!("models.yaml"))
                .expect("the embedded catalog is checked by this module's tests")
        });
        &CATALOG
    }

    fn parse(text: &str) -> Result<Catalog, serde_yaml::Error> {
        let written: written::RawCatalog = serde_yaml::from_str(text)?;
        let dialects = written
            .dialects
            .into_iter()
            .map(|(dialect, entry)| (dialect, entry.into_entry()))
            .collect();
        Ok(Catalog { dialects })
    }

    /// The entry of a dialect.
    pub fn dialect(&self, dialect: Dialect) -> &DialectEntry {
        self.dialects
            .iter()
            .find(|entry| entry.0 == dialect)
            .map(|entry| &entry.1)
            .expect("every dialect has an entry, which this module's tests check")
    }
}

impl DialectEntry {
    /// The model of that id.
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id.as_str() == id)
    }

    /// The model a scene of that type gets when the storyboard names none.
    pub fn default_model(&self, scene_type: SceneType) -> &Model {
        self.defaults
            .iter()
            .find(|row| row.0 == scene_type)
            .and_then(|row| self.model(row.1.as_str()))
            .expect("every scene type has a default model, which this module's tests check")
    }

    /// The models that can make scenes of that type.
    pub fn models_for(&self, scene_type: SceneType) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(move |model| model.types.contains(&scene_type))
    }
}

/// The shape of `models.yaml`.
mod written {
    use indexed::OrderedMap;
    use serde::Deserialize;

    use super::super::terms::{AspectRatio, Dialect, ModelId, Resolution, SceneType};
    use crate::base::Credits;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct RawCatalog {
        pub dialects: OrderedMap<Dialect, RawDialect>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct RawDialect {
        default: OrderedMap<SceneType, ModelId>,
        limits: super::Limits,
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
        seeds: Option<super::SeedRange>,
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
        pub fn into_entry(self) -> super::DialectEntry {
            super::DialectEntry {
                limits: self.limits,
                models: self.models.into_iter().map(|(id, model)| model.into_model(id)).collect(),
                defaults: self.default.into_iter().collect(),
            }
        }
    }

    impl RawModel {
        fn into_model(self, id: String) -> super::Model {
            let price = match (self.price.per_clip, self.price.per_voice_second) {
                (Some(rows), _) => super::Price::PerClip(rows.into_iter().collect()),
                (None, rows) => super::Price::PerVoiceSecond(
                    rows.into_iter().flat_map(OrderedMap::into_iter).collect(),
                ),
            };
            super::Model {
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

    /// Maps that keep their order.
    mod indexed {
        use std::fmt;
        use std::marker::PhantomData;

        use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

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

                    fn visit_map<A: MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<Self::Value, A::Error> {
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_and_type_has_what_the_code_relies_on() {
        for dialect in Dialect::ALL {
            let entry = Catalog::embedded().dialect(*dialect);
            for scene_type in SceneType::ALL {
                let model = entry.default_model(*scene_type);
                assert!(model.types.contains(scene_type), "{scene_type}: {}", model.id);
            }
            for model in &entry.models {
                for seconds in &model.durations {
                    assert!(model.price.of_clip(*seconds).is_some(), "{} {seconds}", model.id);
                }
                if model.durations.is_empty() {
                    for resolution in &model.resolutions {
                        assert!(model.price.of_voice(*resolution, 1.0).is_some(), "{}", model.id);
                    }
                }
            }
        }
    }

    #[test]
    fn prices_are_those_of_the_api_page() {
        let entry = Catalog::embedded().dialect(Dialect::Kling);
        let clip = |id: &str, seconds| {
            entry.model(id).and_then(|model| model.price.of_clip(seconds)).map(|c| c.to_string())
        };
        for id in ["kling-2-1", "kling-2-1-pro", "kling-2-5-turbo"] {
            assert_eq!((clip(id, 5), clip(id, 10)), (Some("50".into()), Some("100".into())));
        }
        assert_eq!(clip("kling-2-6", 5), Some("70".into()));
        assert_eq!(clip("kling-2-6", 10), Some("140".into()));
        let avatar = &entry.model("kling-avatar").unwrap().price;
        assert_eq!(avatar.of_voice(Resolution::P720, 10.0).unwrap().dollars(), "$0.40");
        assert_eq!(avatar.of_voice(Resolution::P1080, 9.2).unwrap().dollars(), "$0.80");
    }
}
