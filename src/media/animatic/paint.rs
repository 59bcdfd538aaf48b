//! Painting: the few shapes that an animatic consists of.

use tiny_skia::{Color, FillRule, Paint, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform};

use super::layout::Area;
use super::text::rounded;

fn paint_of(colour: Color) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(colour);
    paint
}

/// Fills a rectangle.
pub(super) fn fill(pixmap: &mut Pixmap, area: Area, colour: Color) {
    if let Some(rect) = Rect::from_xywh(area.x, area.y, area.width, area.height) {
        pixmap.fill_rect(rect, &paint_of(colour), Transform::identity(), None);
    }
}

/// Fills a rectangle with rounded corners.
pub(super) fn fill_round(pixmap: &mut Pixmap, area: Area, radius: f32, colour: Color) {
    if let Some(path) = rounded(area.x, area.y, area.width, area.height, radius) {
        let paint = paint_of(colour);
        pixmap.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
    }
}

/// Draws the four corners of a rectangle, each arm `arm` pixels long.
pub(super) fn corners(pixmap: &mut Pixmap, area: Area, arm: f32, width: f32, colour: Color) {
    let mut path = PathBuilder::new();
    for (x, towards_x) in [(area.x, arm), (area.right(), -arm)] {
        for (y, towards_y) in [(area.y, arm), (area.bottom(), -arm)] {
            path.move_to(x + towards_x, y);
            path.line_to(x, y);
            path.line_to(x, y + towards_y);
        }
    }
    if let Some(path) = path.finish() {
        let stroke = Stroke { width, ..Stroke::default() };
        pixmap.stroke_path(&path, &paint_of(colour), &stroke, Transform::identity(), None);
    }
}

/// Draws a dashed frame.
pub(super) fn dashed(pixmap: &mut Pixmap, area: Area, width: f32, colour: Color) {
    if let Some(path) = rounded(area.x, area.y, area.width, area.height, 6.0 * width) {
        let dash = StrokeDash::new(vec![6.0 * width, 5.0 * width], 0.0);
        let stroke = Stroke { width, dash, ..Stroke::default() };
        pixmap.stroke_path(&path, &paint_of(colour), &stroke, Transform::identity(), None);
    }
}
