//! The user's file: adds models to the embedded catalog, or replaces parts of its entries, so that
//! a new model at the provider needs no new program.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::Value;

use super::embedded::{Catalog, raw};
use super::raw_catalog::{CatalogFault, RawDialect};
use super::terms::{Dialect, SceneType};
use crate::base::{Diagnostic, Digest, Place, Source, Span};

/// The file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CatalogFile {
    /// The version of this format: 1.
    #[serde(rename = "version")]
    #[schemars(with = "u32", range(min = 1, max = 1))]
    _version: FileVersion,
    /// What it says about the documented Kling API.
    #[serde(default)]
    kling: RawDialect,
    /// What it says about the unified jobs API.
    #[serde(default)]
    jobs: RawDialect,
}

/// The schema of catalog files, for editors.
pub fn catalog_file_schema() -> Schema {
    let mut schema =
        SchemaSettings::draft07().into_generator().into_root_schema_for::<CatalogFile>();
    // No model makes what this program draws.
    let types = schema.pointer_mut("/definitions/SceneType/oneOf").and_then(Value::as_array_mut);
    let is_drawn = |one: &Value| SceneType::DRAWN.iter().any(|it| one["const"] == it.as_str());
    types.expect("the types of scenes have a schema").retain(|one| !is_drawn(one));
    schema
}

/// The version of the format: 1.
struct FileVersion;

impl<'de> Deserialize<'de> for FileVersion {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            1 => Ok(FileVersion),
            other => Err(serde::de::Error::custom(format!(
                "format version {other} is not known; this program reads version 1"
            ))),
        }
    }
}

impl Catalog {
    /// The embedded catalog, with what a user's file says in the place of what it says. Equal files
    /// give the same catalog, which lives as long as the process.
    ///
    /// # Errors
    /// The file is not a catalog, or contradicts itself or the embedded one: a diagnostic with the
    /// place.
    pub fn with_file(file: &Source) -> Result<&'static Catalog, Box<Diagnostic>> {
        static READ: Mutex<Option<HashMap<Digest, &'static Catalog>>> = Mutex::new(None);
        let digest = Digest::of(file.text().as_bytes());
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        let known = read.get_or_insert_default();
        if let Some(catalog) = known.get(&digest) {
            return Ok(catalog);
        }
        let catalog: &'static Catalog = Box::leak(Box::new(combine(file)?));
        known.insert(digest, catalog);
        Ok(catalog)
    }
}

fn combine(file: &Source) -> Result<Catalog, Box<Diagnostic>> {
    let read: CatalogFile = serde_yaml::from_str(file.text()).map_err(|error| {
        let at = error.location().map_or(0, |location| location.index());
        let reason = error.to_string();
        // The place is shown with the line.
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |parts| parts.0);
        let message = format!("`{}` is not a catalog: {reason}", file.name());
        let fix = "`kling-build catalog --print` prints the built-in one in the same form";
        Box::new(Diagnostic::error("bad-catalog", message).at(line_at(file, at)).fix(fix))
    })?;
    let mut dialects = Vec::new();
    for (dialect, own) in [(Dialect::Kling, read.kling), (Dialect::Jobs, read.jobs)] {
        let entry = own.over(raw(dialect)).and_then(RawDialect::into_entry);
        let entry = entry.map_err(|CatalogFault { model, message }| {
            let about = model.as_ref().map_or(String::new(), |model| format!("`{model}`: "));
            let at = model.and_then(|model| file.text().find(&format!("{model}:")));
            let place = line_at(file, at.unwrap_or(0));
            Box::new(Diagnostic::error("bad-catalog", format!("{about}{message}")).at(place))
        })?;
        dialects.push((dialect, entry));
    }
    Ok(Catalog::of(dialects))
}

