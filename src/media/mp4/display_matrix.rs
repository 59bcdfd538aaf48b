//! The display matrix of a track: how its pictures are turned before they are shown. Phones store what
//! they take lying, and write here how the phone was held.
//!
//! ISO/IEC 14496-12, 6.2.2: a point (p, q) is shown at (ap + cq + x, bp + dq + y).

use std::fmt;

/// Nine numbers, row by row: a, b, u; c, d, v; x, y, w.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) struct DisplayMatrix(pub [i32; 9]);

/// By how much pictures are turned, clockwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) enum Turn {
    /// Not at all.
    None,
    /// By 90 degrees.
    Right,
    /// By 180 degrees.
    Around,
    /// By 270 degrees.
    Left,
}

impl DisplayMatrix {
    /// Pictures as they are stored.
    pub(in crate::media) const PLAIN: DisplayMatrix =
        DisplayMatrix([1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30]);

    /// The turn that it stands for; `None` if it mirrors, skews, or turns by another angle. One of
    /// zeros only was never filled in.
    pub(in crate::media) fn turn(&self) -> Option<Turn> {
        let [a, b, _, c, d, ..] = self.0;
        Some(match (a.signum(), b.signum(), c.signum(), d.signum()) {
            (1, 0, 0, 1) | (0, 0, 0, 0) => Turn::None,
            (0, 1, -1, 0) => Turn::Right,
            (-1, 0, 0, -1) => Turn::Around,
            (0, -1, 1, 0) => Turn::Left,
            _ => return None,
        })
    }
}

impl fmt::Display for DisplayMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let degrees = match self.turn() {
            Some(Turn::None) => 0,
            Some(Turn::Right) => 90,
            Some(Turn::Around) => 180,
            Some(Turn::Left) => 270,
            None => {
                let [a, b, _, c, d, ..] = self.0.map(|number| f64::from(number) / 65_536.0);
                return write!(f, "a mirror image ({a:.2} {b:.2} {c:.2} {d:.2})");
            }
        };
        write!(f, "{degrees}°")
    }
}

impl Turn {
    /// Whether rows become columns.
    pub(in crate::media) const fn is_on_its_side(self) -> bool {
        matches!(self, Turn::Right | Turn::Left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_told_from_mirrors() {
        let of = |[a, b, c, d]: [i32; 4]| {
            DisplayMatrix([a, b, 0, c, d, 0, 9, 9, 16_384].map(|number| number * 65_536)).turn()
        };
        assert_eq!(of([1, 0, 0, 1]), Some(Turn::None));
        assert_eq!(of([0, 1, -1, 0]), Some(Turn::Right));
        assert_eq!(of([-1, 0, 0, -1]), Some(Turn::Around));
        assert_eq!(of([0, -1, 1, 0]), Some(Turn::Left));
        for odd in [[-1, 0, 0, 1], [1, 0, 0, -1], [0, 1, 1, 0], [1, 1, 0, 1], [1, 1, -1, 1]] {
            assert_eq!(of(odd), None, "{odd:?}");
        }
        assert_eq!(DisplayMatrix::PLAIN.to_string(), "0°");
    }
}
