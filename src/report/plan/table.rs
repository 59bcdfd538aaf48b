//! The plan as a table: for each scene the action, the reason, and the maximum cost.

use std::collections::BTreeSet;

use super::notes::{NAMED_MAX, unsaid_sound, unsent_seeds, unused_seconds};
use crate::base::Credits;
use crate::base::text::{clean, grouped, shorten, width, wrap};
use crate::plan::{ActionWord, Plan, PlannedTake, Project, ProviderFamily};
use crate::report::format::style::TermStyle;
use crate::report::format::table::{Cell, Column, Table};
use crate::report::format::text::{money, scenes_and_takes, seconds};

/// The width that a table keeps to, in columns, where names leave room.
const TABLE_COLUMNS: usize = 80;
/// The columns of a row besides its name and its reason: action, price, and the space between.
const OTHER_COLUMNS: usize = 24;
/// The fewest columns for reasons, however long the names are.
const WHY_MIN: usize = 32;
/// The longest reason in columns, on all its lines; paths and addresses can be any length.
const WHY_MAX: usize = 160;
/// The fewest columns for names.
const NAME_MIN: usize = 8;
/// Each action with the word used when counting it.
const COUNTED: [(ActionWord, &str); 7] = [
    (ActionWord::Reuse, "reused"),
    (ActionWord::Same, "shared"),
    (ActionWord::Restore, "restored"),
    (ActionWord::Resume, "resumed"),
    (ActionWord::Generate, "to generate"),
    (ActionWord::Wait, "waiting"),
    (ActionWord::Ask, "to decide"),
];

/// The plan for people: a row per scene, the totals, and notes on assumptions.
///
/// A scene's first reason is in its row, the others below it. Long reasons are continued there, so
/// that the table fits into 80 columns unless names are long.
pub fn plan_table(plan: &Plan, project: &Project, color: bool) -> String {
    let digits = digits_of(plan);
    let name = plan.takes.iter().map(|take| width(take.scene.as_str())).max().unwrap_or(0);
    let why_columns = TABLE_COLUMNS.saturating_sub(name.max(NAME_MIN) + OTHER_COLUMNS).max(WHY_MIN);
    let mut table = Table::new([
        Column::left("SCENE").at_least(NAME_MIN),
        Column::left("ACTION").at_least(8),
        Column::left("WHY"),
        Column::right("CREDITS"),
    ]);
    for take in &plan.takes {
        let mut reasons = take
            .reasons
            .iter()
            .flat_map(|reason| wrap(&shorten(&clean(&reason.to_string()), WHY_MAX), why_columns));
        table.row([
            Cell::new(take.scene.as_str()),
            Cell::new(take.word().as_str()).tone(TermStyle::of(take.word())),
            Cell::new(reasons.next().unwrap_or_default()),
            Cell::new(price(take, digits)),
        ]);
        for reason in reasons {
            table.row([Cell::default(), Cell::default(), Cell::new(reason)]);
        }
    }
    let mut text = table.print(color);
    text.push_str(&totals(plan, project));
    text.push('\n');
    text.push_str(&assumed_lengths(plan, project));
    text.extend(unused_seconds(plan, project));
    text.extend(unsent_seeds(plan, project));
    text.extend(unsaid_sound(plan, project));
    text
}

/// For each scene with other takes to be made: which takes go stale if one of those is picked,
/// because they use it, and what they cost. Empty if there are none.
pub fn what_a_pick_costs(plan: &Plan, project: &Project) -> String {
    let rolled: BTreeSet<usize> =
        plan.takes.iter().filter(|take| take.roll.is_some()).map(|take| take.position).collect();
    let mut text = String::new();
    for at in rolled {
        let followers = project.graph.take_followers(at);
        let is_stale = |at: &usize| project.locked(*at).is_some() && project.pinned(*at).is_none();
        let stale: Vec<usize> = followers.into_iter().filter(is_stale).collect();
        if stale.is_empty() {
            continue;
        }
        let names = stale.iter().take(NAMED_MAX).map(|at| format!("`{}`", project.scene(*at).id));
        let names: Vec<String> = names.collect();
        let more = match stale.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let cost: Credits = stale.iter().map(|at| project.price(*at, &|_| None)).sum();
        text.push_str(&format!(
            "note: picking another take of `{}` makes {}{more} stale, {} to make again\n",
            project.scene(at).id,
            names.join(", "),
            money(cost)
        ));
    }
    text
}

