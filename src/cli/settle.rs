//! `settle`: a person decides a doubt.

use super::args::SettleArgs;
use super::environment;
use crate::base::TaskId;
use crate::provider::TaskStatus;
use crate::runner::{Exit, Options, Refusal, Session, SessionAccess, system_clock};

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
        Session::open(options, environment, system_clock(), SessionAccess::Yes, &mut |holder| {
            eprintln!("waiting: {holder}");
        })?;
    let doubt = session.doubt_of(&arguments.scene, arguments.doubt)?;
    let sent = doubt.submission.intended_at.local_date_time();
    let said = match &arguments.task {
        Some(task) => {
            let task = TaskId::new(task.as_str());
            let next = match session.settle_as(&doubt, &task)? {
                TaskStatus::Generating => "the next build continues with it".to_string(),
                TaskStatus::Succeeded(_) => {
                    "it has finished; the next build downloads its video".to_string()
                }
                TaskStatus::Failed(fault) => format!(
                    "it failed without a video ({fault}); a build pays for another only with \
                     `--retry-failed 1`"
                ),
            };
            format!("the request sent {sent} is task {task}; {next}")
        }
        None => {
            session.settle_not_sent(&doubt)?;
            format!("the request sent {sent} was never received; the next build sends it again")
        }
    };
    eprintln!("settled {}: {said}", arguments.scene);
    Ok(Exit::Done)
}
