//! Lists where names are keys: what to write instead, in the words of the list itself, so that the
//! advice can be followed to the letter.

use crate::base::SceneId;
use crate::base::text::excerpt;
use crate::storyboard::text::name_part::part;
use crate::storyboard::text::secrets::normal;
use crate::storyboard::text::yaml::scalar::ScalarValue;
use crate::storyboard::text::yaml::tree::{Map, MapEntry, NodeId, Tree, Value};

/// Fields in which other boards name a scene, the surest first, without case and punctuation.
const SCENE_NAMES: [&str; 16] = [
    "name",
    "sceneid",
    "shotid",
    "clipid",
    "slug",
    "uid",
    "scene",
    "shot",
    "scenenumber",
    "shotnumber",
    "number",
    "no",
    "scenename",
    "shotname",
    "title",
    "heading",
];
/// Fields that a scene may begin with.
const USUAL: [&str; 9] =
    ["type", "prompt", "image", "voice", "text", "duration", "narration", "notes", "model"];
/// Fields in which a list names anything else.
const NAMES: [&str; 12] = [
    "name",
    "id",
    "key",
    "character",
    "cut",
    "profile",
    "variable",
    "var",
    "partial",
    "axis",
    "label",
    "title",
];
/// How a scene of a list is named that has no `id`.
pub(super) struct ListedName {
    /// The entry that names it.
    pub entry: Option<MapEntry>,
    /// The field in which it is named, for comparing it with others.
    pub field: String,
    /// Whether the value can be the scene's name as it is.
    pub is_id: bool,
    /// What to write.
    pub label: String,
}

/// How an item of `scenes` without an `id` is named; `number` is its position from 1.
pub(super) fn scene_name(tree: &Tree, item: NodeId, number: usize) -> ListedName {
    let map = tree.map(item);
    let entries = map.map(Map::entries).unwrap_or_default();
    let unnamed =
        |label: String| ListedName { entry: None, field: String::new(), is_id: false, label };
    if map.is_none() {
        return match tree.scalar(item) {
            Some(text) if !text.text.contains(['"', '\n']) => unnamed(format!(
                "write `- {{ id: shot-{number}, type: t2v, prompt: \"{}\" }}`",
                excerpt(&text.text)
            )),
            _ => unnamed(format!("write `- {{ id: shot-{number}, type: t2v, prompt: … }}`")),
        };
    }
    let named = |name: &str| {
        let mut fitting = entries.iter().filter(|entry| normal(tree.key_text(**entry)) == name);
        fitting.find(|entry| is_name(tree, entry.value)).copied()
    };
    // A number alone is unique only within its scene.
    let within = |text: String| match (named("scene"), named("shot")) {
        (Some(scene), Some(shot))
            if is_number(tree, scene.value) && is_number(tree, shot.value) =>
        {
            format!("{}-{}", text_of(tree, scene.value), text_of(tree, shot.value))
        }
        _ => text,
    };
    let Some(entry) = SCENE_NAMES.iter().find_map(|name| named(name)) else {
        // `- dawn: { … }`, and `- dawn:` with fields that are not indented below it.
        let heading = entries.first().filter(|first| match entries {
            [_] => tree.map(first.value).is_some(),
            _ => tree.is_nothing(first.value) && !USUAL.contains(&tree.key_text(**first)),
        });
        let key = heading.map(|first| tree.key_text(*first));
        if let Some(key) = key.filter(|key| key.parse::<SceneId>().is_ok()) {
            return unnamed(format!("write `id: {key}` instead of `{key}:`, and its fields below"));
        }
        return unnamed(format!("add `id:` with a name of its own, such as `id: shot-{number}`"));
    };
    let (key, text) = (tree.key_text(entry), text_of(tree, entry.value));
    let name = within(text.clone());
    let is_id = name == text && text.parse::<SceneId>().is_ok();
    let id = if is_id { Some(name.clone()) } else { part(&name) };
    let label = match id {
        Some(id) if name != text => {
            format!("write `id: {id}` instead of `scene` and `shot`")
        }
        Some(id) => format!("write `id: {id}` instead of `{key}: {}`", excerpt(&text)),
        None => format!("add `id:` with a name of a-z and 0-9, such as `id: shot-{number}`"),
    };
    ListedName { entry: Some(entry), field: key.to_string(), is_id, label }
}

