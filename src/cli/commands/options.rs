//! Turns arguments into the options of a session.

use crate::cli::args::film::{FilmArgs, PlanningArgs, ScenesArgs};
use crate::cli::args::values::BudgetLimit;
use crate::plan::Selection;
use crate::runner::Options;

/// The session's options, from the arguments that all planning commands share.
pub fn planning_options(arguments: &PlanningArgs) -> Options {
    Options {
        selection: Selection {
            changed: arguments.changed,
            failed: arguments.failed,
            ..selection(&arguments.scenes)
        },
        preview: arguments.preview,
        build_dir: arguments.build_dir.clone(),
        budget: match arguments.budget {
            Some(BudgetLimit::Credits(credits)) => Some(credits),
            Some(BudgetLimit::Balance) | None => None,
        },
        retry_failed: arguments.retry_failed,
        ..film_options(&arguments.film)
    }
}

/// The scenes that the arguments select.
pub fn selection(arguments: &ScenesArgs) -> Selection {
    let ScenesArgs { scenes, exclude } = arguments.clone();
    Selection { scenes, exclude, ..Selection::default() }
}

/// The session's options, from the arguments of all commands that read a storyboard.
pub fn film_options(film: &FilmArgs) -> Options {
    Options {
        storyboard: film.storyboard.clone(),
        vars: film.vars.clone(),
        vars_files: film.vars_files.clone(),
        profile: film.profile.clone(),
        api: film.api,
        catalog: film.catalog.clone(),
        allow_outside: film.allow_outside,
        warnings: film.warnings.clone(),
        ..Options::default()
    }
}
