//! `schema`: the JSON Schema of each format.

use super::args::SchemaFormat;
use super::print;
use crate::report::schema_of;
use crate::runner::{Exit, Refusal};
use crate::storyboard::{json_schema, json_schema_of_included};

/// Prints a schema.
pub fn schema(format: SchemaFormat) -> Result<Exit, Refusal> {
    let schema = match format {
        SchemaFormat::Storyboard => Some(serde_json::Value::from(json_schema())),
        SchemaFormat::Include => Some(serde_json::Value::from(json_schema_of_included())),
        SchemaFormat::Lock => schema_of("lock"),
        SchemaFormat::Manifest => schema_of("manifest"),
        SchemaFormat::Plan => schema_of("plan"),
        SchemaFormat::Status => schema_of("status"),
        SchemaFormat::Expand => schema_of("expand"),
        SchemaFormat::Check => schema_of("check"),
        SchemaFormat::Catalog => schema_of("catalog"),
        SchemaFormat::Events => schema_of("events"),
    };
    let schema = schema.expect("every format that the arguments know has a schema");
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    print(&text)
}
