//! Partials: `partials:`, templates for use in templates, in any order but without cycles.

use std::collections::HashMap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::resolver::Resolver;
use crate::storyboard::schema::value_schemas::Text;
use crate::storyboard::schema::written::NamedValues;
use crate::storyboard::template::errors::RenderFailure;
use crate::storyboard::text::suggestions::list;
use crate::storyboard::text::yaml::tree::{NodeId, Value};

/// Makes the partials available to templates.
pub(in crate::storyboard) fn bind(resolver: &mut Resolver, partials: Option<NamedValues<Text>>) {
    let tree = resolver.tree.clone();
    for row in partials.map(|rows| rows.0).unwrap_or_default() {
        let Some(name) = tree.scalar(row.key).map(|key| key.text.to_string()) else { continue };
        let node = row.value.node;
        resolver.partials.insert(name.clone(), node);
        match tree.value(node) {
            Value::Scalar(scalar) => resolver.engine.add_partial(&name, &scalar.text),
            value => {
                if !matches!(value, Value::Broken) {
                    let message =
                        format!("the partial `{name}` must be text, {}", tree.instead(node));
                    resolver.error(
                        "wrong-type",
                        message,
                        node,
                        "write the text in quotes, or under `|`",
                    );
                }
                resolver.engine.add_partial(&name, "");
            }
        }
    }
    let uses = resolver.engine.partial_uses();
    let mut graph: DiGraph<&str, ()> = DiGraph::new();
    let nodes: HashMap<&str, NodeIndex> =
        uses.iter().map(|(name, _)| (name.as_str(), graph.add_node(name))).collect();
    for (name, used) in &uses {
        for used in used.iter().filter_map(|used| nodes.get(used.as_str())) {
            graph.update_edge(nodes[name.as_str()], *used, ());
        }
    }
    for group in kosaraju_scc(&graph) {
        let is_ring = group.len() > 1 || graph.contains_edge(group[0], group[0]);
        if !is_ring {
            continue;
        }
        let mut ring: Vec<String> = group.iter().map(|node| graph[*node].to_string()).collect();
        ring.sort_by_key(|name| tree.node(resolver.partials[name]).span.start);
        let message = match ring.as_slice() {
            [one] => format!("the partial `{one}` uses itself"),
            _ => format!("circular partials: {}", list(&ring)),
        };
        resolver.error("partial-ring", message, resolver.partials[&ring[0]], "it would never end");
        resolver.engine.forbid_partials(&ring);
    }
}

/// Reports errors in partials that no scene uses.
pub(in crate::storyboard) fn check_unused(resolver: &mut Resolver) {
    let tree = resolver.tree.clone();
    let partials: Vec<(String, NodeId)> =
        resolver.partials.iter().map(|(name, node)| (name.clone(), *node)).collect();
    for (name, node) in partials {
        let own = resolver.engine.mistakes_of_partial(&name).to_vec();
        resolver.trouble(&tree, node, RenderFailure { own, ..RenderFailure::default() });
    }
}
