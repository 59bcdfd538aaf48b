//! The allowed values of each field, for the JSON Schema and editors.
//!
//! The types here never have values: [`super::document`] uses them to say what is at a node.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::suggested_values;
use super::written::{NamedValues, Template, Written};
use crate::base::{CutId, ProfileId, SceneId};
use crate::catalog::{Catalog, Dialect};
use crate::storyboard::film::camera_move::CameraMove;
use crate::storyboard::limits::TAKES_MAX;

/// Declares types without values, each with the schema of what may be written.
macro_rules! wanted {
    ($($(#[$doc:meta])* $name:ident = $schema:expr;)+) => {
        $(
            $(#[$doc])*
            pub(in crate::storyboard) enum $name {}

            impl JsonSchema for $name {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                    let schema: fn(&mut SchemaGenerator) -> Schema = $schema;
                    schema(generator)
                }
            }
        )+
    };
}

pub(super) use wanted;

wanted! {
    /// The version of the storyboard format.
    FormatVersion = |_| json_schema!({ "const": 1 });
    /// Any text; a number is used as written.
    Text = |_| json_schema!({ "type": ["string", "number"] });
    /// Anything that a template can use.
    AnyValue = |_| json_schema!({
        "type": ["string", "number", "boolean", "array", "object", "null"]
    });
    /// Axes and their values, and what is excluded.
    MatrixForm = |_| json_schema!({
        "type": "object",
        "minProperties": 1,
        "properties": {
            "exclude": {
                "description": "Variants that do not exist: `- { lang: de, aspect: [\"1:1\"] }`. \
                    An axis that an entry does not name may have any value.",
                "type": "array",
                "items": { "type": "object", "minProperties": 1 }
            }
        },
        "additionalProperties": {
            "description": "An axis: a list of values, a map of names to values, or the name of a \
                variable that is one. The names of scenes and files contain the value's name: \
                `16:9` becomes `16x9`.",
            "anyOf": [
                { "type": "array", "minItems": 1, "items": { "type": ["string", "number", "boolean", "object"] } },
                { "type": "object", "minProperties": 1 },
                { "type": "string" }
            ]
        }
    });
    /// Paths of files.
    IncludeList = |_| json_schema!({ "anyOf": [
        { "type": "string" },
        { "type": "array", "minItems": 1, "items": { "type": "string" } }
    ] });
    /// The source of rows.
    RowsForm = |_| json_schema!({ "anyOf": [
        { "type": "array", "minItems": 1 },
        { "type": "object", "minProperties": 1 },
        { "type": "string" }
    ] });
    /// Tags: a list, or one text separated by commas.
    TagList = |generator| {
        let tag = generator.subschema_for::<crate::base::Tag>();
        json_schema!({ "anyOf": [
            { "type": "array", "items": { "anyOf": [
                tag,
                { "type": "integer", "minimum": 0 },
                { "type": "string", "pattern": "\\{\\{|[, ]", "description": "A template, or several tags." }
            ] } },
            { "type": "string" }
        ] })
    };
    /// A list of texts.
    TextList = |_| json_schema!({ "type": "array", "items": { "type": "string" } });
    /// A model of the catalog, or of a file of models.
    ModelName = |_| suggested_values::models();
    /// A resolution of the catalog.
    ResolutionName = |_| suggested_values::resolutions();
    /// An aspect ratio of the catalog.
    RatioName = |_| suggested_values::aspect_ratios();
    /// A dialect of the catalog.
    ApiName = |_| {
        let names: Vec<&str> = Dialect::ALL.iter().map(|dialect| dialect.as_str()).collect();
        json_schema!({ "type": "string", "enum": names })
    };
    /// The film's seed.
    FilmSeed = |_| json_schema!({ "type": "integer", "minimum": 0 });
    /// A scene's seed.
    SeedWish = |_| {
        let models = Dialect::ALL.iter().flat_map(|d| &Catalog::embedded().dialect(*d).models);
        let seeds: Vec<_> = models.filter_map(|model| model.seeds).collect();
        let least = seeds.iter().map(|range| range.0).min();
        let most = seeds.iter().map(|range| range.1).max();
        json_schema!({ "anyOf": [
            { "enum": ["auto", "random"], "enumDescriptions": [
                "Derived from the film's seed and the scene's name, and kept in the lock.",
                "A new take, paid for, with each build."
            ] },
            { "type": "integer", "minimum": least, "maximum": most }
        ] })
    };
    /// How the camera moves over a still.
    CameraMoveName = |_| json_schema!({ "anyOf": [
        { "enum": CameraMove::ALL.map(CameraMove::as_str) },
        { "type": "string" }
    ] });
    /// How closely a picture follows its prompt.
    Scale = |_| json_schema!({ "type": "number", "minimum": 0, "maximum": 1 });
    /// On or off.
    Switch = |_| json_schema!({ "type": "boolean" });
    /// How a figure faces that follows a video.
    Orientation = |_| json_schema!({ "enum": ["video", "image"] });
    /// Whose background a figure has that follows a video.
    Background = |_| json_schema!({ "enum": ["input_video", "input_image"] });
    /// A moment of a video in seconds.
    Moment = |_| json_schema!({ "type": "number", "minimum": 0 });
    /// How many takes of a scene.
    TakeCount = |_| json_schema!({ "type": "integer", "minimum": 1, "maximum": TAKES_MAX });
    /// A length in seconds.
    Length = |_| suggested_values::lengths();
    /// The length of a shot in seconds.
    WholeSeconds = |_| json_schema!({ "anyOf": [
        { "type": "integer", "minimum": 1 },
        { "type": "string", "pattern": "^[0-9]+ ?(s|secs?|seconds?)$" }
    ] });
    /// A scene's name.
    SceneName = |generator| generator.subschema_for::<SceneId>();
    /// A moment in a scene.
    FrameName = |_| json_schema!({ "anyOf": [
        { "enum": ["first", "last"], "enumDescriptions": [
            "The picture on which the scene begins.", "The picture on which it ends."
        ] },
        { "type": "number", "minimum": 0 }
    ] });
    /// Scene names.
    Dependencies = |generator| {
        let item = generator.subschema_for::<Template<SceneName>>();
        json_schema!({ "type": "array", "items": item })
    };
}

impl<T: JsonSchema> JsonSchema for Template<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("TemplateOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let wanted = generator.subschema_for::<T>();
        // A `Text` schema already includes templates.
        if T::schema_name() == Text::schema_name() {
            return wanted;
        }
        json_schema!({ "anyOf": [
            wanted,
            { "type": "string", "pattern": "\\{\\{" }
        ] })
    }
}

impl<T: JsonSchema> JsonSchema for Written<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// The allowed names in a map of `T`: scenes, cuts and profiles have ids, other names are free.
fn names<T: JsonSchema>(generator: &mut SchemaGenerator) -> Option<Schema> {
    match &*T::schema_name() {
        "Scene" => Some(generator.subschema_for::<SceneId>()),
        "Cut" => Some(generator.subschema_for::<CutId>()),
        "Profile" => Some(generator.subschema_for::<ProfileId>()),
        _ => None,
    }
}

impl<T: JsonSchema> JsonSchema for NamedValues<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("MapOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        match names::<T>(generator) {
            None => json_schema!({ "type": "object", "additionalProperties": value }),
            Some(names) => {
                let map = json_schema!({
                    "type": "object",
                    "propertyNames": names,
                    "additionalProperties": value
                });
                match &*T::schema_name() {
                    // Draft-07 ignores anything next to a `$ref`.
                    "Scene" => json_schema!({ "anyOf": [map, {
                        "type": "array",
                        "items": { "allOf": [value, { "required": ["id"] }] }
                    }] }),
                    _ => map,
                }
            }
        }
    }
}