/// What to write instead of a list where a map of names or of fields belongs; `noun` names it in
/// messages, such as `` `cuts` `` and ``scene `dawn` ``.
pub(super) fn advice(tree: &Tree, noun: &str, list: NodeId, items: &[NodeId]) -> String {
    let is_cut = noun.starts_with("cut `");
    if is_cut {
        return "write `{ scenes: [first, second] }`".to_string();
    }
    let what = noun.split('`').nth(1).unwrap_or_default();
    let of_names = noun.starts_with('`');
    let maps: Vec<&Map> = items.iter().filter_map(|item| tree.map(*item)).collect();
    let Some(first) = maps.first() else { return of_texts(tree, what, items) };
    let is_single = maps.len() == items.len() && maps.iter().all(|map| map.entries().len() == 1);
    let holds = |map: &&Map| {
        let entry = map.entries()[0];
        matches!(what, "vars" | "partials" | "defaults" | "hosting" | "preview")
            || matches!(tree.value(entry.value), Value::Map(_) | Value::List(_))
            || !of_names
    };
    if is_single && maps.iter().all(holds) {
        let name = tree.key_text(first.entries()[0]);
        return match is_block(tree, list, items) {
            true => "remove the `-` before each name".to_string(),
            false => format!("write `{what}: {{ {name}: … }}`"),
        };
    }
    match what {
        "vars" | "partials" | "characters" | "cuts" | "profiles" | "matrix" | "scenes"
            if of_names =>
        {
            format!("write `{}`, without the `-`", named(tree, what, first))
        }
        _ => {
            let fields = fields(tree, maps.iter().flat_map(|map| map.entries()));
            match what {
                "" => format!("write `{fields}`, without the `-`"),
                _ => format!("write `{what}: {fields}`, without the `-`"),
            }
        }
    }
}

/// An item of a list as the entry of a map.
fn named(tree: &Tree, what: &str, item: &Map) -> String {
    let entry = NAMES.iter().find_map(|name| {
        let mut entries = item.entries().iter();
        let is_it = |entry: &&MapEntry| {
            normal(tree.key_text(**entry)) == *name && is_name(tree, entry.value)
        };
        entries.find(is_it)
    });
    let name = entry.and_then(|entry| part(&text_of(tree, entry.value)));
    let rest = || item.entries().iter().filter(|other| entry.is_none_or(|it| it.key != other.key));
    let in_template = |name: Option<String>| name.map(|name| name.replace('-', "_"));
    match what {
        "cuts" => format!("{}: {{ scenes: […] }}", name.unwrap_or("film".to_string())),
        "characters" => {
            let is_image = |entry: &MapEntry| {
                matches!(normal(tree.key_text(*entry)).as_str(), "image" | "picture" | "portrait")
            };
            let image = if rest().any(is_image) { ", image: …" } else { "" };
            let name = in_template(name).unwrap_or("mia".to_string());
            format!("{name}: {{ description: …{image} }}")
        }
        "matrix" => {
            let values = rest().find(|entry| matches!(tree.value(entry.value), Value::List(_)));
            let values = values.map_or("[…]".to_string(), |entry| values_of(tree, entry.value));
            format!("{}: {values}", in_template(name).unwrap_or("lang".to_string()))
        }
        "vars" | "partials" => {
            let mut others = rest();
            match (in_template(name), others.next(), others.next()) {
                (Some(name), Some(value), None) => format!("{name}: {}", shown(tree, value.value)),
                (Some(name), ..) => format!("{name}: {}", fields(tree, rest())),
                (None, ..) => format!("{what}: {}", fields(tree, item.entries().iter())),
            }
        }
        _ => format!("{}: {}", name.unwrap_or("draft".to_string()), fields(tree, rest())),
    }
}

