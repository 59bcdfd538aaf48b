//! The files in `schemas/` match the types.
//!
//! After an intended change, run `UPDATE_SCHEMAS=1 cargo test --test schemas` and read the
//! difference.

use std::fs;
use std::path::{Path, PathBuf};

use kling_build::report::{SCHEMA_NAMES, schema_of, schema_text};
use serde_json::Value;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{name}.schema.json"))
}

#[test]
fn schema_files_match_the_types() {
    let mut drifted = Vec::new();
    for name in SCHEMA_NAMES {
        let text = schema_text(name).unwrap();
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            fs::write(file(name), &text).unwrap();
        }
        // Git may check files out with other line endings.
        let there = fs::read_to_string(file(name)).unwrap_or_default().replace("\r\n", "\n");
        if there != text {
            drifted.push(name);
        }
    }
    assert!(
        drifted.is_empty(),
        "schemas/ has drifted: {drifted:?}; run `UPDATE_SCHEMAS=1 cargo test --test schemas`"
    );
}

#[test]
fn schemas_are_draft_7_and_explain_every_field() {
    for name in SCHEMA_NAMES {
        let schema = schema_of(name).unwrap();
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#", "{name}");
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        let mut bare = Vec::new();
        collect_bare(&schema, name, &mut bare);
        assert!(bare.is_empty(), "fields without a description: {bare:#?}");
    }
    assert!(schema_of("storybord").is_none());
}

/// Collects the properties without a description of their own.
fn collect_bare(schema: &Value, path: &str, bare: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
                for (name, property) in properties {
                    // A `const` is the tag of a variant; the variant is described.
                    let tag = property.get("const").is_some();
                    if !tag && property.get("description").is_none() {
                        bare.push(format!("{path}/{name}"));
                    }
                }
            }
            for (name, value) in fields {
                collect_bare(value, &format!("{path}/{name}"), bare);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect_bare(item, path, bare);
            }
        }
        _ => {}
    }
}
