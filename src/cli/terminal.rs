//! The terminal: colour, output and questions to the user.

use std::io::{self, BufRead, IsTerminal, Write};

use super::args::film::ColorWhen;
use crate::runner::{Exit, Refusal};

/// Whether stdout may be coloured.
pub fn stdout_color(when: ColorWhen) -> bool {
    allowed(when, io::stdout().is_terminal())
}

/// Whether stderr may be coloured.
pub fn stderr_color(when: ColorWhen) -> bool {
    allowed(when, stderr_is_terminal())
}

/// Whether stderr is a terminal.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether the user can be asked.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && stderr_is_terminal()
}

/// Asks a question on stderr; any answer but yes means no.
pub fn confirm(question: &str) -> io::Result<bool> {
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question} [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Obeys `NO_COLOR` (no-color.org): any value except the empty one.
fn allowed(when: ColorWhen, terminal: bool) -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => terminal && !no_color,
    }
}

/// Prints requested data. A reader that has gone away (`| head`) is not an error.
pub fn print(text: &str) -> Result<Exit, Refusal> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(error) => Err(Refusal::machine("stdout", error, "check where the output goes")),
        Ok(()) => Ok(Exit::Done),
    }
}
