//! The JSON Schemas of storyboards and of the files that they include, for editors: generated from
//! the document's types.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::document::{Included, Storyboard};

/// The schema of storyboards, draft-07, which is what YAML editors read.
pub fn json_schema() -> Schema {
    schema::<Storyboard>("kling-build storyboard")
}

/// The schema of files that storyboards include, draft-07.
pub fn json_schema_of_included() -> Schema {
    schema::<Included>("kling-build included file")
}

fn schema<T: JsonSchema>(title: &str) -> Schema {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    RecursiveTransform(tidy).transform(&mut schema);
    describe_fields_alone(&mut schema);
    schema
}

/// Types under user-defined names, which have no other description.
const NAMED_BY_USERS: [&str; 4] = ["Scene", "Cut", "Character", "Profile"];

/// Removes the descriptions of types, which editors would show instead of those of the fields.
fn describe_fields_alone(schema: &mut Schema) {
    let Some(Value::Object(definitions)) = schema.get_mut("definitions") else { return };
    let others = definitions.iter_mut().filter(|(name, _)| !NAMED_BY_USERS.contains(&&***name));
    for definition in others.filter_map(|(_, definition)| definition.as_object_mut()) {
        definition.remove("description");
    }
}

/// Removes artefacts of the Rust types: a field may be absent, but not `null`, and the line breaks
/// in descriptions come from the source.
fn tidy(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
    as_enum(schema);
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        with_notes(schema);
    }
    if let Some(Value::Object(fields)) = schema.get_mut("properties") {
        fields.values_mut().for_each(without_null);
    }
}

/// Adds what every map of fields may have besides: notes, and fields for other programs.
fn with_notes(schema: &mut Schema) {
    if let Some(Value::Object(fields)) = schema.get_mut("properties") {
        let notes = "Anything for people to read; the film does not depend on it.";
        fields.insert("notes".into(), serde_json::json!({ "description": notes }));
    }
    schema.insert("patternProperties".into(), serde_json::json!({ "^x-": {} }));
}

/// Turns words with separate descriptions into the form from which editors suggest and list them.
fn as_enum(schema: &mut Schema) {
    let Some(Value::Array(words)) = schema.get("oneOf") else { return };
    let part = |name: &str| -> Option<Vec<Value>> {
        words.iter().map(|word| word.get(name).cloned()).collect()
    };
    let Some((values, texts)) = part("const").zip(part("description")) else { return };
    schema.remove("oneOf");
    schema.insert("type".into(), "string".into());
    schema.insert("enum".into(), values.into());
    schema.insert("enumDescriptions".into(), texts.into());
}

fn without_null(field: &mut Value) {
    let Some(field) = field.as_object_mut() else { return };
    for list in ["type", "enum", "anyOf"] {
        let Some(Value::Array(items)) = field.get_mut(list) else { continue };
        let is_null = |item: &Value| item.is_null() || item == "null" || item["type"] == "null";
        items.retain(|item| !is_null(item));
        let [one] = items.as_mut_slice() else { continue };
        match (list, one.take()) {
            // Draft-07 ignores anything next to a `$ref`.
            ("anyOf", one) if one.get("$ref").is_some() => {
                field.remove("anyOf");
                field.insert("allOf".into(), Value::Array(vec![one]));
            }
            ("anyOf", Value::Object(one)) => {
                field.remove("anyOf");
                field.extend(one);
            }
            ("type", one) => {
                field.insert("type".into(), one);
            }
            (_, one) => {
                field.insert(list.into(), Value::Array(vec![one]));
            }
        }
    }
}
