//! The camera move: how a still is moved in a preview, and the name of each move.

use std::fmt;
use std::str::FromStr;

/// How a camera moves during a shot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CameraMove {
    /// It does not move.
    Static,
    /// It moves towards the subject, or zooms in.
    PushIn,
    /// It moves away from the subject, or zooms out.
    PullOut,
    /// It turns to the left.
    PanLeft,
    /// It turns to the right.
    PanRight,
    /// It turns upwards.
    TiltUp,
    /// It turns downwards.
    TiltDown,
    /// It rises.
    CraneUp,
    /// It sinks.
    CraneDown,
    /// It travels to the left.
    TruckLeft,
    /// It travels to the right.
    TruckRight,
    /// It travels around the subject.
    Orbit,
    /// It is carried by hand.
    Handheld,
}

impl CameraMove {
    /// Every move.
    pub const ALL: [CameraMove; 13] = [
        CameraMove::Static,
        CameraMove::PushIn,
        CameraMove::PullOut,
        CameraMove::PanLeft,
        CameraMove::PanRight,
        CameraMove::TiltUp,
        CameraMove::TiltDown,
        CameraMove::CraneUp,
        CameraMove::CraneDown,
        CameraMove::TruckLeft,
        CameraMove::TruckRight,
        CameraMove::Orbit,
        CameraMove::Handheld,
    ];

    /// Its name in files, such as `push in`.
    pub const fn as_str(self) -> &'static str {
        match self {
            CameraMove::Static => "static",
            CameraMove::PushIn => "push in",
            CameraMove::PullOut => "pull out",
            CameraMove::PanLeft => "pan left",
            CameraMove::PanRight => "pan right",
            CameraMove::TiltUp => "tilt up",
            CameraMove::TiltDown => "tilt down",
            CameraMove::CraneUp => "crane up",
            CameraMove::CraneDown => "crane down",
            CameraMove::TruckLeft => "truck left",
            CameraMove::TruckRight => "truck right",
            CameraMove::Orbit => "orbit",
            CameraMove::Handheld => "handheld",
        }
    }
}

impl fmt::Display for CameraMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text is not the name of a camera move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown camera move")]
pub struct UnknownCameraMove;

impl FromStr for CameraMove {
    type Err = UnknownCameraMove;

    /// Reads the name of a move; hyphens count as blanks.
    fn from_str(text: &str) -> Result<Self, UnknownCameraMove> {
        let name = text.replace('-', " ");
        CameraMove::ALL.into_iter().find(|way| way.as_str() == name).ok_or(UnknownCameraMove)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for way in CameraMove::ALL {
            assert_eq!(way.to_string().parse(), Ok(way));
            assert_eq!(way.as_str().replace(' ', "-").parse(), Ok(way));
        }
        assert_eq!("push".parse::<CameraMove>(), Err(UnknownCameraMove));
    }
}
