//! The graph as a picture: one self-contained SVG file.

use std::fmt::Write;

use maud::{Markup, PreEscaped, html};

use super::diagram::{Arrow, Diagram, SceneBox};
use super::layout::{GraphLayout, GridCell};
use crate::base::text::{shorten, width};
use crate::plan::{Plan, Project};

/// Pixels: a box's height, the space between rows and between columns, and around everything.
const BOX_HEIGHT: usize = 50;
const ROW_GAP: usize = 34;
const COLUMN_GAP: usize = 84;
const MARGIN: usize = 28;
/// Pixels for the title above and the legend below.
const TITLE_HEIGHT: usize = 40;
const LEGEND_HEIGHT: usize = 40;
/// The widest and narrowest box, in characters of a name.
const NAME_CHARS: (usize, usize) = (14, 32);
/// The assumed width of a character of a name, in tenths of a pixel.
const CHAR_WIDTH_TENTHS: usize = 84;

/// The graph as SVG, laid out in columns by the longest path to each scene.
pub fn graph_svg(project: &Project, plan: Option<&Plan>) -> String {
    let diagram = Diagram::of(project, plan);
    let layout = GraphLayout::of(&diagram);
    let sheet = SvgMeasures::of(&diagram, &layout);
    let (wide, high) = sheet.size(&layout);
    let picture = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(wide) height=(high)
            viewBox=(format!("0 0 {wide} {high}")) font-family="system-ui, sans-serif" {
            style { (PreEscaped(include_str!("svg.css"))) }
            defs {
                marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"
                    markerHeight="8" orient="auto" {
                    path class="tip" d="M0 0 L8 4 L0 8 z" {}
                }
            }
            rect class="paper" width=(wide) height=(high) {}
            @if let Some(title) = &diagram.title {
                text class="title" x=(MARGIN) y=(MARGIN + 14) { (title) }
            }
            @for (at, arrow) in diagram.arrows.iter().enumerate() {
                (draw_arrow(arrow, at, &layout, &sheet))
            }
            @for (scene, spot) in diagram.boxes.iter().zip(&layout.spots) {
                (draw_box(scene, *spot, &sheet))
            }
            (draw_legend(high))
        }
    };
    picture.into_string() + "\n"
}

/// The dimensions of a drawing, in pixels.
struct SvgMeasures {
    box_width: usize,
    name_chars: usize,
    top: usize,
}

impl SvgMeasures {
    fn of(diagram: &Diagram, layout: &GraphLayout) -> SvgMeasures {
        debug_assert_eq!(diagram.boxes.len(), layout.spots.len());
        let longest = diagram.boxes.iter().map(|scene| width(&scene.id)).max().unwrap_or(0);
        let name_chars = longest.clamp(NAME_CHARS.0, NAME_CHARS.1);
        let top = MARGIN + if diagram.title.is_some() { TITLE_HEIGHT } else { 0 };
        SvgMeasures { box_width: name_chars * CHAR_WIDTH_TENTHS / 10 + 30, name_chars, top }
    }

    fn size(&self, layout: &GraphLayout) -> (usize, usize) {
        let columns = layout.columns * (self.box_width + COLUMN_GAP);
        let wide = 2 * MARGIN + columns.saturating_sub(COLUMN_GAP);
        let rows = layout.rows * (BOX_HEIGHT + ROW_GAP);
        (wide.max(420), self.top + rows + LEGEND_HEIGHT)
    }

    fn left(&self, column: usize) -> usize {
        MARGIN + column * (self.box_width + COLUMN_GAP)
    }

    fn right(&self, column: usize) -> usize {
        self.left(column) + self.box_width
    }

    fn upper(&self, row: usize) -> usize {
        self.top + row * (BOX_HEIGHT + ROW_GAP)
    }

    fn middle(&self, row: usize) -> usize {
        self.upper(row) + BOX_HEIGHT / 2
    }
}

fn draw_box(scene: &SceneBox, spot: GridCell, sheet: &SvgMeasures) -> Markup {
    let (x, y) = (sheet.left(spot.column), sheet.upper(spot.row));
    let class = scene.action.map_or("scene", |action| action.as_str());
    html! {
        g class=(class) {
            title { (scene.id) }
            rect class="box" x=(x) y=(y) width=(sheet.box_width) height=(BOX_HEIGHT) rx="8" {}
            rect class="bar" x=(x) y=(y + 8) width="4" height=(BOX_HEIGHT - 16) rx="2" {}
            text class="name" x=(x + 16) y=(y + 22) { (shorten(&scene.id, sheet.name_chars)) }
            text class="kind" x=(x + 16) y=(y + 39) { (scene.subtitle()) }
        }
    }
}

fn draw_arrow(arrow: &Arrow, at: usize, layout: &GraphLayout, sheet: &SvgMeasures) -> Markup {
    let to = layout.spots[arrow.to];
    let class = if arrow.frame.is_some() { "frame" } else { "after" };
    html! {
        path class=(class) d=(route(arrow, at, layout, sheet)) marker-end="url(#tip)" {}
        @if let Some(frame) = &arrow.frame {
            text class="label" x=(sheet.left(to.column) - 14) y=(sheet.middle(to.row) - 6) {
                (frame)
            }
        }
    }
}

/// The path of a link from the right side of one box to the left side of another, around all
/// others.
///
/// Between neighbours, or in a row that is empty up to its end, one bend is enough. Other links run
/// between two rows; `at` spreads those that would overlap.
fn route(arrow: &Arrow, at: usize, layout: &GraphLayout, sheet: &SvgMeasures) -> String {
    let (from, to) = (layout.spots[arrow.from], layout.spots[arrow.to]);
    let (x1, y1) = (sheet.right(from.column), sheet.middle(from.row));
    let (x2, y2) = (sheet.left(to.column) - 2, sheet.middle(to.row));
    let gap = COLUMN_GAP / 2;
    let mut path = format!("M{x1} {y1}");
    let mut bend = |x: usize, y: usize, x_end: usize, y_end: usize| {
        let half = (x_end - x) / 2;
        write!(path, " C{} {y} {} {y_end} {x_end} {y_end}", x + half, x_end - half)
            .expect("writing into a string cannot fail");
    };
    if to.before == Some(arrow.from) {
        return format!("M{x1} {y1} H{x2}");
    }
    if to.column == from.column + 1 {
        bend(x1, y1, x2, y2);
        return path;
    }
    if to.before.is_none() {
        let turn = x1 + COLUMN_GAP - 2;
        bend(x1, y1, turn, y2);
        path.push_str(&format!(" H{x2}"));
        return path;
    }
    let lane = sheet.upper(to.row) - ROW_GAP / 2 - 6 + at % 4 * 4;
    let (turn, last) = (x1 + gap, x2 - gap);
    bend(x1, y1, turn, lane);
    path.push_str(&format!(" H{last}"));
    let half = (x2 - last) / 2;
    path.push_str(&format!(" C{} {lane} {} {y2} {x2} {y2}", last + half, x2 - half));
    path
}

fn draw_legend(high: usize) -> Markup {
    let y = high - 22;
    html! {
        g class="legend" {
            path class="frame" d=(format!("M{MARGIN} {y} h34")) marker-end="url(#tip)" {}
            text x=(MARGIN + 44) y=(y + 4) { "gives a frame to" }
            path class="after" d=(format!("M{} {y} h34", MARGIN + 180)) marker-end="url(#tip)" {}
            text x=(MARGIN + 224) y=(y + 4) { "only comes before" }
        }
    }
}
