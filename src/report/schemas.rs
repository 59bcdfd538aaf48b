//! Schemas: JSON Schema of the documents that this program writes, generated from their types.
//!
//! Draft 7, which editors and most validators support. The storyboard's own schema comes from the
//! language.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::catalog::catalog_file_schema;
use crate::plan::Lock;
use crate::report::build::event::BuildEvent;
use crate::report::build::manifest::Manifest;
use crate::report::film::catalog_document::CatalogDocument;
use crate::report::film::check::CheckDocument;
use crate::report::film::expansion::Expansion;
use crate::report::plan::document::PlanDocument;
use crate::report::plan::requests::RequestsDocument;
use crate::report::state::doctor::DoctorDocument;
use crate::report::state::status::StatusDocument;
use crate::report::state::takes::TakesDocument;

/// The names that [`schema_of`] knows.
#[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "only tests use it"))]
pub const SCHEMA_NAMES: [&str; 12] = [
    "lock", "manifest", "plan", "requests", "status", "takes", "check", "expand", "events",
    "catalog", "doctor", "models",
];

/// The schema of a document by its name; `events` describes one line of `build --json`, `models` a
/// catalog file.
pub fn schema_of(name: &str) -> Option<Value> {
    let mut schema = match name {
        "lock" => schema::<Lock>(),
        "manifest" => schema::<Manifest>(),
        "plan" => schema::<PlanDocument>(),
        "requests" => schema::<RequestsDocument>(),
        "status" => schema::<StatusDocument>(),
        "takes" => schema::<TakesDocument>(),
        "expand" => schema::<Expansion>(),
        "check" => schema::<CheckDocument>(),
        "events" => schema::<BuildEvent>(),
        "catalog" => schema::<CatalogDocument>(),
        "doctor" => schema::<DoctorDocument>(),
        "models" => catalog_file_schema(),
        _ => return None,
    };
    // Editors show the title; the types' own names mean nothing to a reader of a file.
    schema.insert("title".to_string(), format!("kling-build {name}").into());
    Some(schema.to_value())
}

/// A schema's text, exactly as in `schemas/`.
#[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "only tests use it"))]
pub fn schema_text(name: &str) -> Option<String> {
    schema_of(name).map(|schema| crate::report::format::json::pretty(&schema))
}

fn schema<T: JsonSchema>() -> Schema {
    // The schema describes what is written, not everything that could be read.
    let settings = SchemaSettings::draft07().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::report::fixture;

    fn assert_valid(name: &str, document: &str) {
        let validator = jsonschema::draft7::new(&schema_of(name).unwrap()).unwrap();
        let document: Value = serde_json::from_str(document).unwrap();
        let mistakes: Vec<String> = validator
            .iter_errors(&document)
            .map(|mistake| format!("{mistake} at {}", mistake.instance_path()))
            .collect();
        assert!(mistakes.is_empty(), "{name}: {mistakes:#?}\n{document:#}");
    }

    #[test]
    fn schemas_describe_the_written_documents() {
        for (project, plan) in [fixture::harbor(), fixture::odd()] {
            assert_valid("plan", &PlanDocument::of(&plan, &project, "film.yaml").print());
            assert_valid(
                "status",
                &StatusDocument::of(&plan, &project, &project.lock, &[], "film.yaml").print(),
            );
            assert_valid("lock", &project.lock.print());
            let expansion = Expansion::of(&plan, &project, "film.yaml", "film.lock");
            assert_valid("expand", &expansion.print_json());
        }
        assert_valid("manifest", &fixture::manifest().print());
        assert_valid("catalog", &CatalogDocument::of(Catalog::embedded()).print());
        for event in fixture::story() {
            assert_valid("events", &crate::report::format::json::line(&event));
        }
    }

    #[test]
    fn undescribed_fields_are_refused() {
        let refuses = |name: &str, text: &str| {
            let validator = jsonschema::draft7::new(&schema_of(name).unwrap()).unwrap();
            !validator.is_valid(&serde_json::from_str(text).unwrap())
        };
        let manifest = fixture::manifest().print();
        assert!(refuses("manifest", &manifest.replacen("\"take\": 1", "\"take\": -1", 1)));
        assert!(refuses("manifest", &manifest.replacen("\"t2v\"", "\"t3v\"", 1)));
        assert!(refuses("manifest", &manifest.replacen("\"version\"", "\"form\"", 1)));
        assert!(refuses("events", r#"{"event": "take-lost", "scene": "a"}"#));
        assert!(refuses("plan", r#"{"version": 1}"#));
    }
}
