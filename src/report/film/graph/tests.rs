//! The drawings of one film with every kind of link, and of films with very many scenes.

use super::diagram::Diagram;
use super::layout::GraphLayout;
use super::*;
use crate::plan::{Lock, Plan, Project, ProviderChoice};
use crate::report::fixture::{self, frame_of, i2v, id, t2v};
use crate::storyboard::{FrameAt, Scene, SceneInput};

/// Two chains that meet, a branch, a link past another scene, both links at once, a loose scene.
fn meshed() -> Vec<Scene> {
    let mut host = fixture::avatar("host", SceneInput::File("assets/host.mp3".into()));
    host.after = vec![id("opening"), id("reveal"), id("end")];
    let mut detail = i2v("detail", frame_of("reveal", FrameAt::Millis(2_500)), "closer");
    detail.after = vec![id("reveal")];
    vec![
        t2v("opening", "A \"quiet\" sea"),
        i2v("reveal", frame_of("opening", FrameAt::Last), "around it"),
        detail,
        i2v("wide", frame_of("reveal", FrameAt::First), "wider"),
        t2v("city", "lights"),
        i2v("end", frame_of("city", FrameAt::Last), "they go out"),
        host,
        t2v("a-title-with-a-name-that-is-longer-than-any-box", "words"),
    ]
}

fn project() -> (Project, Plan) {
    let project = fixture::project(meshed(), ProviderChoice::Kling);
    let plan = Plan::make(&project, &[0, 1, 2, 3, 4, 5, 6], &fixture::TestInventory::default());
    (project, plan)
}

#[test]
fn as_text() {
    let (project, plan) = project();
    insta::assert_snapshot!(graph_text(&project, Some(&plan)));
}

#[test]
fn as_text_without_a_plan() {
    insta::assert_snapshot!(graph_text(&project().0, None));
}

#[test]
fn as_dot() {
    let (project, plan) = project();
    insta::assert_snapshot!(graph_dot(&project, Some(&plan)));
}

#[test]
fn as_mermaid() {
    let (project, plan) = project();
    insta::assert_snapshot!(graph_mermaid(&project, Some(&plan)));
}

#[test]
fn as_svg() {
    let (project, plan) = project();
    let picture = graph_svg(&project, Some(&plan));
    assert_well_formed(&picture);
    insta::assert_snapshot!(picture.replace(include_str!("svg.css"), "…").replace("><", ">\n<"));
}

#[test]
fn titles_are_escaped_in_every_format() {
    let mut film = fixture::film(meshed());
    film.title = Some("\"]; </text> %% \\ \u{1b}[2J\nnew".into());
    let project = Project::new(
        film,
        fixture::inputs(),
        Lock::default(),
        fixture::plan_options(ProviderChoice::Kling),
    );
    let svg = graph_svg(&project, None);
    assert_well_formed(&svg);
    assert!(svg.contains("&quot;]; &lt;/text&gt; %% \\ new</text>"), "{svg}");
    let dot = graph_dot(&project, None);
    assert!(dot.contains(r#"label="\"]; </text> %% \\ new"; labelloc"#), "{dot}");
    let mermaid = graph_mermaid(&project, None);
    assert!(mermaid.starts_with("---\ntitle: \"\\\"]; </text> %% \\\\ new\"\n---\n"), "{mermaid}");
}

#[test]
fn boxes_do_not_overlap_and_links_lead_to_the_right() {
    for scenes in [meshed(), chain(50), fan(50), loose(50)] {
        let diagram = Diagram::of(&fixture::project(scenes, ProviderChoice::Kling), None);
        let layout = GraphLayout::of(&diagram);
        let places: std::collections::BTreeSet<(usize, usize)> =
            layout.spots.iter().map(|spot| (spot.column, spot.row)).collect();
        assert_eq!(places.len(), diagram.boxes.len());
        assert!(places.iter().all(|spot| spot.0 < layout.columns && spot.1 < layout.rows));
        for arrow in &diagram.arrows {
            let (from, to) = (layout.spots[arrow.from], layout.spots[arrow.to]);
            assert!(from.column < to.column);
            // No box lies on a straight link.
            let between = |spot: &(usize, usize)| {
                spot.1 == to.row && (from.column + 1..to.column).contains(&spot.0)
            };
            assert!(to.before != Some(arrow.from) || !places.iter().any(between));
            // A row that counts as empty is empty.
            let left_of = |spot: &(usize, usize)| spot.1 == to.row && spot.0 < to.column;
            assert!(to.before.is_some() || !places.iter().any(left_of));
        }
    }
}

#[test]
fn ten_thousand_scenes_stay_in_proportion() {
    for many in [chain, fan, loose, dense] {
        let size = |scenes: usize| {
            let project = fixture::project(many(scenes), ProviderChoice::Kling);
            let plan = fixture::plan(&project, &fixture::TestInventory::default());
            let started = std::time::Instant::now();
            let bytes = graph_svg(&project, Some(&plan)).len()
                + graph_dot(&project, Some(&plan)).len()
                + graph_mermaid(&project, Some(&plan)).len()
                + graph_text(&project, Some(&plan)).len();
            assert!(started.elapsed().as_secs() < 20, "drawing {scenes} scenes takes too long");
            bytes
        };
        // Ten times the scenes, about ten times the text: positions have a digit more.
        assert!(size(10_000) < 13 * size(1_000));
    }
}

fn chain(scenes: usize) -> Vec<Scene> {
    linked(scenes, |at| at.checked_sub(1).into_iter().collect())
}

fn fan(scenes: usize) -> Vec<Scene> {
    linked(scenes, |at| if at > 0 { vec![0] } else { vec![] })
}

fn loose(scenes: usize) -> Vec<Scene> {
    linked(scenes, |_| vec![])
}

/// Each scene comes after the first, the previous and the middle one.
fn dense(scenes: usize) -> Vec<Scene> {
    linked(scenes, |at| match at {
        0 => vec![],
        _ => vec![0, at / 2, at - 1],
    })
}

fn linked(scenes: usize, after: impl Fn(usize) -> Vec<usize>) -> Vec<Scene> {
    let name = |at: usize| format!("s{at:05}");
    (0..scenes)
        .map(|at| Scene {
            after: after(at).into_iter().map(|before| id(&name(before))).collect(),
            ..t2v(&name(at), "a shot")
        })
        .collect()
}

/// Every tag that opens closes, in order; maud has escaped the rest.
fn assert_well_formed(xml: &str) {
    let mut open = Vec::new();
    for tag in xml.split('<').skip(1) {
        let name = tag.split([' ', '>']).next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{tag}"),
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}
