//! Styles: the colours of a terminal. Colour never carries meaning that the words do not.

use crate::plan::Action;

/// How a piece of text is to stand out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TermStyle {
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
    /// Costs money, or needs attention.
    Yellow,
    /// Wrong.
    Red,
}

impl TermStyle {
    /// The tone of an action.
    pub const fn of(action: Action) -> TermStyle {
        match action {
            Action::Reuse => TermStyle::Dim,
            Action::Restore | Action::Resume => TermStyle::Blue,
            Action::Generate => TermStyle::Yellow,
            Action::Wait => TermStyle::Yellow,
            Action::Ask => TermStyle::Red,
        }
    }

    /// The text in this tone, by the SGR codes of ECMA-48; unchanged without `color`.
    pub fn paint(self, text: &str, color: bool) -> String {
        let code = match self {
            TermStyle::Plain => return text.to_string(),
            TermStyle::Bold => 1,
            TermStyle::Dim => 2,
            TermStyle::Red => 31,
            TermStyle::Green => 32,
            TermStyle::Yellow => 33,
            TermStyle::Blue => 34,
        };
        if color && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_string()
        }
    }
}
