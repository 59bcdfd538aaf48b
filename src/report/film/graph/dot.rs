//! The graph in the DOT language of Graphviz.

use std::fmt::Write;

use super::diagram::Diagram;
use crate::plan::{ActionWord, Plan, Project};

/// The graph for `dot -Tsvg`.
pub fn graph_dot(project: &Project, plan: Option<&Plan>) -> String {
    let diagram = Diagram::of(project, plan);
    let mut text = String::from("digraph film {\n  rankdir=LR;\n");
    if let Some(title) = &diagram.title {
        line(&mut text, format_args!("label={}; labelloc=t;", quoted(title)));
    }
    line(&mut text, format_args!("node [shape=box, style=\"rounded,filled\", fillcolor=white];"));
    for scene in &diagram.boxes {
        let label = quoted(&format!("{}\n{}", scene.id, scene.subtitle()));
        let fill = scene
            .action
            .map_or(String::new(), |action| format!(", fillcolor=\"{}\"", fill_of(action)));
        line(&mut text, format_args!("{} [label={label}{fill}];", quoted(&scene.id)));
    }
    for arrow in &diagram.arrows {
        let (from, to) = (&diagram.boxes[arrow.from].id, &diagram.boxes[arrow.to].id);
        let look = match &arrow.frame {
            Some(frame) => format!("label={}", quoted(frame)),
            None => "style=dashed".to_string(),
        };
        line(&mut text, format_args!("{} -> {} [{look}];", quoted(from), quoted(to)));
    }
    text.push_str("}\n");
    text
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    writeln!(text, "  {content}").expect("writing into a string cannot fail");
}

/// A quoted string of the DOT language; a line break is written as `\n`.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

const fn fill_of(action: ActionWord) -> &'static str {
    match action {
        ActionWord::Reuse | ActionWord::Same => "#e6e6e6",
        ActionWord::Restore | ActionWord::Resume => "#cfe3f7",
        ActionWord::Generate => "#fbe3b3",
        ActionWord::Wait => "#fdf3dc",
        ActionWord::Ask => "#f6c9c4",
    }
}
