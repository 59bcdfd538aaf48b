//! The command line: arguments, commands, progress, exit codes.
//!
//! Requested data goes to stdout, everything else to stderr.

mod completion;
mod args;
mod shell_scripts;
mod man_pages;
mod terminal;
mod environment;
mod runtime;
mod stop_signals;
mod commands;

use std::path::Path;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

use crate::base::Diagnostic;
use crate::report::render;
use crate::runner::{Exit, Refusal};
use args::film::ColorWhen;
use args::{Arguments, Command};
use commands::{build, inspect, project, sim, takes, upkeep};

/// Runs the command that the arguments name and says how it ended.
pub fn run() -> ExitCode {
    shell_scripts::answer();
    let arguments = Arguments::try_parse().unwrap_or_else(|error| explain(error).exit());
    let color = color_of(&arguments);
    trace(&arguments);
    let exit = match perform(arguments) {
        Ok(exit) => exit,
        Err(refusal) => {
            terminal::message(render(&refusal.diagnostics, terminal::stderr_color(color)));
            refusal.exit
        }
    };
    ExitCode::from(exit.code())
}

/// Suggests the command that does what an unknown option asks for.
fn explain(error: clap::Error) -> clap::Error {
    let unknown = error.get(ContextKind::InvalidArg);
    if matches!(unknown, Some(ContextValue::String(name)) if name == "--dry-run") {
        let what = "unexpected argument '--dry-run'; did you mean `kling-build plan`?\n";
        return Arguments::command().error(ErrorKind::UnknownArgument, what);
    }
    error
}

/// Refuses a first word that is neither a command nor a file.
fn refuse_unknown_command(storyboard: &Path) -> Result<(), Refusal> {
    let name = storyboard.to_string_lossy();
    if name.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !storyboard.exists() {
        let what = format!("no command or file named `{name}`");
        let error = Diagnostic::error("file-not-found", what).fix("see `kling-build --help`");
        return Err(Refusal::usage(error));
    }
    Ok(())
}

fn perform(arguments: Arguments) -> Result<Exit, Refusal> {
    match arguments.command {
        None => {
            refuse_unknown_command(&arguments.build.planning.film.storyboard)?;
            build::build(&arguments.build)
        }
        Some(Command::Build(arguments)) => build::build(&arguments),
        Some(Command::Plan(arguments)) => inspect::plan(&arguments),
        Some(Command::Check(arguments)) => inspect::check(&arguments),
        Some(Command::Expand(arguments)) => inspect::expand(&arguments),
        Some(Command::Graph(arguments)) => inspect::graph(&arguments),
        Some(Command::Status(arguments)) => inspect::status(&arguments),
        Some(Command::Takes(arguments)) => takes::takes(&arguments),
        Some(Command::Reroll(arguments)) => takes::reroll(&arguments),
        Some(Command::Promote(arguments)) => takes::promote(&arguments),
        Some(Command::Pick(arguments)) => takes::pick(&arguments),
        Some(Command::Pin(arguments)) => takes::pin(&arguments),
        Some(Command::Reject(arguments)) => takes::reject(&arguments),
        Some(Command::Note(arguments)) => takes::note(&arguments),
        Some(Command::Undo(arguments)) => takes::undo(&arguments),
        Some(Command::Adopt(arguments)) => takes::adopt(&arguments),
        Some(Command::Settle(arguments)) => upkeep::settle(&arguments),
        Some(Command::Salvage(arguments)) => upkeep::salvage(&arguments),
        Some(Command::Doctor(arguments)) => upkeep::doctor(&arguments),
        Some(Command::Store(command)) => upkeep::store(&command),
        Some(Command::Init(arguments)) => project::init(&arguments),
        Some(Command::Catalog(arguments)) => project::catalog(&arguments),
        Some(Command::Schema(arguments)) => project::schema(arguments.format),
        Some(Command::Sim(arguments)) => sim::sim(&arguments),
        Some(Command::Completions(arguments)) => project::completions(&arguments),
        Some(Command::Man(arguments)) => project::man(&arguments),
    }
}

fn color_of(arguments: &Arguments) -> ColorWhen {
    match &arguments.command {
        None => arguments.build.planning.film.color,
        Some(Command::Build(arguments)) => arguments.planning.film.color,
        Some(Command::Plan(arguments)) => arguments.planning.film.color,
        Some(Command::Check(arguments)) => arguments.film.color,
        Some(Command::Expand(arguments)) => arguments.film.color,
        Some(Command::Graph(arguments)) => arguments.planning.film.color,
        Some(Command::Status(arguments)) => arguments.planning.film.color,
        Some(Command::Reroll(arguments)) => arguments.build.planning.film.color,
        Some(Command::Promote(arguments)) => arguments.build.planning.film.color,
        Some(_) => ColorWhen::Auto,
    }
}

/// Sends developers' log messages to stderr: warnings always, more with `-v`.
fn trace(arguments: &Arguments) {
    let verbose = match &arguments.command {
        None => arguments.build.verbose,
        Some(Command::Build(arguments)) => arguments.verbose,
        Some(Command::Reroll(arguments)) => arguments.build.verbose,
        Some(Command::Promote(arguments)) => arguments.build.verbose,
        Some(_) => 0,
    };
    let level = match verbose {
        0 => "kling_build=warn",
        1 => "kling_build=info",
        _ => "kling_build=debug",
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_writer(std::io::stderr)
        .without_time()
        .with_target(false)
        .log_internal_errors(false)
        .init();
}
