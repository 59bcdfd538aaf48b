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

/// Prints a message to stderr. A reader that has gone away (`2>&1 | head`) does not stop a command
/// that may have paid for something.
pub fn message(text: impl std::fmt::Display) {
    let _ = write!(io::stderr().lock(), "{text}");
}

/// Asks a question; any answer but yes means no. It is asked on the controlling terminal where
/// stdin or stderr leads elsewhere, as in `kling-build 2>&1 | tee log`. `None` if there is no
/// terminal.
///
/// # Errors
/// The terminal cannot be read or written.
pub fn confirm(question: &str) -> io::Result<Option<bool>> {
    if io::stdin().is_terminal() && stderr_is_terminal() {
        return ask(question, &mut io::stdin().lock(), &mut io::stderr().lock()).map(Some);
    }
    let Some(terminal) = controlling_terminal() else { return Ok(None) };
    ask(question, &mut io::BufReader::new(&terminal), &mut &terminal).map(Some)
}

fn ask(question: &str, from: &mut impl BufRead, to: &mut impl Write) -> io::Result<bool> {
    write!(to, "{question} [y/N] ")?;
    to.flush()?;
    let mut answer = String::new();
    from.read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// The terminal that this process was started from, if it still has one (POSIX, `/dev/tty`).
#[cfg(unix)]
fn controlling_terminal() -> Option<std::fs::File> {
    std::fs::File::options().read(true).write(true).open("/dev/tty").ok()
}

/// Consoles of other systems have no such name.
#[cfg(not(unix))]
fn controlling_terminal() -> Option<std::fs::File> {
    None
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
