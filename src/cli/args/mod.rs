//! The arguments of the command line. They are only parsed here.

pub mod values;
pub mod film;
pub mod build;
pub mod inspect;
pub mod project;
pub mod takes;
pub mod upkeep;
pub mod sim;

use clap::{Parser, Subcommand};

use build::BuildArgs;
use inspect::{CheckArgs, ExpandArgs, GraphArgs, PlanArgs, StatusArgs};
use project::{CatalogArgs, CompletionsArgs, InitArgs, ManArgs, SchemaArgs};
use sim::SimArgs;
use takes::{
    AdoptArgs, NoteArgs, PickArgs, PinArgs, PromoteArgs, RejectArgs, RerollArgs, TakesArgs,
    UndoArgs,
};
use upkeep::{DoctorArgs, SalvageArgs, SettleArgs, StoreCommand};

/// Turns a YAML storyboard kept in git into videos, and never pays for the same take twice.
#[derive(Debug, Parser)]
#[command(
    name = "kling-build",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Exit codes: 0 done, 1 a take or cut failed, 2 bad usage or storyboard, \
                  3 a decision is needed (budget, doubt, --locked), 130 interrupted.\n\n\
                  Environment: KIE_API_KEY, KIE_API_BASE, KIE_UPLOAD_BASE, KIE_WEBHOOK_SECRET, \
                  KLING_BUILD_HOME, NO_COLOR."
)]
pub struct Arguments {
    /// The command, if one is given.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The arguments of the build that runs when no command is given.
    #[command(flatten)]
    pub build: BuildArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build the film; the default when no command is given
    Build(Box<BuildArgs>),
    /// Show what a build would do, why, and its maximum cost; writes nothing
    Plan(PlanArgs),
    /// Check the storyboard and its files; works offline and without a key
    Check(CheckArgs),
    /// Print the resolved film as a storyboard, with every default filled in, every template
    /// rendered and the origin of each value; writes nothing
    Expand(ExpandArgs),
    /// Draw the dependencies between scenes
    Graph(GraphArgs),
    /// Show existing takes, running tasks and requests whose outcome is unknown
    Status(StatusArgs),
    /// List the takes of each scene, or write them as files
    Takes(TakesArgs),
    /// Make and pay for more takes of scenes, to choose from
    Reroll(Box<RerollArgs>),
    /// Make and pay for the finals of drafts that were made with a profile
    Promote(Box<PromoteArgs>),
    /// Choose the take that the film uses; free, and the storyboard stays as it is
    Pick(PickArgs),
    /// Keep a take whatever the storyboard says
    Pin(PinArgs),
    /// Mark takes that the film never uses
    Reject(RejectArgs),
    /// Write a note on a take
    Note(NoteArgs),
    /// Take back the latest pick, pin, rejection, note or adoption
    Undo(UndoArgs),
    /// Use an existing video as a take: a file, or one that the provider has
    Adopt(AdoptArgs),
    /// Resolve a request whose outcome is unknown
    Settle(SettleArgs),
    /// Download every video that the provider still has and that is missing here; free
    Salvage(SalvageArgs),
    /// Look at everything that a build relies on; free, makes nothing
    Doctor(DoctorArgs),
    /// Manage stored videos: list, verify, clean up
    #[command(subcommand)]
    Store(StoreCommand),
    /// Create a small starter film; overwrites nothing
    Init(InitArgs),
    /// List the models with their limits and prices
    Catalog(CatalogArgs),
    /// Print the JSON Schema of a file or output format
    Schema(SchemaArgs),
    /// Run a local simulation of the API, to rehearse without paying
    Sim(SimArgs),
    /// Print the script that completes commands, scenes and profiles in a shell
    Completions(CompletionsArgs),
    /// Print the man page of the program, or write those of all commands
    Man(ManArgs),
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::base::{FilmCommands, FilmOption};
    use clap::CommandFactory;

    #[test]
    fn arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn commands_in_hints_have_only_options_that_exist() {
        let options = [
            FilmOption::Profile("draft".parse().unwrap()),
            FilmOption::Api("jobs".into()),
            FilmOption::Catalog("models.yaml".into()),
            FilmOption::Var("look=fog".into()),
            FilmOption::Vars("en.yaml".into()),
            FilmOption::AllowOutside,
            FilmOption::BuildDir("out".into()),
        ];
        let film = FilmCommands::new("film.yaml", options);
        for (subcommand, words, flags) in [
            ("", "a", "--preview"),
            ("plan", "a", ""),
            ("status", "", ""),
            ("graph", "", ""),
            ("reroll", "a", ""),
            ("takes", "a", ""),
            ("pick", "a 1", ""),
            ("pin", "a 1", ""),
            ("reject", "a 1", ""),
            ("note", "a 1", ""),
            ("undo", "", ""),
            ("adopt", "a b.mp4", ""),
            ("settle", "a", "--gone --take 2"),
            ("catalog", "", ""),
        ] {
            let line = film.command(subcommand, words, flags);
            let parsed = Arguments::try_parse_from(line.split(' '));
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        }
    }

    #[test]
    fn a_storyboard_without_a_command_is_built() {
        let bare = Arguments::parse_from(["kling-build", "film.yaml", "a", "b+", "--preview"]);
        assert!(bare.command.is_none());
        assert_eq!(bare.build.planning.film.storyboard, PathBuf::from("film.yaml"));
        assert_eq!(bare.build.planning.scenes.scenes, ["a", "b+"]);
        let plan = Arguments::parse_from(["kling-build", "plan", "film.yaml"]);
        assert!(matches!(plan.command, Some(Command::Plan(_))));
    }
}
