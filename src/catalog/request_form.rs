//! Request forms: which fields the request for a take has, and what fills each of them.
//!
//! The provider writes requests by these forms, `plan --requests` shows them, and the simulator
//! reads requests by the same forms, so that there is one description of each model's request.

use schemars::JsonSchema;
use serde::Deserialize;

use super::ordered_map::OrderedMap;
use super::terms::Resolution;

/// The form of the requests for one type of scene with one model.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestForm {
    /// The name of the model in the API, where it is not a field like the others.
    pub model: Option<ApiModel>,
    /// The fields in the order in which they are written.
    pub fields: Vec<(String, FieldSource)>,
    /// The names of the fields that a request may lack.
    pub optional: Vec<String>,
}

/// The name of a model in the API.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ApiModel {
    /// One name.
    Name(String),
    /// A name for each resolution.
    ByResolution(OrderedMap<Resolution, String>),
}

/// What fills a field. Names are those of a recipe's fields.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum FieldSource {
    /// A value of the recipe as a text.
    Text {
        /// The name of the value.
        text: String,
    },
    /// A value of the recipe as a text, and an empty one if the recipe has none.
    TextOrEmpty {
        /// The name of the value.
        text_or_empty: String,
    },
    /// A value of the recipe as a number.
    Number {
        /// The name of the value.
        number: String,
    },
    /// A value of the recipe that is on or off.
    Flag {
        /// The name of the value.
        flag: String,
    },
    /// The address of an input.
    Url {
        /// The name of the input.
        url: String,
    },
    /// A list of the addresses of those inputs that the recipe has.
    Urls {
        /// The names of the inputs.
        urls: Vec<String>,
    },
    /// The API's own name of the resolution.
    ResolutionName {
        /// The name of each resolution.
        resolution_name: OrderedMap<Resolution, String>,
    },
    /// The shots of the recipe, each with its prompt and its seconds.
    Shots {
        /// The name of the list.
        shots: String,
    },
    /// The elements of the recipe, each with its name, its description and its files.
    Elements {
        /// The name of the list.
        elements: String,
    },
    /// Whether the recipe has a value.
    Given {
        /// The name of the value.
        given: String,
    },
    /// The same value in every request.
    Always {
        /// The value.
        always: serde_json::Value,
    },
}

impl RequestForm {
    /// Whether a part of the recipe is sent.
    pub fn sends(&self, name: &str) -> bool {
        self.fields.iter().any(|(_, source)| source.names().any(|used| used == name))
    }

    /// The API's name of the model at a resolution; `None` if the form has none for it.
    pub fn model_at(&self, resolution: Resolution) -> Option<&str> {
        match self.model.as_ref()? {
            ApiModel::Name(name) => Some(name),
            ApiModel::ByResolution(names) => names.get(&resolution).map(String::as_str),
        }
    }

    /// The API's names of the model.
    pub fn models(&self) -> Vec<&str> {
        match &self.model {
            None => Vec::new(),
            Some(ApiModel::Name(name)) => vec![name],
            Some(ApiModel::ByResolution(names)) => {
                names.iter().map(|(_, name)| name.as_str()).collect()
            }
        }
    }
}

impl FieldSource {
    /// The parts of the recipe that fill the field.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let (one, several): (Option<&str>, &[String]) = match self {
            FieldSource::Text { text: name }
            | FieldSource::TextOrEmpty { text_or_empty: name }
            | FieldSource::Number { number: name }
            | FieldSource::Flag { flag: name }
            | FieldSource::Shots { shots: name }
            | FieldSource::Elements { elements: name }
            | FieldSource::Given { given: name }
            | FieldSource::Url { url: name } => (Some(name), &[]),
            FieldSource::Urls { urls } => (None, urls),
            FieldSource::ResolutionName { .. } => (Some("resolution"), &[]),
            FieldSource::Always { .. } => (None, &[]),
        };
        one.into_iter().chain(several.iter().map(String::as_str))
    }
}

/// A form as the catalog's file writes it.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Request")]
pub(super) struct RawRequestForm {
    /// The model's name in the API, or a name for each resolution; absent where it is a field.
    model: Option<ApiModel>,
    /// The fields of the request, each with what fills it.
    fields: OrderedMap<String, FieldSource>,
    /// The fields that a request may lack.
    #[serde(default)]
    optional: Vec<String>,
}

impl RawRequestForm {
    pub fn into_form(self) -> RequestForm {
        let RawRequestForm { model, fields, optional } = self;
        RequestForm { model, fields: fields.into_iter().collect(), optional }
    }
}
