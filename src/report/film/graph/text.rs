//! The graph as a table: each scene and the scenes it waits for.

use super::diagram::{Arrow, Diagram};
use crate::plan::{Plan, Project};
use crate::report::format::table::{Cell, Column, Table};

/// The graph as lines of text, one for each scene in film order.
pub fn graph_text(project: &Project, plan: Option<&Plan>) -> String {
    let diagram = Diagram::of(project, plan);
    let mut columns = vec![Column::left("SCENE").at_least(8), Column::left("TYPE").at_least(6)];
    if plan.is_some() {
        columns.push(Column::left("ACTION").at_least(8));
    }
    let has_tags = diagram.boxes.iter().any(|scene| !scene.tags.is_empty());
    if has_tags {
        columns.push(Column::left("TAGS"));
    }
    columns.push(Column::left("WAITS FOR"));
    let mut table = Table::new(columns);
    let mut arrows = diagram.arrows.iter().peekable();
    for (at, scene) in diagram.boxes.iter().enumerate() {
        let mut sources: Vec<&Arrow> = Vec::new();
        while let Some(arrow) = arrows.next_if(|arrow| arrow.to == at) {
            sources.push(arrow);
        }
        // The frame comes first, because it determines the picture.
        sources.sort_by_key(|arrow| arrow.frame.is_none());
        let sources: Vec<String> = sources
            .into_iter()
            .map(|arrow| {
                let source = &diagram.boxes[arrow.from].id;
                match &arrow.frame {
                    Some(frame) => format!("{source} ({frame} frame)").replace(" s frame", " s"),
                    None => source.clone(),
                }
            })
            .collect();
        let mut cells = vec![Cell::new(&scene.id), Cell::new(scene.scene_type.as_str())];
        if plan.is_some() {
            cells.push(scene.action.map_or(Cell::default(), |action| Cell::new(action.as_str())));
        }
        cells.extend(has_tags.then(|| Cell::new(&scene.tags)));
        cells.push(Cell::new(sources.join(", ")));
        table.row(cells);
    }
    table.print(false)
}
