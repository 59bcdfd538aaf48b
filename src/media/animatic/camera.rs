//! The camera: the part of a still that is seen at each moment of a scene.
//!
//! A view is a part of the still, in the still's own shape and inside it, whatever the move. The
//! arithmetic is addition and multiplication only, so it gives the same digits everywhere.

use crate::storyboard::CameraMove;

/// The part of a still that is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct View {
    /// How much smaller than the still it is, from 1 (all of it) up.
    pub zoom: f64,
    /// Where it lies in the room that its size leaves: 0 is left, 1 is right.
    pub x: f64,
    /// The same from top to bottom.
    pub y: f64,
}

/// The middle of what matters is slightly above the middle, where faces and horizons usually are.
const MIDDLE: (f64, f64) = (0.5, 0.42);

/// The zoom at the end of the move of a scene that does not ask for one.
const GENTLE: f64 = 1.06;

/// The zoom of a view that has come near.
const NEAR: f64 = 1.22;

/// The zoom of a view that turns or travels; it leaves room for that.
const TURNING: f64 = 1.2;
const TRAVELLING: f64 = 1.15;

/// The zoom of a view that goes around something: at both ends, and half-way.
const AROUND: (f64, f64) = (1.12, 1.2);

/// The zoom of a view that is carried by hand.
const CARRIED: f64 = 1.1;

/// The largest zoom of a move; a still needs that much more resolution than its panel.
pub(super) fn zoom_max(way: Option<CameraMove>) -> f64 {
    match way {
        None => GENTLE,
        Some(CameraMove::Static) => 1.0,
        Some(CameraMove::PushIn | CameraMove::PullOut) => NEAR,
        Some(CameraMove::PanLeft | CameraMove::PanRight) => TURNING,
        Some(CameraMove::TiltUp | CameraMove::TiltDown) => TURNING,
        Some(CameraMove::CraneUp | CameraMove::CraneDown) => TURNING,
        Some(CameraMove::TruckLeft | CameraMove::TruckRight) => TRAVELLING,
        Some(CameraMove::Orbit) => AROUND.1,
        Some(CameraMove::Handheld) => CARRIED,
    }
}

impl View {
    /// The view at a moment: `progress` goes from 0 at the start of the scene to 1 at its end, and
    /// `seconds` count from the start. Without a move it comes a little nearer.
    pub(super) fn at(way: Option<CameraMove>, progress: f64, seconds: f64) -> View {
        let (x, y) = MIDDLE;
        let eased = eased(progress);
        let between = |from: f64, to: f64| from + (to - from) * eased;
        let Some(way) = way else { return View { zoom: between(1.0, GENTLE), x, y } };
        match way {
            CameraMove::Static => View { zoom: 1.0, x, y },
            CameraMove::PushIn => View { zoom: between(1.0, NEAR), x, y },
            CameraMove::PullOut => View { zoom: between(NEAR, 1.0), x, y },
            CameraMove::PanLeft => View { zoom: TURNING, x: between(1.0, 0.0), y },
            CameraMove::PanRight => View { zoom: TURNING, x: between(0.0, 1.0), y },
            CameraMove::TiltUp => View { zoom: TURNING, x, y: between(1.0, 0.0) },
            CameraMove::TiltDown => View { zoom: TURNING, x, y: between(0.0, 1.0) },
            // A crane shows more of the scene from above.
            CameraMove::CraneUp => View { zoom: between(TURNING, 1.1), x, y: between(1.0, 0.0) },
            CameraMove::CraneDown => View { zoom: between(1.1, TURNING), x, y: between(0.0, 1.0) },
            CameraMove::TruckLeft => View { zoom: TRAVELLING, x: between(1.0, 0.0), y },
            CameraMove::TruckRight => View { zoom: TRAVELLING, x: between(0.0, 1.0), y },
            CameraMove::Orbit => {
                let halfway = 4.0 * eased * (1.0 - eased);
                View {
                    zoom: AROUND.0 + (AROUND.1 - AROUND.0) * halfway,
                    x: between(0.1, 0.9),
                    y: y + 0.15 * halfway,
                }
            }
            CameraMove::Handheld => View {
                zoom: CARRIED + 0.02 * (sway(seconds * 0.31) - 0.5) - 0.01,
                x: 0.2 + 0.4 * sway(seconds * 0.43) + 0.2 * sway(seconds * 0.97 + 0.3),
                y: 0.2 + 0.35 * sway(seconds * 0.37 + 0.6) + 0.25 * sway(seconds * 1.13 + 0.1),
            },
        }
    }
}

/// Starts and ends gently; half of it is an even pace, so that it moves from the first picture on.
fn eased(progress: f64) -> f64 {
    let at = progress.clamp(0.0, 1.0);
    0.5 * at + 0.5 * at * at * (3.0 - 2.0 * at)
}

/// A smooth wave between 0 and 1 with a period of 1.
fn sway(at: f64) -> f64 {
    let part = at - at.floor();
    let rising = 1.0 - (2.0 * part - 1.0).abs();
    rising * rising * (3.0 - 2.0 * rising)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = Option<CameraMove>> {
        std::iter::once(None).chain(CameraMove::ALL.map(Some))
    }

    #[test]
    fn a_view_never_leaves_the_still() {
        for way in all() {
            for step in 0..=240 {
                let view = View::at(way, f64::from(step) / 240.0, f64::from(step) / 24.0);
                let case = format!("{way:?} at {step}: {view:?}");
                assert!((1.0..=zoom_max(way)).contains(&view.zoom), "{case}");
                assert!((0.0..=1.0).contains(&view.x) && (0.0..=1.0).contains(&view.y), "{case}");
            }
        }
    }

    #[test]
    fn every_move_goes_its_own_way_without_a_jump() {
        let path = |way| -> Vec<View> {
            let moments = 0..=60;
            moments.map(|at| View::at(way, f64::from(at) / 60.0, f64::from(at) / 12.0)).collect()
        };
        for way in all() {
            let path = path(way);
            for pair in path.windows(2) {
                let near = |a: f64, b: f64| (a - b).abs() < 0.11;
                let (a, b) = (pair[0], pair[1]);
                assert!(
                    near(a.zoom, b.zoom) && near(a.x, b.x) && near(a.y, b.y),
                    "{way:?} {a:?} {b:?}"
                );
            }
            let same = all().filter(|other| ends(*other) == ends(way)).count();
            assert_eq!(same, 1, "{way:?}");
        }
    }

    fn ends(way: Option<CameraMove>) -> [View; 2] {
        [View::at(way, 0.0, 0.0), View::at(way, 1.0, 5.0)]
    }

    #[test]
    fn moves_go_where_their_names_say() {
        let [from, to] = ends(Some(CameraMove::PanRight));
        assert!(from.x < to.x && from.zoom == to.zoom);
        let [from, to] = ends(Some(CameraMove::TiltUp));
        assert!(from.y > to.y);
        let [from, to] = ends(Some(CameraMove::PullOut));
        assert!(from.zoom > to.zoom && to.zoom == 1.0);
    }
}
