//! Notes below a plan: what its user should know before paying, besides the price.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use crate::base::text::count;
use crate::base::{Credits, Moment, SceneId};
use crate::catalog::{ModelId, PriceSource, Setting};
use crate::plan::{Plan, PlannedTake, Project, ProviderChoice};
use crate::report::format::text::seconds;
use crate::storyboard::SceneField;

/// After how many days a price is pointed out as old: prices change without notice.
pub const PRICE_OLD_AFTER_DAYS: u64 = 60;
/// How many scenes a note names.
pub(super) const NAMED_MAX: usize = 3;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn paid(plan: &Plan) -> impl Iterator<Item = &PlannedTake> {
    plan.takes.iter().filter(|take| take.credits_max > Credits::ZERO)
}

/// That a lost take could not be made again, where its model takes no seed.
pub fn unsent_seeds(plan: &Plan, project: &Project) -> Option<String> {
    let is_unsent = |take: &&PlannedTake| {
        let scene = project.scene(take.position);
        let model = project.model(take.position);
        scene.clip().is_some_and(|clip| clip.seed.is_some())
            && !model.sends(scene.scene_type(), "seed")
    };
    let unsent: BTreeSet<&ModelId> =
        paid(plan).filter(is_unsent).map(|take| &project.scene(take.position).model).collect();
    if unsent.is_empty() {
        return None;
    }
    let models: Vec<String> = unsent.iter().map(|model| format!("`{model}`")).collect();
    Some(format!(
        "note: the API takes no seed for {}: made again, a take\n  differs; the lock and the store \
         are what keeps it\n",
        models.join(", ")
    ))
}

/// Of which scenes more is paid for than is used.
pub fn unused_seconds(plan: &Plan, project: &Project) -> Option<String> {
    let mut longest: HashMap<&SceneId, f64> = HashMap::new();
    let of_cut = |millis: Option<u64>| millis.map_or(f64::INFINITY, |it| it as f64 / 1_000.0);
    for clip in project.film.cuts.iter().flat_map(|cut| &cut.clips) {
        let longest = longest.entry(&clip.scene).or_default();
        *longest = longest.max(of_cut(clip.used_millis));
    }
    let mut parts: Vec<String> = Vec::new();
    for take in paid(plan) {
        let in_no_cut = || of_cut(project.scene(take.position).used_millis);
        let used = longest.get(&take.scene).copied().unwrap_or_else(in_no_cut);
        let all = project.seconds(take.position);
        if used < all {
            let part = format!("`{}` {}, {} used", take.scene, seconds(all), seconds(used));
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    let more = match parts.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    parts.truncate(NAMED_MAX);
    let note =
        || format!("note: cuts use a part of what is paid for: {}{more}\n", parts.join("; "));
    (!parts.is_empty()).then(note)
}

/// That scenes are silent whose models can make sound, where nothing says so.
pub fn unsaid_sound(plan: &Plan, project: &Project) -> Option<String> {
    let is_unsaid = |take: &&PlannedTake| {
        let scene = project.scene(take.position);
        let is_written = project.film.place_of_value(scene, SceneField::Sound).is_some();
        project.model(take.position).setting(Setting::Sound).is_some() && !is_written
    };
    let silent: BTreeSet<&SceneId> = paid(plan).filter(is_unsaid).map(|take| &take.scene).collect();
    let first = silent.first()?;
    let scenes = match silent.len() - 1 {
        0 => format!("`{first}` is"),
        more => format!("`{first}` and {} are", count(more, "more scene")),
    };
    Some(format!(
        "note: {scenes} silent, because nothing says otherwise; `sound: true` adds\n  sound, at a \
         higher price\n"
    ))
}

/// The models of a plan whose prices were read long ago, each in a line of its own. A rehearsal
/// costs nothing, whatever its prices.
pub fn old_prices(plan: &Plan, project: &Project) -> Vec<String> {
    if project.options.provider != ProviderChoice::Kling {
        return Vec::new();
    }
    let mut old: BTreeMap<&ModelId, &PriceSource> = BTreeMap::new();
    for take in paid(plan) {
        let model = project.model(take.position);
        if price_age_in_days(&model.price.source, project.options.now) > PRICE_OLD_AFTER_DAYS {
            old.insert(&model.id, &model.price.source);
        }
    }
    let words = |(model, source): (&ModelId, &PriceSource)| {
        let days = price_age_in_days(source, project.options.now);
        let days = count(usize::try_from(days).unwrap_or(usize::MAX), "day");
        format!(
            "note: the price of `{model}` is {days} old (seen {}, {}); compare it with \
             https://kie.ai/pricing\n",
            source.seen, source.source
        )
    };
    old.into_iter().map(words).collect()
}

/// How many days ago prices were read.
pub fn price_age_in_days(source: &PriceSource, now: Moment) -> u64 {
    let begins = source.seen.to_zoned(jiff::tz::TimeZone::UTC);
    let seen = begins.map_or(0, |at| at.timestamp().as_millisecond());
    now.since(Moment::from_millis(seen)).as_secs() / DAY.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_grows_old() {
        let seen = "2026-10-06".parse().unwrap();
        let source = PriceSource { seen, source: "a page".into() };
        let at = |text: &str| price_age_in_days(&source, text.parse().unwrap());
        assert_eq!(at("2026-10-06T12:00:00Z"), 0);
        assert_eq!(at("2026-12-05T00:00:00Z"), 60);
        assert_eq!(at("2026-12-06T00:00:00Z"), 61);
        assert_eq!(at("2026-01-01T00:00:00Z"), 0, "a clock that is wrong");
    }
}
