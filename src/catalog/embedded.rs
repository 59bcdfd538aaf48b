//! The embedded catalog.

use std::sync::LazyLock;

use super::aspect_ratio::AspectRatio;
use super::dialect_entry::DialectEntry;
use super::raw_catalog::RawDialect;
use super::terms::Dialect;

/// The models of every dialect.
#[derive(Debug)]
pub struct Catalog {
    dialects: Vec<(Dialect, DialectEntry)>,
}

impl Catalog {
    /// The catalog that is embedded in the binary.
    pub fn embedded() -> &'static Catalog {
        static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
            let entry = |dialect| raw(dialect).into_entry().map(|entry| (dialect, entry));
            let dialects = Dialect::ALL.iter().map(|dialect| entry(*dialect));
            Catalog {
                dialects: dialects
                    .collect::<Result<Vec<_>, _>>()
                    .expect("the embedded catalog is checked by this module's tests"),
            }
        });
        &CATALOG
    }

    /// A catalog of these dialects.
    pub(super) fn of(dialects: Vec<(Dialect, DialectEntry)>) -> Catalog {
        Catalog { dialects }
    }

    /// The embedded catalog in the form of a user's file, which has no limits.
    pub fn printed() -> String {
        let mut text = "version: 1\n".to_string();
        for dialect in Dialect::ALL {
            text.push_str(&format!("{dialect}:\n"));
            let mut is_shown = true;
            for line in dialect_file(*dialect).lines() {
                if line.starts_with(|first: char| first.is_ascii_lowercase()) {
                    is_shown = !line.starts_with("limits:");
                }
                if is_shown && !line.starts_with('#') {
                    text.push_str(&format!("  {line}\n"));
                }
            }
        }
        text
    }

    /// Whether a model of any dialect makes clips of this shape.
    pub fn makes(&self, ratio: AspectRatio) -> bool {
        let mut models = self.dialects.iter().flat_map(|(_, entry)| &entry.models);
        models.any(|model| model.aspect_ratios.contains(&ratio))
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

/// What the embedded file says about a dialect.
pub(super) fn raw(dialect: Dialect) -> RawDialect {
    serde_yaml::from_str(dialect_file(dialect))
        .expect("the embedded catalog is checked by this module's tests")
}

/// The file of a dialect.
const fn dialect_file(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Kling => include_str!("models/kling.yaml"),
        Dialect::Jobs => include_str!("models/jobs.yaml"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Credits;
    use crate::catalog::{PricedTake, Resolution, SceneType};

    #[test]
    fn every_dialect_has_what_the_code_relies_on() {
        for dialect in Dialect::ALL {
            let entry = Catalog::embedded().dialect(*dialect);
            for scene_type in SceneType::ALL {
                let model = entry.default_model(*scene_type);
                assert!(model.types.contains(scene_type), "{scene_type}: {}", model.id);
            }
            for model in &entry.models {
                for scene_type in &model.types {
                    let same = entry.with_id(model.id.as_str());
                    let same = same.filter(|other| other.with == model.with);
                    let count = same.filter(|other| other.types.contains(scene_type)).count();
                    assert_eq!(count, 1, "{} {scene_type}", model.id);
                }
            }
        }
    }

    fn price(dialect: Dialect, id: &str, scene_type: SceneType, take: PricedTake) -> String {
        let model = Catalog::embedded().dialect(dialect).model(id, scene_type);
        let credits = model.and_then(|model| model.price.of(&take));
        credits.map_or_else(String::new, |credits: Credits| credits.to_string())
    }

    #[test]
    fn prices_are_those_of_the_api_page() {
        use Resolution::{P720, P1080};
        let of = |id: &str, scene_type, seconds, resolution| {
            let take = PricedTake { seconds, resolution, sound: false };
            price(Dialect::Kling, id, scene_type, take)
        };
        for (id, scene_type) in [
            ("kling-2-1", SceneType::T2v),
            ("kling-2-1-pro", SceneType::I2v),
            ("kling-2-5-turbo", SceneType::I2v),
        ] {
            let both = (of(id, scene_type, 5.0, P720), of(id, scene_type, 10.0, P1080));
            assert_eq!(both, ("50".into(), "100".into()));
        }
        assert_eq!(of("kling-2-6", SceneType::T2v, 5.0, P1080), "70");
        assert_eq!(of("kling-2-6", SceneType::T2v, 10.0, P1080), "140");
        assert_eq!(of("kling-2-6", SceneType::T2v, 7.0, P1080), "");
        assert_eq!(of("kling-avatar", SceneType::Avatar, 10.0, P720), "80");
        assert_eq!(of("kling-avatar", SceneType::Avatar, 9.2, P1080), "160");
    }

    /// Section 6 of `kie-jobs-api.md`, row by row.
    #[test]
    fn prices_of_jobs_are_those_of_the_price_texts() {
        use Resolution::{P720, P1080, P2160};
        use SceneType::{Avatar, I2v, T2v};
        let rows: &[(&str, SceneType, f64, Resolution, bool, &str)] = &[
            ("kling-2-1", I2v, 5.0, P720, false, "25"),
            ("kling-2-1", I2v, 10.0, P720, false, "50"),
            ("kling-2-1-pro", I2v, 10.0, P1080, false, "100"),
            ("kling-2-1-master", T2v, 5.0, P1080, false, "160"),
            ("kling-2-1-master", I2v, 10.0, P1080, false, "320"),
            ("kling-2-5-turbo", T2v, 5.0, P1080, false, "42"),
            ("kling-2-5-turbo", I2v, 10.0, P1080, false, "84"),
            ("kling-2-6", T2v, 5.0, P1080, false, "55"),
            ("kling-2-6", I2v, 10.0, P1080, true, "220"),
            ("kling-3-0", T2v, 5.0, P720, false, "70"),
            ("kling-3-0", I2v, 15.0, P1080, true, "405"),
            ("kling-3-0", T2v, 3.0, P2160, false, "201"),
            ("kling-3-0", T2v, 3.0, P2160, true, "201"),
            ("kling-3-0-turbo", T2v, 5.0, P720, false, "90"),
            ("kling-3-0-turbo", I2v, 3.0, P1080, false, "67.5"),
            ("kling-3-0-omni", T2v, 5.0, P720, false, "70"),
            ("kling-3-0-omni", I2v, 4.0, P1080, true, "92"),
            ("kling-avatar", Avatar, 4.1, P720, false, "40"),
            ("kling-avatar", Avatar, 4.0, P1080, false, "64"),
        ];
        for (id, scene_type, seconds, resolution, sound, expected) in rows {
            let (seconds, resolution, sound) = (*seconds, *resolution, *sound);
            let take = PricedTake { seconds, resolution, sound };
            assert_eq!(price(Dialect::Jobs, id, *scene_type, take), *expected, "{id} {take:?}");
        }
    }
}
