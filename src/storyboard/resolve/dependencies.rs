//! Dependencies: which scene needs which, whether each exists, and that there are no cycles.

use crate::base::text::excerpt;
use crate::storyboard::limits::LINKS_MAX;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::inputs::TakePart;
use super::scene_names::{SceneIndex, SceneMatch};
use super::scenes::SceneInstance;
use crate::base::Diagnostic;
use crate::catalog::{InputKind, InputSlot};
use crate::storyboard::film::resolved::FrameAt;
use crate::storyboard::film::value_origin::{ChosenValue, SceneField};
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::text::yaml::tree::NodeId;

/// How many names of a cycle are printed.
const RING_MAX_NAMES: usize = 40;

/// What each scene needs, by position.
#[derive(Default)]
pub(in crate::storyboard) struct SceneNeeds {
    /// Scenes that depend on an invalid scene.
    pub wrong: HashSet<usize>,
    /// The scenes whose takes each one uses.
    pub takes: HashMap<usize, Vec<(InputSlot, usize)>>,
    /// The scenes that each one must come after.
    pub after: HashMap<usize, Vec<usize>>,
}

/// Looks up the dependencies of all scenes, including invalid ones.
pub(in crate::storyboard) fn check(
    scope: &Scope,
    findings: &mut Findings,
    scenes: &[SceneInstance],
    index: &SceneIndex<'_>,
) -> SceneNeeds {
    let mut found = SceneNeeds::default();
    let mut graph: DiGraph<usize, NodeId> = DiGraph::new();
    let nodes: Vec<NodeIndex> = (0..scenes.len()).map(|at| graph.add_node(at)).collect();
    for (at, scene) in scenes.iter().enumerate() {
        for (needed, node, slot) in needs(scene) {
            let verb = verb(slot);
            let meant = match index.find(needed, scene.variant) {
                None => {
                    unknown(findings, index, scene, needed, node, verb);
                    found.wrong.insert(at);
                    continue;
                }
                Some(SceneMatch::Unread) => {
                    found.wrong.insert(at);
                    continue;
                }
                Some(SceneMatch::NamedValues(rows)) if slot.is_some() => {
                    let first = &scenes[rows[0]].base;
                    of_several(findings, scene, (verb, needed), node, (rows.len(), first));
                    found.wrong.insert(at);
                    continue;
                }
                Some(meant) => meant,
            };
            if graph.edge_count() + meant.positions().len() > LINKS_MAX {
                let message = "this film has more than a million dependencies";
                findings.error("too-many-links", message, node, "name individual rows here");
                return found;
            }
            for &needed in meant.positions() {
                if needed == at {
                    let message = format!("scene `{}` {verb} itself", scene.base);
                    findings.error("dependency-ring", message, node, "name another scene");
                    found.wrong.insert(at);
                    continue;
                }
                graph.add_edge(nodes[at], nodes[needed], node);
                match slot {
                    Some(slot) => found.takes.entry(at).or_default().push((slot, needed)),
                    None => found.after.entry(at).or_default().push(needed),
                }
            }
        }
        for (slot, source) in found.takes.get(&at).into_iter().flatten() {
            if is_beyond(scope, findings, scene, *slot, &scenes[*source]) {
                found.wrong.insert(at);
            }
        }
    }
    // Kosaraju's algorithm uses its own stack; Tarjan's would overflow ours in a chain of 10,000.
    for group in kosaraju_scc(&graph) {
        if group.len() > 1 {
            found.wrong.extend(group.iter().map(|node| graph[*node]));
            report_ring(scope, findings, scenes, &graph, &group);
        }
    }
    found
}

impl SceneNeeds {
    /// Writes the resolved names of dependencies into the scenes that need them.
    pub fn fill_in(&self, scenes: &mut [SceneInstance]) {
        let id = |scenes: &[SceneInstance], at: usize| {
            scenes[at].outcome.scene.as_ref().map(|s| s.id.clone())
        };
        for (at, sources) in &self.takes {
            for (slot, source) in sources {
                let source = id(scenes, *source);
                let scene = scenes[*at].outcome.scene.as_mut();
                if let Some((scene, source)) = scene.zip(source) {
                    scene.use_take_of(*slot, source);
                }
            }
        }
        for (at, needed) in &self.after {
            let needed = needed.iter().filter_map(|at| id(scenes, *at)).collect();
            if let Some(scene) = &mut scenes[*at].outcome.scene {
                scene.after = needed;
            }
        }
    }
}

