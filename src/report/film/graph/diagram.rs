//! The diagram: scenes and links as every drawing shows them.

use crate::base::text::clean;
use crate::base::{SceneId, Tag};
use crate::catalog::{InputRole, SceneType};
use crate::plan::{ActionWord, Link, Plan, Project};
use crate::storyboard::{FrameAt, Scene};

/// Scenes and links, ready to be drawn.
pub struct Diagram {
    /// The film's title, cleaned.
    pub title: Option<String>,
    /// The scenes in film order.
    pub boxes: Vec<SceneBox>,
    /// The links, by target scene, then by source scene.
    pub arrows: Vec<Arrow>,
    /// Positions ordered so that every scene comes after those it waits for.
    pub order: Vec<usize>,
}

/// A scene.
pub struct SceneBox {
    /// Its name.
    pub id: String,
    /// Its type.
    pub scene_type: SceneType,
    /// Its tags, separated by commas.
    pub tags: String,
    /// The planned action, if a plan includes the scene.
    pub action: Option<ActionWord>,
}

/// A link between two scenes.
pub struct Arrow {
    /// The scene that comes first, by position.
    pub from: usize,
    /// The scene that waits, by position.
    pub to: usize,
    /// The frame that is used, such as `last` or `2.5 s`; `None` if the link is for order only.
    pub frame: Option<String>,
}

impl Diagram {
    /// The diagram of a project.
    pub fn of(project: &Project, plan: Option<&Plan>) -> Diagram {
        let mut boxes: Vec<SceneBox> = project
            .film
            .scenes
            .iter()
            .map(|scene| SceneBox {
                id: scene.id.to_string(),
                scene_type: scene.scene_type(),
                tags: tags_of(scene),
                action: None,
            })
            .collect();
        for take in plan.iter().flat_map(|plan| &plan.takes) {
            boxes[take.position].action = Some(take.word());
        }
        let mut arrows: Vec<Arrow> = Vec::new();
        for to in 0..boxes.len() {
            for (from, link) in project.graph.sources(to) {
                let frame = (link == Link::Take)
                    .then(|| uses_of(project.scene(to), &project.scene(from).id));
                match arrows.last_mut().filter(|last| (last.from, last.to) == (from, to)) {
                    // Sources are sorted, `after` first: a frame implies `after`.
                    Some(same) => same.frame = frame.or(same.frame.take()),
                    None => arrows.push(Arrow { from, to, frame }),
                }
            }
        }
        Diagram {
            title: project.film.title.as_deref().map(clean),
            boxes,
            arrows,
            order: project.graph.order().to_vec(),
        }
    }
}

impl SceneBox {
    /// Its type, and its action where there is one, as `t2v · generate`.
    pub fn subtitle(&self) -> String {
        match self.action {
            Some(action) => format!("{} · {}", self.scene_type, action.as_str()),
            None => self.scene_type.to_string(),
        }
    }
}

fn tags_of(scene: &Scene) -> String {
    let tags: Vec<&str> = scene.tags.iter().map(Tag::as_str).collect();
    tags.join(", ")
}

/// What a scene uses of another one's take: `last`, or `last, 2.5 s at the end`, or `video`.
fn uses_of(scene: &Scene, source: &SceneId) -> String {
    let parts = scene.sources().filter(|(_, from, _)| *from == source);
    let names = parts.map(|(slot, _, frame)| match (slot.role, frame) {
        (_, None) => "video".to_string(),
        (InputRole::EndImage, Some(frame)) => format!("{} at the end", frame_name(frame)),
        (InputRole::Image, Some(frame)) => frame_name(frame),
        (_, Some(frame)) => format!("{} as {slot}", frame_name(frame)),
    });
    names.collect::<Vec<_>>().join(", ")
}

fn frame_name(frame: FrameAt) -> String {
    match frame {
        FrameAt::First | FrameAt::Last => frame.to_string(),
        FrameAt::Millis(_) => format!("{frame} s"),
    }
}
