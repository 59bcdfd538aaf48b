//! The graph as a Mermaid flowchart, which code hosts draw inside Markdown.

use std::fmt::Write;

use super::diagram::Diagram;
use crate::plan::{ActionWord, Plan, Project};

/// The graph as a flowchart.
///
/// Scenes are numbered `s0`, `s1`, …, because words such as `end` are reserved in Mermaid.
pub fn graph_mermaid(project: &Project, plan: Option<&Plan>) -> String {
    let diagram = Diagram::of(project, plan);
    let mut text = String::new();
    if let Some(title) = &diagram.title {
        // The head is YAML, and every JSON string is a YAML string.
        let title = serde_json::Value::from(title.as_str());
        text.push_str(&format!("---\ntitle: {title}\n---\n"));
    }
    text.push_str("flowchart LR\n");
    for (at, scene) in diagram.boxes.iter().enumerate() {
        let class = scene.action.map_or(String::new(), |action| format!(":::{}", action.as_str()));
        line(
            &mut text,
            format_args!("s{at}[\"{}<br>{}\"]{class}", escaped(&scene.id), scene.subtitle()),
        );
    }
    for arrow in &diagram.arrows {
        match &arrow.frame {
            Some(frame) => {
                let frame = escaped(frame);
                line(&mut text, format_args!("s{} -->|\"{frame}\"| s{}", arrow.from, arrow.to));
            }
            None => line(&mut text, format_args!("s{} -.-> s{}", arrow.from, arrow.to)),
        }
    }
    let actions = diagram.boxes.iter().filter_map(|scene| scene.action);
    for action in actions.collect::<std::collections::BTreeSet<ActionWord>>() {
        line(&mut text, format_args!("classDef {} {}", action.as_str(), look_of(action)));
    }
    text
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    writeln!(text, "    {content}").expect("writing into a string cannot fail");
}

/// Text inside a quoted label, by Mermaid's entity codes.
fn escaped(text: &str) -> String {
    let escaped = text.replace('#', "#35;").replace('&', "#amp;");
    escaped.replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;")
}

/// Colours that are readable on light and dark pages, the text's included.
const fn look_of(action: ActionWord) -> &'static str {
    match action {
        ActionWord::Reuse | ActionWord::Same => "fill:#e6e6e6,stroke:#888,color:#222",
        ActionWord::Restore | ActionWord::Resume => "fill:#cfe3f7,stroke:#3a78b5,color:#222",
        ActionWord::Generate => "fill:#fbe3b3,stroke:#b07a12,color:#222",
        ActionWord::Wait => "fill:#fdf3dc,stroke:#b07a12,color:#222,stroke-dasharray:4 3",
        ActionWord::Ask => "fill:#f6c9c4,stroke:#b3372a,color:#222",
    }
}