/// The line below the table: the number of scenes of each action, and the maximum cost.
pub fn totals(plan: &Plan, project: &Project) -> String {
    let counts: Vec<String> = COUNTED
        .iter()
        .map(|(action, word)| (plan.count(*action), word))
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{} {word}", grouped(number)))
        .collect();
    let scenes = scenes_and_takes(plan.scenes().count(), plan.takes.len());
    let counts =
        if counts.is_empty() { scenes } else { format!("{scenes}: {}", counts.join(", ")) };
    format!("{counts} · {}", cost(plan, project.options.provider.family()))
}

fn cost(plan: &Plan, family: ProviderFamily) -> String {
    let credits = plan.credits_max();
    match family {
        ProviderFamily::Preview | ProviderFamily::Drawn => {
            return "a preview, nothing to pay".to_string();
        }
        _ if credits == Credits::ZERO => return "nothing to pay".to_string(),
        ProviderFamily::Kling | ProviderFamily::KlingRehearsal => {}
    }
    let worth = match family {
        ProviderFamily::KlingRehearsal => "simulated".to_string(),
        _ => credits.dollars(),
    };
    match plan.budget {
        Some(budget) if credits > budget => {
            format!("at most {} ({worth}), over the budget of {budget}", credits.with_unit())
        }
        Some(budget) => format!("at most {credits} of {} ({worth})", budget.with_unit()),
        None => format!("at most {} ({worth})", credits.with_unit()),
    }
}

/// The price of a take; `≤` if it waits, because its take may turn out to exist already.
fn price(take: &PlannedTake, digits: usize) -> String {
    match take.word() {
        ActionWord::Wait if take.credits_max > Credits::ZERO => {
            format!("≤ {:>digits$}", take.credits_max)
        }
        _ => take.credits_max.to_string(),
    }
}

/// The width of the widest amount, including the total.
fn digits_of(plan: &Plan) -> usize {
    let amounts = plan.takes.iter().map(|take| take.credits_max);
    let amounts = amounts.chain([plan.credits_max()]);
    amounts.map(|amount| width(&amount.to_string())).max().unwrap_or(0)
}

/// Lists prices that depend on an assumption, and how to replace it with a fact.
fn assumed_lengths(plan: &Plan, project: &Project) -> String {
    let voices = assumed(plan, project, Project::voice_length_assumed).map(|(named, longest)| {
        format!(
            "note: the length of the voice of {named} cannot be read from its URL; the longest \
             that the API allows is assumed ({longest})\n  \
             fix: give its length in seconds with `duration:`\n"
        )
    });
    let videos = assumed(plan, project, Project::video_length_assumed).map(|(named, longest)| {
        format!(
            "note: the length of the video of {named} cannot be read from its URL; the longest \
             that the model accepts is assumed ({longest})\n  \
             fix: save the video in the project and write its path\n"
        )
    });
    voices.into_iter().chain(videos).collect()
}