/// The line around a byte of a file.
fn line_at(file: &Source, at: usize) -> Place {
    let text = file.text();
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let begins = text[..at].rfind('\n').map_or(0, |line_break| line_break + 1);
    let line = text[begins..].lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    Place::new(file, Span::new(begins + indent, begins + line.trim_end().len().max(indent)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{AspectRatio, PricedTake, Resolution};

    fn read(text: &str) -> Result<&'static Catalog, String> {
        Catalog::with_file(&Source::new("models.yaml", text)).map_err(|error| {
            let line = error.place.as_ref().map_or(0, Place::line);
            format!("{line}: {}", error.message)
        })
    }

    fn price(catalog: &Catalog, id: &str, scene_type: SceneType) -> String {
        let model = catalog.dialect(Dialect::Jobs).model(id, scene_type).unwrap();
        let take = PricedTake { seconds: 5.0, resolution: model.resolutions[0], sound: false };
        model.price.of(&take).unwrap().to_string()
    }

    /// A model as no program knows it: other lengths, another shape, a last picture.
    const NEW: &str = "
version: 1
jobs:
  prices: { seen: 2026-11-20, source: invoice of November }
  models:
    kling-4-0:
      title: Kling 4.0
      branches:
        - types: [i2v]
          prompt_max_chars: 3000
          durations: [3, 10, 30]
          resolutions: [720p, 1080p]
          aspect_ratios: [\"16:9\", \"21:9\"]
          seeds: [1, 99999]
          settings: { sound: { default: false } }
          price: { per_second: { 720p: 30, 1080p: 40 }, per_second_with_sound: { 720p: 31, 1080p: 41 } }
          typical_seconds: 200
          request:
            model: kling-4.0/image-to-video
            fields:
              prompt: { text: prompt }
              first_frame: { url: image }
              last_frame: { url: end_image }
              seconds: { number: duration }
              ratio: { text: aspect_ratio }
              resolution: { text: resolution }
              audio: { flag: sound }
            optional: [last_frame]
";

    #[test]
    fn a_model_can_be_added() {
        let catalog = read(NEW).unwrap();
        let model = catalog.dialect(Dialect::Jobs).model("kling-4-0", SceneType::I2v).unwrap();
        assert_eq!(model.durations, [3, 10, 30]);
        assert_eq!(model.aspect_ratios[1], "21:9".parse::<AspectRatio>().unwrap());
        assert_eq!(price(catalog, "kling-4-0", SceneType::I2v), "150");
        assert_eq!(model.price.source.source, "invoice of November");
        assert!(model.sends(SceneType::I2v, "end_image"));
        // What the file does not name is as before.
        assert_eq!(price(catalog, "kling-3-0", SceneType::T2v), "70");
        assert!(std::ptr::eq(catalog, read(NEW).unwrap()));
    }

    #[test]
    fn a_price_can_be_replaced_for_one_type() {
        let text = "version: 1\njobs:\n  models:\n    kling-3-0:\n      branches:\n        \
                    - types: [t2v]\n          price: { per_second: { 720p: 10, 1080p: 12, 4k: 60 }, \
                    per_second_with_sound: { 720p: 20, 1080p: 22, 4k: 70 }, seen: 2026-11-28, \
                    source: me }\n";
        let catalog = read(text).unwrap();
        assert_eq!(price(catalog, "kling-3-0", SceneType::T2v), "50");
        assert_eq!(price(catalog, "kling-3-0", SceneType::I2v), "70");
        let model = catalog.dialect(Dialect::Jobs).model("kling-3-0", SceneType::T2v).unwrap();
        let take = PricedTake { seconds: 3.0, resolution: Resolution::P2160, sound: true };
        assert_eq!(model.price.of(&take).unwrap().to_string(), "210");
        assert_eq!(model.title, "Kling 3.0");
    }

    #[test]
    fn errors_have_a_line_and_a_reason() {
        for (old, new, line, words) in [
            ("version: 1", "version: 2", 2, "format version 2 is not known"),
            ("version: 1\n", "", 2, "missing field `version`"),
            ("jobs:", "job:", 3, "unknown field `job`"),
            ("          durations: [3, 10, 30]\n", "", 6, "the branch for i2v has no `durations`"),
            ("durations:", "durration:", 11, "unknown field `durration`"),
            ("720p: 30, ", "", 6, "it has no price for 3 s in 720p"),
            ("  prices: { seen: 2026-11-20, source: invoice of November }\n", "", 5, "no day"),
            ("{ url: image }", "{ url: portrait }", 6, "its request sends `portrait`"),
            ("first_frame: { url: image }", "x: { always: 1 }", 6, "does not send `image`"),
            ("optional: [last_frame]", "optional: [tail]", 6, "`tail` is optional"),
            ("[720p, 1080p]", "[720p, 2k]", 12, "unknown variant `2k`"),
            ("types: [i2v]", "types: [v2v]", 9, "unknown variant `v2v`"),
        ] {
            assert!(NEW.contains(old), "{old}");
            let error = read(&NEW.replacen(old, new, 1)).unwrap_err();
            assert!(error.contains(words), "{words}: {error}");
            assert!(error.starts_with(&format!("{line}: ")), "{line}: {error}");
        }
        let limits = "version: 1\njobs: { limits: { concurrent_tasks: 1, submits: { number: 1, \
                      seconds: 1 }, retention_days: 1, poll_seconds: [1, 2], image_max_bytes: 1, \
                      image_formats: [], voice_max_bytes: 1, voice_formats: [], \
                      voice_max_seconds: 1 } }\n";
        assert!(read(limits).unwrap_err().contains("has `limits`"));
    }

    #[test]
    fn the_printed_catalog_is_a_file_that_changes_nothing() {
        let catalog = read(&Catalog::printed()).unwrap();
        for dialect in Dialect::ALL {
            let (own, other) = (catalog.dialect(*dialect), Catalog::embedded().dialect(*dialect));
            assert_eq!(own.models.len(), other.models.len());
        }
    }
}
