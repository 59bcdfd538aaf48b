//! Partials: `partials:`, templates for use in templates, in any order but without cycles.

use std::collections::HashMap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::findings::Findings;
use super::values::Scope;
use crate::storyboard::schema::value_schemas::Text;
use crate::storyboard::schema::written::NamedValues;
use crate::storyboard::template::errors::RenderFailure;
use crate::storyboard::text::suggestions::list;
use crate::storyboard::text::yaml::tree::{NodeId, Value};

/// Makes the partials available to templates.
pub(in crate::storyboard) fn bind(
    scope: &mut Scope,
    findings: &mut Findings,
    partials: Option<NamedValues<Text>>,
) {
    let tree = scope.tree.clone();
    for row in partials.map(|rows| rows.0).unwrap_or_default() {
        let Some(name) = tree.scalar(row.key).map(|key| key.text.to_string()) else { continue };
        let node = row.value.node;
        scope.partials.insert(name.clone(), node);
        match tree.value(node) {
            Value::Scalar(scalar) => scope.renderer.add_partial(&name, &scalar.text),
            value => {
                if !matches!(value, Value::Broken) {
                    let message =
                        format!("the partial `{name}` must be text, {}", tree.instead(node));
                    findings.error(
                        "wrong-type",
                        message,
                        node,
                        "write the text in quotes, or under `|`",
                    );
                }
                scope.renderer.add_partial(&name, "");
            }
        }
    }
    let uses = scope.renderer.partial_uses();
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
        ring.sort_by_key(|name| tree.node(scope.partials[name]).span.start);
        let message = match ring.as_slice() {
            [one] => format!("the partial `{one}` uses itself"),
            _ => format!("circular partials: {}", list(&ring)),
        };
        findings.error("partial-ring", message, scope.partials[&ring[0]], "it would never end");
        scope.renderer.forbid_partials(&ring);
    }
}

/// Reports errors in partials that no scene uses.
pub(in crate::storyboard) fn check_unused(scope: &Scope, findings: &mut Findings) {
    let tree = scope.tree.clone();
    let partials: Vec<(String, NodeId)> =
        scope.partials.iter().map(|(name, node)| (name.clone(), *node)).collect();
    for (name, node) in partials {
        let own = scope.renderer.mistakes_of_partial(&name).to_vec();
        scope.trouble(&tree, node, RenderFailure { own, ..RenderFailure::default() }, findings);
    }
}
