//! Dependencies: which scene needs which, that each exists, and that none needs itself.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::desk::{Desk, shorten};
use super::film::FrameAt;
use super::scene::Outcome;
use super::yaml::NodeId;
use crate::base::Diagnostic;

/// How many names of a ring are printed.
const RING_MAX_NAMES: usize = 40;

/// One scene as the others see it.
pub(super) struct Named {
    /// Its name as written.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// Checks what scenes need of one another, those with other mistakes included; returns the
/// positions of scenes that need something wrong.
pub(super) fn check(desk: &mut Desk, scenes: &[Named]) -> HashSet<usize> {
    let positions: HashMap<&str, usize> =
        scenes.iter().enumerate().map(|(at, scene)| (scene.name.as_str(), at)).collect();
    let mut wrong = HashSet::new();
    let mut graph: DiGraph<usize, NodeId> = DiGraph::new();
    let nodes: Vec<NodeIndex> = (0..scenes.len()).map(|at| graph.add_node(at)).collect();
    for (at, scene) in scenes.iter().enumerate() {
        for (needed, node, is_frame) in needs(scene) {
            match positions.get(needed) {
                None => {
                    unknown(desk, scenes, scene, needed, node, is_frame);
                    wrong.insert(at);
                }
                Some(needed) if *needed == at => {
                    let verb =
                        if is_frame { "takes a frame of itself" } else { "comes after itself" };
                    let message = format!("scene `{}` {verb}", scene.name);
                    desk.error("dependency-ring", message, node, "name another scene");
                    wrong.insert(at);
                }
                Some(needed) => {
                    graph.add_edge(nodes[at], nodes[*needed], node);
                }
            }
        }
        if let Some(source) = frame_source(scene, &positions).map(|source| &scenes[source])
            && is_beyond(desk, scene, source)
        {
            wrong.insert(at);
        }
    }
    // Kosaraju's search keeps its own stack; Tarjan's would overflow ours in a chain of 10,000.
    for group in kosaraju_scc(&graph) {
        if group.len() > 1 {
            wrong.extend(group.iter().map(|node| graph[*node]));
            report_ring(desk, scenes, &graph, &group);
        }
    }
    wrong
}

/// What a scene needs: the name, where it stands, and whether it is for a frame.
fn needs(scene: &Named) -> impl Iterator<Item = (&str, NodeId, bool)> {
    let frame = scene.outcome.frame.iter().map(|wish| (wish.scene.as_str(), wish.scene_node, true));
    let after = scene.outcome.after.iter().map(|(name, node)| (name.as_str(), *node, false));
    frame.chain(after)
}

fn frame_source(scene: &Named, positions: &HashMap<&str, usize>) -> Option<usize> {
    let wish = scene.outcome.frame.as_ref()?;
    positions.get(wish.scene.as_str()).copied()
}

fn unknown(
    desk: &mut Desk,
    scenes: &[Named],
    scene: &Named,
    needed: &str,
    node: NodeId,
    is_frame: bool,
) {
    let verb = if is_frame { "takes a frame of" } else { "comes after" };
    let shown = shorten(needed);
    let message = format!("scene `{}` {verb} `{shown}`, but no scene has that name", scene.name);
    let others = || scenes.iter().map(|scene| scene.name.as_str()).filter(|n| *n != scene.name);
    let label = desk.guess_scene(needed, others(), || match others().take(8).collect::<Vec<_>>() {
        some if some.is_empty() => "there is no other scene".to_string(),
        some => format!("there are {}", some.join(", ")),
    });
    desk.error("unknown-scene", message, node, label);
}

/// Whether a scene takes a frame from behind its source's end; reports it if so.
fn is_beyond(desk: &mut Desk, scene: &Named, source: &Named) -> bool {
    let (Some(wish), Some(seconds)) = (&scene.outcome.frame, source.outcome.seconds) else {
        return false;
    };
    let Some(frame @ FrameAt::Millis(millis)) = wish.frame else { return false };
    if (millis as f64) < seconds * 1_000.0 {
        return false;
    }
    let message = format!(
        "scene `{}` takes the frame at {} s of `{}`, which is {seconds} s long",
        scene.name, frame, source.name
    );
    desk.error("frame-beyond-end", message, wish.frame_node, "write less, or `last`");
    true
}

/// Prints the shortest ring through the first scene of a group.
fn report_ring(
    desk: &mut Desk,
    scenes: &[Named],
    graph: &DiGraph<usize, NodeId>,
    group: &[NodeIndex],
) {
    let Some(first) = group.iter().copied().min_by_key(|node| graph[*node]) else { return };
    let members: HashSet<NodeIndex> = group.iter().copied().collect();
    let mut came_from: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let mut queue = VecDeque::from([first]);
    'search: while let Some(node) = queue.pop_front() {
        for next in graph.neighbors(node).filter(|next| members.contains(next)) {
            if next == first {
                came_from.insert(first, node);
                break 'search;
            }
            if let Entry::Vacant(vacant) = came_from.entry(next) {
                vacant.insert(node);
                queue.push_back(next);
            }
        }
    }
    let mut ring = vec![first];
    let mut node = first;
    while let Some(before) = came_from.get(&node).copied() {
        ring.push(before);
        node = before;
        if node == first {
            break;
        }
    }
    ring.reverse();
    let name = |node: NodeIndex| scenes[graph[node]].name.as_str();
    let mut names: Vec<String> = ring.iter().map(|node| name(*node).to_string()).collect();
    if names.len() > RING_MAX_NAMES {
        let left_out = names.len() - RING_MAX_NAMES;
        names.splice(
            RING_MAX_NAMES / 2..names.len() - RING_MAX_NAMES / 2,
            [format!("… {left_out} more …")],
        );
    }
    let mut edges = ring.windows(2).filter_map(|pair| {
        let edge = graph.find_edge(pair[0], pair[1])?;
        Some((desk.tree.place(graph[edge]), name(pair[0]), name(pair[1])))
    });
    let Some((place, from, to)) = edges.next() else { return };
    let message = format!("scenes wait for each other in a ring: {}", names.join(" → "));
    let mut diagnostic = Diagnostic::error("dependency-ring", message)
        .at(place)
        .label(format!("`{from}` needs `{to}`"))
        .fix(
            "remove one of these; the film's order is that of `scenes`, `after` only orders making",
        );
    for (place, from, to) in edges.take(10) {
        diagnostic = diagnostic.related(place, format!("`{from}` needs `{to}`"));
    }
    desk.findings.add(diagnostic);
}
