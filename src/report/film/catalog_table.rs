//! The catalog as a table: what each model makes, its limits and its prices.

use crate::catalog::{Catalog, Dialect, Limits, Model};
use crate::report::format::table::{Cell, Column, Table};
use crate::report::format::text::seconds;

/// The catalog for people, a table for each API dialect and its limits below it.
pub fn catalog_table(catalog: &Catalog) -> String {
    let tables = Dialect::ALL.iter().map(|dialect| dialect_table(catalog, *dialect));
    tables.collect::<Vec<_>>().join("\n")
}

fn dialect_table(catalog: &Catalog, dialect: Dialect) -> String {
    let entry = catalog.dialect(dialect);
    let mut table = Table::new([
        Column::left("MODEL"),
        Column::left("TYPES"),
        Column::left("LENGTH"),
        Column::left("RESOLUTION"),
        Column::left("ASPECT RATIO"),
        Column::left("SEED"),
        Column::left("CREDITS"),
    ]);
    for model in &entry.models {
        let mut prices = model.price.words().into_iter().map(Cell::new);
        // What such a scene has besides, on the lines below its types.
        let mut with = model.with.iter().map(|role| Cell::new(format!("+ {role}")));
        table.row([
            Cell::new(model.id.as_str()),
            Cell::new(list(&model.types)),
            Cell::new(lengths(model)),
            Cell::new(list(&model.resolutions)),
            Cell::new(either(list(&model.aspect_ratios), of_input(model, "the image's"))),
            Cell::new(seeds(model)),
            prices.next().unwrap_or_default(),
        ]);
        loop {
            let (with, price) = (with.next(), prices.next());
            if with.is_none() && price.is_none() {
                break;
            }
            let between = std::iter::repeat_n(Cell::default(), 4);
            let before = [Cell::default(), with.unwrap_or_default()].into_iter().chain(between);
            table.row(before.chain([price.unwrap_or_default()]));
        }
    }
    let mut notes = Table::new([Column::left(""), Column::left("")]);
    let mut noted = std::collections::BTreeSet::new();
    for model in entry.models.iter().filter(|model| noted.insert(&model.id)) {
        notes.row([Cell::new(model.id.as_str()), Cell::new(&model.notes)]);
    }
    let (table, notes) = (table.print(false), notes.print(false));
    format!("API dialect `{dialect}`\n\n{table}\n{notes}\n{}", limits(&entry.limits))
}

fn seeds(model: &Model) -> String {
    let is_sent = model.types.iter().any(|scene_type| model.sends(*scene_type, "seed"));
    match model.seeds {
        Some((least, most)) if is_sent => format!("{least}–{most}"),
        _ => "none".to_string(),
    }
}

/// Whose length or shape a take has that has none of its own.
fn of_input(model: &Model, otherwise: &'static str) -> &'static str {
    let follows_image = model.types.iter().any(|one| model.sends(*one, "image"));
    match model.takes_video() && !(otherwise == "the image's" && follows_image) {
        true => "the video's",
        false => otherwise,
    }
}

fn lengths(model: &Model) -> String {
    match model.durations.as_slice() {
        [] => of_input(model, "the voice's").to_string(),
        [first, .., last] if model.durations.len() as u32 == last - first + 1 => {
            format!("{first}–{last} s")
        }
        durations => format!("{} s", list(durations)),
    }
}

fn limits(limits: &Limits) -> String {
    let megabytes = |bytes: u64| format!("{} MiB", bytes / (1 << 20));
    let mut table = Table::new([Column::left(""), Column::left("")]);
    let mut row = |name: &str, value: String| table.row([Cell::new(name), Cell::new(value)]);
    row("at once", format!("{} tasks", limits.concurrent_tasks));
    let submits = limits.submits;
    row("submits", format!("{} in {} s", submits.number, submits.seconds));
    row("videos kept", format!("{} days", limits.retention_days));
    row(
        "image",
        format!(
            "{}, at most {}",
            extensions(&limits.image_formats),
            megabytes(limits.image_max_bytes)
        ),
    );
    row(
        "voice",
        format!(
            "{}, at most {} and {}",
            extensions(&limits.voice_formats),
            megabytes(limits.voice_max_bytes),
            seconds(limits.voice_max_seconds)
        ),
    );
    table.print(false)
}

/// The names of formats as users know them.
fn extensions<T: serde::Serialize>(formats: &[T]) -> String {
    let names = formats.iter().map(|format| serde_json::to_value(format).unwrap_or_default());
    names.filter_map(|name| name.as_str().map(str::to_string)).collect::<Vec<_>>().join(", ")
}

fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

fn either(text: String, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_every_model() {
        insta::assert_snapshot!(catalog_table(Catalog::embedded()));
    }
}
