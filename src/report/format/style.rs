//! Tones: the colours of a terminal. They only add; what they say stands in the words as well.

use crate::plan::Action;

/// How a piece of text is to stand out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Not at all.
    #[default]
    Plain,
    /// A heading.
    Bold,
    /// Of little interest.
    Dim,
    /// Good.
    Green,
    /// Under way, or free.
    Blue,
    /// Costs money, or wants attention.
    Yellow,
    /// Wrong.
    Red,
}

impl Tone {
    /// The tone of an action.
    pub const fn of(action: Action) -> Tone {
        match action {
            Action::Reuse => Tone::Dim,
            Action::Restore | Action::Resume => Tone::Blue,
            Action::Generate => Tone::Yellow,
            Action::Wait => Tone::Yellow,
            Action::Ask => Tone::Red,
        }
    }

    /// The text in this tone, by the SGR codes of ECMA-48; unchanged without `color`.
    pub fn paint(self, text: &str, color: bool) -> String {
        let code = match self {
            Tone::Plain => return text.to_string(),
            Tone::Bold => 1,
            Tone::Dim => 2,
            Tone::Red => 31,
            Tone::Green => 32,
            Tone::Yellow => 33,
            Tone::Blue => 34,
        };
        if color && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_string()
        }
    }
}
