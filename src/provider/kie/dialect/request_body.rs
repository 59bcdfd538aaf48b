//! Request bodies: the fields of a request, written by the form of its model in the catalog.

use serde_json::{Map, Value};

use crate::base::{Fault, FaultClass};
use crate::catalog::{Catalog, Dialect, FieldSource, InputRole, InputSlot, RequestForm, SceneType};
use crate::plan::{Listing, recipe_fields};
use crate::provider::contract::{Asset, Order};

/// A request for a take.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestBody {
    /// The JSON that is sent.
    pub json: Value,
    /// The names of the fields that describe the take.
    pub fields: Vec<String>,
}

/// The fields that describe a take, and the name of the model in the API where that is not one of
/// them.
pub(super) struct TakeFields {
    pub model: Option<String>,
    pub fields: Map<String, Value>,
    /// The names of all fields of the form, those that this request leaves out too.
    pub names: Vec<String>,
}

/// The fields of an order in a dialect.
///
/// # Errors
/// `Local` if the order lacks what its type needs, an input is not public, or the catalog has no
/// such model.
pub(super) fn take_fields(
    dialect: Dialect,
    catalog: &Catalog,
    order: &Order,
) -> Result<TakeFields, Fault> {
    let recipe = &order.recipe;
    let unknown = || {
        let (model, scene_type) = (&recipe.model, recipe.scene_type);
        local(format!(
            "no model `{model}` of the API dialect `{dialect}` makes {scene_type} scenes"
        ))
    };
    let entry = catalog.dialect(dialect);
    let (id, with) = (recipe.model.as_str(), recipe.selecting_inputs());
    let model = entry.branch(id, recipe.scene_type, &with).ok_or_else(unknown)?;
    let form = model.request(recipe.scene_type).ok_or_else(unknown)?;
    let name = form.model_at(recipe.resolution).map(str::to_string);
    if form.model.is_some() && name.is_none() {
        return Err(unknown());
    }
    check(order)?;
    let listing = recipe.listing();
    let mut fields = Map::new();
    for (field, source) in &form.fields {
        if let Some(value) = value(source, order, &listing)? {
            fields.insert(field.clone(), value);
        }
    }
    check_whole(form, &fields)?;
    let names = form.fields.iter().map(|(name, _)| name.clone()).collect();
    Ok(TakeFields { model: name, fields, names })
}

/// What fills a field; `None` if the order has nothing for it.
fn value(source: &FieldSource, order: &Order, listing: &Listing) -> Result<Option<Value>, Fault> {
    let text = |name: &str| {
        listing.get(name).map(|value| match value {
            Value::String(text) => text.as_str().into(),
            other => Value::from(other.to_string()),
        })
    };
    Ok(match source {
        FieldSource::Text { text: name } => text(name),
        FieldSource::TextOrEmpty { text_or_empty: name } => Some(text(name).unwrap_or("".into())),
        FieldSource::Number { number: name } | FieldSource::Flag { flag: name } => {
            listing.get(name.as_str()).cloned()
        }
        FieldSource::Url { url: name } => urls(order, name, 0)?.pop(),
        FieldSource::Urls { urls: names } => {
            let mut all = Vec::new();
            for name in names {
                all.extend(urls(order, name, 0)?);
            }
            (!all.is_empty()).then(|| all.into())
        }
        FieldSource::Elements { .. } => elements(order)?,
        FieldSource::ResolutionName { resolution_name: names } => {
            names.get(&order.recipe.resolution).map(|name| name.as_str().into())
        }
        FieldSource::Shots { shots: name } => listing.get(name.as_str()).and_then(shots),
        FieldSource::Given { given: name } => Some(listing.contains_key(name.as_str()).into()),
        FieldSource::Always { always: value } => Some(value.clone()),
    })
}

/// The shots of a recipe as the API writes them.
fn shots(listed: &Value) -> Option<Value> {
    let shot = |shot: &Value| {
        let prompt = shot.get(recipe_fields::shot::PROMPT)?.clone();
        let seconds = shot.get(recipe_fields::shot::SECONDS)?.clone();
        Some(serde_json::json!({ "prompt": prompt, "duration": seconds }))
    };
    listed.as_array()?.iter().map(shot).collect()
}

/// The elements of an order as the API writes them (section 1.3 of `kie-jobs-api.md`).
fn elements(order: &Order) -> Result<Option<Value>, Fault> {
    let mut listed = Vec::new();
    for (at, element) in order.recipe.elements.iter().enumerate() {
        let at = u8::try_from(at).map_err(|_| local("the order has too many elements".into()))?;
        let mut files = urls(order, InputRole::ElementImage.as_str(), at)?;
        files.extend(urls(order, InputRole::ElementVideo.as_str(), at)?);
        let voices = urls(order, InputRole::ElementVoice.as_str(), at)?;
        let mut fields = Map::new();
        fields.insert("name".into(), element.name.as_str().into());
        fields.insert("description".into(), element.description.as_str().into());
        fields.insert("element_input_urls".into(), files.into());
        if !voices.is_empty() {
            fields.insert("element_input_audio_urls".into(), voices.into());
        }
        if let Some((begins, ends)) = element.span {
            fields.insert("start_time".into(), begins.into());
            fields.insert("end_time".into(), ends.into());
        }
        listed.push(Value::Object(fields));
    }
    Ok((!listed.is_empty()).then(|| listed.into()))
}

/// The URLs of the inputs with a name, those of one element where they belong to one; an input that
/// is still on this machine cannot be requested.
fn urls(order: &Order, name: &str, element: u8) -> Result<Vec<Value>, Fault> {
    let role = name.parse::<InputRole>().ok();
    let is_meant = |slot: &InputSlot| Some(slot.role) == role && slot.element == element;
    let inputs = order.inputs.iter().filter(|(slot, _)| is_meant(slot));
    let url = |(slot, asset): (&InputSlot, &Asset)| match asset {
        Asset::Url(url) => Ok(Value::from(url.as_str())),
        Asset::InBucket(object) => Err(local(format!("the {slot} `{object}` has no address yet"))),
        Asset::File(path) => {
            Err(local(format!("the {slot} `{}` was not made public", path.display())))
        }
    };
    inputs.map(url).collect()
}

/// Whether the order has what its type needs.
fn check(order: &Order) -> Result<(), Fault> {
    let lacks = |what: &str| Err(local(format!("the order has no {what}")));
    let scene_type = order.recipe.scene_type;
    let needed: &[InputRole] = match scene_type {
        SceneType::T2v => &[],
        SceneType::I2v => &[InputRole::Image],
        SceneType::Avatar => &[InputRole::Image, InputRole::Voice],
        SceneType::Still | SceneType::Card => return Err(local("no model draws this".into())),
    };
    let needed = needed.iter().map(|role| InputSlot::only(*role));
    let mut needed = needed.chain(order.recipe.inputs.keys().copied());
    match needed.find(|slot| !order.inputs.contains_key(slot)) {
        Some(slot) => lacks(&slot.to_string()),
        None => Ok(()),
    }
}

/// Whether every field that the form requires is there.
fn check_whole(form: &RequestForm, fields: &Map<String, Value>) -> Result<(), Fault> {
    let is_missing = |name: &&String| {
        !fields.contains_key(name.as_str()) && !form.optional.iter().any(|other| other == *name)
    };
    match form.fields.iter().map(|(name, _)| name).find(is_missing) {
        Some(name) => Err(local(format!("the order has nothing for `{name}`"))),
        None => Ok(()),
    }
}

fn local(message: String) -> Fault {
    Fault::new(FaultClass::Local, message)
}
