//! `settle`: a person decides a doubt.

use super::args::SettleArgs;
use super::environment;
use crate::base::{Diagnostic, TaskId};
use crate::plan::Outcome;
use crate::runner::{Exit, Options, Refusal, Session, Writes, system_clock};

/// Settles the doubt of a scene: it became a task, or it was never received.
pub fn settle(arguments: &SettleArgs) -> Result<Exit, Refusal> {
    let environment = environment::read(arguments.api_key_file.as_deref())?;
    let options = Options {
        storyboard: arguments.storyboard.clone(),
        vars: arguments.vars.clone(),
        vars_files: arguments.vars_files.clone(),
        ..Options::default()
    };
    let session =
        Session::open(options, environment, system_clock(), Writes::Yes, &mut |holder| {
            eprintln!("waiting: {holder} is building this storyboard");
        })?;
    let rows = session.unsettled()?;
    let doubt = rows
        .iter()
        .rev()
        .find(|row| row.scene == arguments.scene && row.submission.outcome == Outcome::Doubt);
    let Some(doubt) = doubt else {
        let what = format!("scene `{}` is not in doubt", arguments.scene);
        let film = arguments.storyboard.display();
        let fix = format!("`kling-build status {film}` shows which scenes are");
        return Err(Refusal::usage(Diagnostic::error("no-doubt", what).fix(fix)));
    };
    let now = session.now();
    let sent = doubt.submission.intended_at.local_date_time();
    let settled = match &arguments.task {
        Some(task) => {
            let task = TaskId::new(task.as_str());
            session.check_task(&task)?;
            session.ledger().settle_as(doubt.id, &task, now).map(|()| {
                format!("the submission of {sent} is task {task}: the next build goes on with it")
            })
        }
        None => session.ledger().settle_not_sent(doubt.id, now).map(|()| {
            format!("the submission of {sent} was not received: the next build sends it again")
        }),
    };
    let said = settled.map_err(|error| {
        Refusal::machine("ledger", error, "see whether the disk is full or read-only")
    })?;
    eprintln!("settled {}: {said}", arguments.scene);
    Ok(Exit::Done)
}
