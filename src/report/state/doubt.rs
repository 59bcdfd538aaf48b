//! Doubts: everything known about a request that may be running, so that a person can find it in
//! the provider's log and decide.

use serde_json::Value;

use crate::base::FilmCommands;
use crate::base::text::{clean, shorten};
use crate::plan::{Listing, SubmissionOutcome, recipe_fields};
use crate::report::format::commands::settle;
use crate::report::format::text::money;
use crate::store::LedgerRow;

/// The widest prompt in columns of the terminal: enough to search for.
const PROMPT_MAX: usize = 160;

/// A paragraph for each submission in doubt, with the commands that settle it.
pub fn doubts(unsettled: &[LedgerRow], commands: &FilmCommands) -> String {
    let in_doubt: Vec<&LedgerRow> =
        unsettled.iter().filter(|row| row.submission.outcome == SubmissionOutcome::Doubt).collect();
    let mut text = String::new();
    for row in &in_doubt {
        let of_scene = in_doubt.iter().filter(|other| other.scene == row.scene).count();
        text.push('\n');
        text.push_str(&doubt(row, commands, of_scene > 1));
    }
    text
}

fn doubt(row: &LedgerRow, commands: &FilmCommands, one_of_several: bool) -> String {
    let scene = clean(&row.scene);
    let sent = row.submission.intended_at.local_date_time();
    let said = match row.message.as_deref().map(clean) {
        Some(said) if !said.is_empty() => format!("{said}, before a task id came back"),
        _ => "no task id came back".to_string(),
    };
    let mut text = format!(
        "`{scene}` may be running at the provider and may cost up to {}\n  sent at {sent}: {said}\n",
        money(row.credits_max)
    );
    text.extend(asked(&row.recipe).map(|line| format!("  {line}\n")));
    // The ledger's scene was an id when it was recorded; if it is not valid now, there is no
    // command.
    if let Ok(scene) = row.scene.parse() {
        let number = one_of_several.then_some(row.id);
        let [task, not_sent] = settle(commands, &scene, number);
        text.push_str(&format!("  fix: {task}\n       {not_sent}\n"));
    }
    text
}

/// The request, in the fields by which the provider's log page can be searched.
fn asked(recipe: &Listing) -> impl Iterator<Item = String> {
    let shown = |name: &str| match recipe.get(name) {
        Some(Value::String(text)) => Some(clean(text)),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let fields = [
        shown(recipe_fields::MODEL),
        shown(recipe_fields::DURATION).map(|seconds| format!("{seconds} s")),
        shown(recipe_fields::RESOLUTION),
        shown(recipe_fields::ASPECT_RATIO),
        shown(recipe_fields::SEED).map(|seed| format!("seed {seed}")),
    ];
    let fields: Vec<String> = fields.into_iter().flatten().collect();
    let fields = (!fields.is_empty()).then(|| format!("requested: {}", fields.join(", ")));
    let prompt = shown(recipe_fields::PROMPT)
        .map(|prompt| format!("prompt: {}", shorten(&prompt, PROMPT_MAX)));
    fields.into_iter().chain(prompt)
}