/// What to write instead of a list of texts.
fn of_texts(tree: &Tree, what: &str, items: &[NodeId]) -> String {
    let values = || {
        let texts = items.iter().filter_map(|item| tree.scalar(*item));
        let shown: Vec<String> = texts.take(3).map(|text| excerpt(&text.text)).collect();
        let more = if items.len() > 3 { ", …" } else { "" };
        format!("[{}{more}]", shown.join(", "))
    };
    match what {
        "cuts" => format!("write `film: {{ scenes: {} }}`", values()),
        "matrix" if !items.is_empty() => format!("write `lang: {}`", values()),
        "characters" => "write `name: description` lines here, indented".to_string(),
        "matrix" => "write `lang: [en, de]` lines here, indented".to_string(),
        _ => "write indented `name: value` lines here".to_string(),
    }
}

/// What to write instead of a list of axes.
pub(in crate::storyboard) fn axes_advice(tree: &Tree, node: NodeId) -> String {
    match tree.value(node) {
        Value::List(items) => advice(tree, "`matrix`", node, items),
        _ => "write `lang: [en, de]` lines here, indented".to_string(),
    }
}

/// Some fields with their values left out: `{ model: …, duration: … }`.
fn fields<'e>(tree: &Tree, entries: impl Iterator<Item = &'e MapEntry>) -> String {
    const SHOWN_MAX: usize = 3;
    let entries: Vec<&MapEntry> = entries.collect();
    let shown = entries.iter().take(SHOWN_MAX).map(|entry| {
        let dots = if let Value::List(_) = tree.value(entry.value) { "[…]" } else { "…" };
        format!("{}: {dots}", excerpt(tree.key_text(**entry)))
    });
    let more = if entries.len() > SHOWN_MAX { ", …" } else { "" };
    format!("{{ {}{more} }}", shown.collect::<Vec<_>>().join(", "))
}

fn shown(tree: &Tree, node: NodeId) -> String {
    match tree.value(node) {
        Value::List(_) => values_of(tree, node),
        Value::Scalar(scalar) if scalar.text.len() <= 40 && !scalar.text.contains(['"', '\n']) => {
            match scalar.meaning() {
                ScalarValue::Text(_) if scalar.text.contains([':', '#', ',', '{']) => {
                    format!("\"{}\"", scalar.text)
                }
                _ => scalar.text.to_string(),
            }
        }
        _ => "…".to_string(),
    }
}

fn values_of(tree: &Tree, node: NodeId) -> String {
    let Value::List(items) = tree.value(node) else { return "[…]".to_string() };
    let texts: Option<Vec<&str>> =
        items.iter().map(|item| tree.scalar(*item).map(|text| &*text.text)).collect();
    match texts {
        Some(texts) if texts.len() <= 4 && texts.iter().all(|text| text.len() <= 12) => {
            format!("[{}]", texts.join(", "))
        }
        _ => "[…]".to_string(),
    }
}

/// Whether every item of a list is written on a line of its own, after a `-`.
fn is_block(tree: &Tree, list: NodeId, items: &[NodeId]) -> bool {
    let text = tree.source_of(list).text();
    items.iter().all(|item| text[..tree.node(*item).span.start].trim_end().ends_with('-'))
}

/// Whether a value can be a name.
fn is_name(tree: &Tree, node: NodeId) -> bool {
    tree.scalar(node).is_some_and(|_| !tree.is_nothing(node))
}

fn is_number(tree: &Tree, node: NodeId) -> bool {
    let meaning = tree.scalar(node).map(|scalar| scalar.meaning());
    matches!(meaning, Some(ScalarValue::Integer(_)))
}

fn text_of(tree: &Tree, node: NodeId) -> String {
    tree.scalar(node).map_or_else(String::new, |scalar| scalar.text.trim().to_string())
}
