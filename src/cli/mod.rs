//! The command line: arguments, commands, progress, exit codes.
//!
//! Data that was asked for goes to stdout, everything else to stderr.

mod args;
mod build;
mod environment;
mod init;
mod look;
mod runtime;
mod salvage;
mod schema;
mod settle;
mod sim;
mod store;
mod terminal;
mod values;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::catalog::Catalog;
use crate::report::{CatalogDocument, catalog_table, render};
use crate::runner::{Exit, Refusal};
use args::{Arguments, Command};

/// Runs the command that the arguments name and says how it ended.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let color = color_of(&arguments);
    trace(&arguments);
    let exit = match perform(arguments) {
        Ok(exit) => exit,
        Err(refusal) => {
            eprint!("{}", render(&refusal.diagnostics, terminal::stderr_color(color)));
            refusal.exit
        }
    };
    ExitCode::from(exit.code())
}

fn perform(arguments: Arguments) -> Result<Exit, Refusal> {
    match arguments.command {
        None => build::build(&arguments.build),
        Some(Command::Build(arguments)) => build::build(&arguments),
        Some(Command::Plan(arguments)) => look::plan(&arguments),
        Some(Command::Check(arguments)) => look::check(&arguments),
        Some(Command::Expand(arguments)) => look::expand(&arguments),
        Some(Command::Graph(arguments)) => look::graph(&arguments),
        Some(Command::Status(arguments)) => look::status(&arguments),
        Some(Command::Settle(arguments)) => settle::settle(&arguments),
        Some(Command::Salvage(arguments)) => salvage::salvage(&arguments),
        Some(Command::Store(command)) => store::store(&command),
        Some(Command::Init(arguments)) => init::init(&arguments),
        Some(Command::Catalog(arguments)) => {
            let catalog = Catalog::embedded();
            print(&if arguments.json {
                CatalogDocument::of(catalog).print()
            } else {
                catalog_table(catalog)
            })
        }
        Some(Command::Schema(arguments)) => schema::schema(arguments.format),
        Some(Command::Sim(arguments)) => sim::sim(&arguments),
        Some(Command::Completions(arguments)) => {
            let mut text = Vec::new();
            let mut command = Arguments::command();
            clap_complete::generate(arguments.shell, &mut command, "kling-build", &mut text);
            print(&String::from_utf8_lossy(&text))
        }
    }
}

/// Prints data that was asked for.
fn print(text: &str) -> Result<Exit, Refusal> {
    let fix = "see where the output goes";
    terminal::print(text).map_err(|error| Refusal::machine("stdout", error, fix))?;
    Ok(Exit::Done)
}

fn color_of(arguments: &Arguments) -> args::ColorWhen {
    match &arguments.command {
        None => arguments.build.planning.film.color,
        Some(Command::Build(arguments)) => arguments.planning.film.color,
        Some(Command::Plan(arguments)) => arguments.planning.film.color,
        Some(Command::Check(arguments)) => arguments.film.color,
        Some(Command::Expand(arguments)) => arguments.film.color,
        Some(Command::Graph(arguments)) => arguments.planning.film.color,
        Some(Command::Status(arguments)) => arguments.planning.film.color,
        Some(_) => args::ColorWhen::Auto,
    }
}

/// Sends what the parts note for developers to stderr: warnings always, more with `-v`.
fn trace(arguments: &Arguments) {
    let verbose = match &arguments.command {
        None => arguments.build.verbose,
        Some(Command::Build(arguments)) => arguments.verbose,
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
        .init();
}
