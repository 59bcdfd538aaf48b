//! The graph: which scene waits for which.
//!
//! Scenes are named by their position in film order. Resolving a storyboard rejects cycles and
//! unknown names, so every film has a graph and every graph has an order.

use std::collections::BTreeSet;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::base::SceneId;
use crate::storyboard::Film;

/// Why one scene waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// `after`: order only.
    After,
    /// An input of this scene is the other's take or a frame of it: order and bytes.
    Take,
}

/// Which scene waits for which, by position in film order.
#[derive(Clone, Debug)]
pub struct Graph {
    links: DiGraph<SceneId, Link, u32>,
    order: Vec<usize>,
}

impl Graph {
    /// Builds the graph of a film.
    ///
    /// Names of scenes that are not in the film are skipped: those scenes had errors, which the
    /// film's diagnostics report.
    pub fn of(film: &Film) -> Graph {
        let positions = film.positions();
        let mut links = DiGraph::with_capacity(film.scenes.len(), film.scenes.len());
        for scene in &film.scenes {
            links.add_node(scene.id.clone());
        }
        for (at, scene) in film.scenes.iter().enumerate() {
            let after = scene.after.iter().map(|id| (id, Link::After));
            let takes: BTreeSet<&SceneId> = scene.sources().map(|(_, id, _)| id).collect();
            let takes = takes.into_iter().map(|id| (id, Link::Take));
            for (source, link) in after.chain(takes) {
                if let Some(source) = positions.get(source) {
                    links.add_edge(node(*source), node(at), link);
                }
            }
        }
        let order = film_order(&links);
        Graph { links, order }
    }

    /// Positions in an order where every scene comes after the scenes it waits for; otherwise film
    /// order.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The scenes that this one waits for, each with its link, in film order.
    pub fn sources(&self, scene: usize) -> Vec<(usize, Link)> {
        self.neighbours(scene, Direction::Incoming)
    }

    /// The scenes whose takes this one uses, in film order.
    pub fn take_sources(&self, scene: usize) -> Vec<usize> {
        let sources = self.sources(scene).into_iter();
        sources.filter(|(_, link)| *link == Link::Take).map(|(source, _)| source).collect()
    }

    /// The scenes that wait for this one, each with its link, in film order.
    pub fn followers(&self, scene: usize) -> Vec<(usize, Link)> {
        self.neighbours(scene, Direction::Outgoing)
    }

    /// The scenes and everything they wait for through such links, directly or not, in film order.
    pub fn with_sources(&self, scenes: &[usize], links: impl Fn(Link) -> bool) -> Vec<usize> {
        self.reach(scenes, Direction::Incoming, links)
    }

    /// The scenes and everything that waits for them, directly or not, in film order.
    pub fn with_followers(&self, scenes: &[usize]) -> Vec<usize> {
        self.reach(scenes, Direction::Outgoing, |_| true)
    }

    /// The scenes that use the take of this one, directly or not, in film order.
    pub fn take_followers(&self, scene: usize) -> Vec<usize> {
        let mut found = self.reach(&[scene], Direction::Outgoing, |link| link == Link::Take);
        found.retain(|at| *at != scene);
        found
    }

    /// For each scene, the seconds from its start to the end of the longest chain that begins with
    /// it; `seconds` gives the duration of each scene.
    pub fn remaining_seconds(&self, seconds: &[u64]) -> Vec<u64> {
        let mut remaining = seconds.to_vec();
        for &scene in self.order.iter().rev() {
            let longest = self.followers(scene).iter().map(|next| remaining[next.0]).max();
            remaining[scene] += longest.unwrap_or(0);
        }
        remaining
    }

    fn neighbours(&self, scene: usize, direction: Direction) -> Vec<(usize, Link)> {
        use petgraph::visit::EdgeRef;
        let mut found: Vec<(usize, Link)> = self
            .links
            .edges_directed(node(scene), direction)
            .map(|edge| match direction {
                Direction::Incoming => (edge.source().index(), *edge.weight()),
                Direction::Outgoing => (edge.target().index(), *edge.weight()),
            })
            .collect();
        found.sort_unstable();
        found
    }

    fn reach(
        &self,
        scenes: &[usize],
        direction: Direction,
        links: impl Fn(Link) -> bool,
    ) -> Vec<usize> {
        let mut seen = vec![false; self.links.node_count()];
        let mut open = scenes.to_vec();
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut seen[at], true) {
                let next = self.neighbours(at, direction);
                open.extend(next.into_iter().filter(|next| links(next.1)).map(|next| next.0));
            }
        }
        (0..seen.len()).filter(|at| seen[*at]).collect()
    }
}

fn node(position: usize) -> NodeIndex<u32> {
    NodeIndex::new(position)
}

/// Kahn's algorithm with the earliest scene in film order first, so that the order depends only on
/// the storyboard.
fn film_order(links: &DiGraph<SceneId, Link, u32>) -> Vec<usize> {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    let mut waiting: Vec<usize> = links
        .node_indices()
        .map(|scene| links.edges_directed(scene, Direction::Incoming).count())
        .collect();
    let free = |waiting: &[usize], at: usize| waiting[at] == 0;
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..waiting.len()).filter(|at| free(&waiting, *at)).map(Reverse).collect();
    let mut order = Vec::with_capacity(waiting.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for next in links.neighbors_directed(node(at), Direction::Outgoing) {
            waiting[next.index()] -= 1;
            if free(&waiting, next.index()) {
                ready.push(Reverse(next.index()));
            }
        }
    }
    order
}
