//! Exits: how a command ends, and why it refuses to begin.

use crate::base::Diagnostic;

/// The exit codes of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// A take or cut failed.
    Failed = 1,
    /// Bad usage or a bad storyboard.
    Usage = 2,
    /// A decision is needed: budget, doubt, `--locked`.
    Decision = 3,
    /// The user interrupted it.
    Interrupted = 130,
}

impl Exit {
    /// The code for the shell.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// Why a command did not begin: nothing was sent and nothing was changed.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// How the command ends.
    pub exit: Exit,
    /// What is wrong: errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

impl Refusal {
    /// A refusal for one reason.
    pub fn new(exit: Exit, reason: Diagnostic) -> Refusal {
        Refusal { exit, diagnostics: vec![reason] }
    }

    /// A refusal because of bad usage or a bad storyboard.
    pub fn usage(reason: Diagnostic) -> Refusal {
        Refusal::new(Exit::Usage, reason)
    }

    /// A refusal because this machine failed: a disk, a database.
    pub fn machine(code: &'static str, what: impl std::fmt::Display, fix: &str) -> Refusal {
        Refusal::new(Exit::Failed, Diagnostic::error(code, what.to_string()).fix(fix))
    }
}
