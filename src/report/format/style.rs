//! Styles: the colours of a terminal. Colour only repeats what the words say.

use crate::plan::ActionWord;

/// The tone of a piece of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TermStyle {
    /// Plain.
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
    pub const fn of(action: ActionWord) -> TermStyle {
        match action {
            ActionWord::Reuse | ActionWord::Same => TermStyle::Dim,
            ActionWord::Restore | ActionWord::Resume => TermStyle::Blue,
            ActionWord::Generate => TermStyle::Yellow,
            ActionWord::Wait => TermStyle::Yellow,
            ActionWord::Ask => TermStyle::Red,
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
