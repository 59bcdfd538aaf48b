//! The embedded catalog.

use std::sync::LazyLock;

use super::model::DialectEntry;
use super::raw_catalog::RawCatalog;
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
            Catalog::parse(include_str!("models.yaml"))
                .expect("the embedded catalog is checked by this module's tests")
        });
        &CATALOG
    }

    fn parse(text: &str) -> Result<Catalog, serde_yaml::Error> {
        let written: RawCatalog = serde_yaml::from_str(text)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Resolution, SceneType};

    #[test]
    fn every_dialect_has_what_the_code_relies_on() {
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