/// The takes whose length is assumed: their names, and the length and price of the first.
fn assumed(
    plan: &Plan,
    project: &Project,
    is_assumed: impl Fn(&Project, usize) -> bool,
) -> Option<(String, String)> {
    let assumed: Vec<&PlannedTake> = plan
        .takes
        .iter()
        .filter(|take| {
            matches!(take.word(), ActionWord::Generate | ActionWord::Wait | ActionWord::Same)
        })
        .filter(|take| is_assumed(project, take.position))
        .collect();
    let first = assumed.first()?;
    let named: Vec<String> =
        assumed.iter().take(NAMED_MAX).map(|take| format!("`{}`", take.scene)).collect();
    let more = match assumed.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let longest = seconds(project.seconds(first.position));
    let most = if first.credits_max > Credits::ZERO {
        format!(", {}", money(first.credits_max))
    } else {
        String::new()
    };
    Some((format!("{}{more}", named.join(", ")), format!("{longest}{most}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ProviderChoice;
    use crate::report::fixture::{self, NOW};
    use crate::storyboard::SceneInput;

    #[test]
    fn looks_as_the_style_guide_says() {
        let (project, plan) = fixture::harbor();
        assert_eq!(
            plan_table(&plan, &project, false),
            "SCENE      ACTION     WHY                            CREDITS\n\
             dawn       reuse      up to date                           0\n\
             harbor     generate   prompt changed: \"…fog\" → \"…rain\"    50\n\
             chase      wait       takes the last frame of harbor   ≤  50\n\
             title      resume     task kling_8f31c2 is still open      0\n\
             4 scenes: 1 reused, 1 resumed, 1 to generate, 1 waiting \
             · at most 100 of 300 credits ($0.50)\n"
        );
    }

    #[test]
    fn shows_every_reason_and_every_assumption() {
        let (project, plan) = fixture::odd();
        // The time of the doubt is shown in the reader's time zone.
        let text = plan_table(&plan, &project, false);
        let local = NOW.local_date_time();
        assert!(text.contains(&local));
        assert!(
            text.lines().take(plan.takes.len()).all(|line| width(line) <= TABLE_COLUMNS),
            "{text}"
        );
        insta::assert_snapshot!(text.replace(&local, "2026-03-01 14:02:10"));
    }

    #[test]
    fn hostile_text_is_cleaned_and_colour_only_adds() {
        let (project, plan) = fixture::odd();
        let plain = plan_table(&plan, &project, false);
        assert!(!plain.contains(|c: char| c.is_control() && c != '\n'), "{plain:?}");
        let painted = plan_table(&plan, &project, true);
        assert!(painted.contains("\u{1b}[33mgenerate\u{1b}[0m"), "{painted:?}");
        let lines = |text: &str| text.lines().map(clean).collect::<Vec<_>>();
        assert_eq!(lines(&painted), lines(&plain));
    }

    #[test]
    fn says_what_it_costs() {
        let scenes = || vec![fixture::t2v("a", "one")];
        let line = |maker, budget: Option<i64>| {
            let project = fixture::project(scenes(), maker);
            let mut plan = fixture::plan(&project, &Default::default());
            plan.budget = budget.map(Credits::whole);
            totals(&plan, &project)
        };
        assert_eq!(
            line(ProviderChoice::Kling, None),
            "1 scene: 1 to generate · at most 50 credits ($0.25)"
        );
        assert_eq!(
            line(ProviderChoice::Kling, Some(1)),
            "1 scene: 1 to generate · at most 50 credits ($0.25), over the budget of 1"
        );
        assert_eq!(
            line(ProviderChoice::Rehearsal, Some(80)),
            "1 scene: 1 to generate · at most 50 of 80 credits (simulated)"
        );
        assert_eq!(
            line(ProviderChoice::Preview(1), Some(80)),
            "1 scene: 1 to generate · a preview, nothing to pay"
        );
    }

    #[test]
    fn note_lists_only_a_few_of_many_scenes() {
        let voice = || SceneInput::Url("https://example.com/a.mp3".into(), None);
        let scenes = (0..5).map(|at| fixture::avatar(&format!("host-{at}"), voice())).collect();
        let project = fixture::project(scenes, ProviderChoice::Kling);
        let plan = fixture::plan(&project, &Default::default());
        let note = assumed_lengths(&plan, &project);
        assert!(note.contains("`host-0`, `host-1`, `host-2` and 2 more cannot"), "{note}");
    }
}
