//! Input slots: the places that a take has for pictures, recordings and videos.

use std::fmt;

use super::terms::InputRole;

/// What a file is, whatever it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InputKind {
    /// A picture.
    Picture,
    /// A recorded voice.
    Voice,
    /// A video.
    Video,
}

/// One input of a take: what it is for and, where there can be several, which of them it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputSlot {
    /// What it is for.
    pub role: InputRole,
    /// The element that it belongs to, from 0; 0 for inputs of no element.
    pub element: u8,
    /// Its place among those of the same role, from 0.
    pub at: u8,
}

impl InputRole {
    /// What a file in this role is.
    pub const fn kind(self) -> InputKind {
        match self {
            InputRole::Image
            | InputRole::EndImage
            | InputRole::KeyImage
            | InputRole::Reference
            | InputRole::ElementImage => InputKind::Picture,
            InputRole::Voice | InputRole::ReferenceVoice | InputRole::ElementVoice => {
                InputKind::Voice
            }
            InputRole::Video | InputRole::ReferenceVideo | InputRole::ElementVideo => {
                InputKind::Video
            }
        }
    }

    /// The field of a scene that it is written in.
    pub const fn field(self) -> &'static str {
        match self {
            InputRole::Image
            | InputRole::EndImage
            | InputRole::KeyImage
            | InputRole::Voice
            | InputRole::Video => self.as_str(),
            InputRole::Reference | InputRole::ReferenceVideo | InputRole::ReferenceVoice => {
                InputRole::Reference.as_str()
            }
            InputRole::ElementImage | InputRole::ElementVideo | InputRole::ElementVoice => {
                "elements"
            }
        }
    }

    /// Whether a take can have several inputs in it; those of elements are listed there.
    pub const fn is_list(self) -> bool {
        matches!(
            self,
            InputRole::KeyImage
                | InputRole::Reference
                | InputRole::ReferenceVideo
                | InputRole::ReferenceVoice
                | InputRole::ElementImage
        )
    }

    /// Whether it is a picture that becomes a frame of the take, or its portrait.
    pub const fn is_frame(self) -> bool {
        matches!(self, InputRole::Image | InputRole::EndImage | InputRole::KeyImage)
    }

    /// Whether it belongs to an element.
    pub const fn is_of_element(self) -> bool {
        matches!(self, InputRole::ElementImage | InputRole::ElementVideo | InputRole::ElementVoice)
    }
}

impl InputSlot {
    /// The slot of a role that has one input.
    pub const fn only(role: InputRole) -> InputSlot {
        InputSlot::nth(role, 0)
    }

    /// One of several slots of a role.
    pub const fn nth(role: InputRole, at: u8) -> InputSlot {
        InputSlot { role, element: 0, at }
    }

    /// A slot of an element.
    pub const fn of_element(element: u8, role: InputRole, at: u8) -> InputSlot {
        InputSlot { role, element, at }
    }
}

impl fmt::Display for InputSlot {
    /// The slot in words: `image`, `reference 2`, `picture 1 of element 3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, element) = (self.at + 1, self.element + 1);
        match self.role {
            InputRole::Image | InputRole::EndImage | InputRole::Voice | InputRole::Video => {
                write!(f, "{}", self.role)
            }
            InputRole::KeyImage => write!(f, "key image {at}"),
            InputRole::Reference => write!(f, "reference picture {at}"),
            InputRole::ReferenceVideo => write!(f, "reference video {at}"),
            InputRole::ReferenceVoice => write!(f, "reference voice {at}"),
            InputRole::ElementImage => write!(f, "picture {at} of element {element}"),
            InputRole::ElementVideo => write!(f, "video of element {element}"),
            InputRole::ElementVoice => write!(f, "voice of element {element}"),
        }
    }
}
