//! The layout: where things stand on a frame of any size and shape. Pure geometry, in pixels.

use crate::catalog::FrameSize;

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Area {
    /// The x of its right edge.
    pub(super) fn right(&self) -> f32 {
        self.x + self.width
    }

    /// The y of its lower edge.
    pub(super) fn bottom(&self) -> f32 {
        self.y + self.height
    }
}

/// Where things stand on a frame.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// A 720th of the short side; every other measure is a multiple of it.
    pub unit: f32,
    /// The whole frame.
    pub frame: Area,
    /// The part that no display cuts off; all text stands inside.
    pub safe: Area,
    /// Type, title and time code.
    pub header: Area,
    /// Model, frame, length and seed.
    pub figures: Area,
    /// How many of these stand side by side.
    pub figure_columns: usize,
    /// The progress bar.
    pub bar: Area,
}

/// The margin on the short side, in units: 6 % of it, inside the usual safe area of 5 %.
const MARGIN: f32 = 44.0;

impl Layout {
    /// The layout of a frame.
    pub(super) fn of(size: FrameSize) -> Self {
        let unit = size.width.min(size.height) as f32 / 720.0;
        let (width, height) = (size.width as f32, size.height as f32);
        let frame = Area { x: 0.0, y: 0.0, width, height };
        let margin = MARGIN * unit;
        let safe = Area {
            x: margin,
            y: margin,
            width: width - 2.0 * margin,
            height: height - 2.0 * margin,
        };
        let row = |y: f32, height: f32| Area { y, height, ..safe };
        let figure_columns = if safe.width >= 900.0 * unit { 4 } else { 2 };
        let figures_height = FIGURE * unit * (4 / figure_columns) as f32;
        let bar = row(safe.bottom() - 8.0 * unit, 6.0 * unit);
        Layout {
            unit,
            frame,
            safe,
            header: row(safe.y, 34.0 * unit),
            figures: row(bar.y - 22.0 * unit - figures_height, figures_height),
            figure_columns,
            bar,
        }
    }

    /// The place of one of the figures, counted from 0.
    pub(super) fn figure(&self, number: usize) -> Area {
        let (row, column) = (number / self.figure_columns, number % self.figure_columns);
        // The first column holds the longest value, the model's name.
        let shares: &[f32] =
            if self.figure_columns == 4 { &[0.0, 0.32, 0.64, 0.83, 1.0] } else { &[0.0, 0.6, 1.0] };
        let width = self.figures.width * (shares[column + 1] - shares[column]) - 12.0 * self.unit;
        Area {
            x: self.figures.x + self.figures.width * shares[column],
            y: self.figures.y + FIGURE * self.unit * row as f32,
            width,
            height: FIGURE * self.unit,
        }
    }
}

/// The height of a label with its value, in units.
const FIGURE: f32 = 56.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overlaps_and_all_is_safe() {
        for (width, height) in [(1280, 720), (720, 1280), (720, 720), (1920, 1080), (1728, 720)] {
            let layout = Layout::of(FrameSize { width, height });
            assert!(layout.header.bottom() < layout.figures.y);
            assert!(layout.figures.bottom() < layout.bar.y);
            assert!(layout.bar.bottom() <= layout.safe.bottom());
            for number in 0..4 {
                let figure = layout.figure(number);
                assert!(figure.right() <= layout.safe.right() && figure.width > 120.0);
                assert!(figure.bottom() <= layout.figures.bottom() + 0.01, "{number}");
            }
        }
    }
}