/// The dependencies of a scene: the name, its node, and the input that is of its take, if one is.
fn needs(scene: &SceneInstance) -> impl Iterator<Item = (&str, NodeId, Option<InputSlot>)> {
    let takes = scene.outcome.takes.iter();
    let takes = takes.map(|(slot, wish)| (wish.scene.as_str(), wish.scene_node, Some(*slot)));
    let after = scene.outcome.after.iter().map(|(name, node)| (name.as_str(), *node, None));
    takes.chain(after)
}

/// What a scene does with one that it needs.
fn verb(slot: Option<InputSlot>) -> &'static str {
    match slot.map(|slot| slot.role.kind()) {
        None => "comes after",
        Some(InputKind::Video) => "takes the video of",
        Some(InputKind::Picture | InputKind::Voice) => "takes a frame of",
    }
}

fn unknown(
    findings: &mut Findings,
    index: &SceneIndex<'_>,
    scene: &SceneInstance,
    needed: &str,
    node: NodeId,
    verb: &str,
) {
    let shown = excerpt(needed);
    let message = format!("scene `{}` {verb} `{shown}`, but no scene has that name", scene.base);
    let others = || index.names().iter().copied().filter(|name| *name != scene.base);
    let label =
        findings.guess_scene(needed, others(), || match others().take(8).collect::<Vec<_>>() {
            some if some.is_empty() => "there are no other scenes".to_string(),
            some => format!("there are {}", some.join(", ")),
        });
    findings.error("unknown-scene", message, node, label);
}

/// Reports the take of a name that means several scenes, given their number and the first.
fn of_several(
    findings: &mut Findings,
    scene: &SceneInstance,
    (verb, needed): (&str, &str),
    node: NodeId,
    (rows, first): (usize, &str),
) {
    let message = format!("scene `{}` {verb} `{needed}`, which has {rows} rows", scene.base);
    findings.error("several-scenes", message, node, format!("name one of them, such as `{first}`"));
}

/// Whether a scene uses a frame past the end of its source; reports it if so.
fn is_beyond(
    scope: &Scope,
    findings: &mut Findings,
    scene: &SceneInstance,
    slot: InputSlot,
    source: &SceneInstance,
) -> bool {
    let wish = scene.outcome.takes.iter().find(|take| take.0 == slot).map(|take| &take.1);
    let (Some(wish), Some(seconds)) = (wish, source.outcome.seconds) else { return false };
    let Some(TakePart::Frame(frame @ FrameAt::Millis(millis))) = wish.part else { return false };
    if (millis as f64) < seconds * 1_000.0 {
        return false;
    }
    let message = format!(
        "scene `{}` takes the frame at {} s of `{}`, which is {seconds} s long",
        scene.name, frame, source.name
    );
    let diagnostic = Diagnostic::error("frame-beyond-end", message)
        .at(scope.tree.place(wish.part_node))
        .label("write a smaller number, or `last`");
    let length = source.outcome.scene.as_ref().map(|it| it.origins.chosen(SceneField::Duration));
    findings.add(match length {
        Some(ChosenValue::Profile(node)) => {
            diagnostic.related(scope.tree.place(node), "the length that the profile sets")
        }
        _ => diagnostic,
    });
    true
}

/// Prints the shortest cycle through the first scene of a group.
fn report_ring(
    scope: &Scope,
    findings: &mut Findings,
    scenes: &[SceneInstance],
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
    // The cycle is the same in each variant.
    let name = |node: NodeIndex| scenes[graph[node]].base.as_str();
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
        Some((scope.tree.place(graph[edge]), name(pair[0]), name(pair[1])))
    });
    let Some((place, from, to)) = edges.next() else { return };
    let message = format!("circular dependency: {}", names.join(" → "));
    let mut diagnostic = Diagnostic::error("dependency-ring", message)
        .at(place)
        .label(format!("`{from}` needs `{to}`"))
        .fix(
            "remove one of these; shot order follows `scenes`, and `after` only affects build order",
        );
    for (place, from, to) in edges.take(10) {
        diagnostic = diagnostic.related(place, format!("`{from}` needs `{to}`"));
    }
    findings.add(diagnostic);
}
