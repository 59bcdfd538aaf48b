//! The store report: what is stored, what is damaged, and what could be removed.

use crate::base::text::{clean, count};
use crate::base::{Credits, Digest, Moment, quoted};
use crate::report::format::table::{Cell, Column, Table};
use crate::report::format::text::{bytes, money};
use crate::store::{Damage, DamageKind, Garbage, KnownArtifact};

/// An artifact of the store.
#[derive(Clone, Debug)]
pub struct StoredArtifact {
    /// Its digest.
    pub digest: Digest,
    /// The length of its file in bytes.
    pub bytes: u64,
    /// Its owner, if the ledger knows it.
    pub artifact: Option<KnownArtifact>,
}

/// The store as a table: each video's owner, cost and size.
pub fn stock_table(stock: &[StoredArtifact], color: bool) -> String {
    let mut table = table();
    for stocked in stock {
        let stored = stocked.artifact.as_ref().map(|artifact| artifact.stored_at);
        table.row(row(stocked.artifact.as_ref(), stocked.digest, stocked.bytes, stored));
    }
    let size: u64 = stock.iter().map(|stocked| stocked.bytes).sum();
    let paid = stock.iter().filter_map(|stocked| stocked.artifact.as_ref());
    let credits = credits_of(paid);
    let rows = if stock.is_empty() { String::new() } else { table.print(color) };
    format!(
        "{rows}{} · {} · made for {}\n",
        count(stock.len(), "video"),
        bytes(size),
        money(credits)
    )
}

/// Removable videos as a table, and the locks that could not be read.
pub fn garbage_table(garbage: &Garbage, age_days: u32, color: bool) -> String {
    let mut table = table();
    for unused in &garbage.unused {
        let artifact = Some(&unused.artifact);
        table.row(row(artifact, unused.artifact.digest, unused.bytes, Some(unused.since)));
    }
    let days = count(age_days as usize, "day");
    let mut text = match garbage.unused.len() {
        0 => format!("nothing to remove: every video was used in the last {days}\n"),
        all => {
            let size: u64 = garbage.unused.iter().map(|unused| unused.bytes).sum();
            let paid = credits_of(garbage.unused.iter().map(|unused| &unused.artifact));
            format!(
                "{}{} · {} · made for {} · unused for {days}\n",
                table.print(color),
                count(all, "video"),
                bytes(size),
                money(paid),
            )
        }
    };
    if garbage.unknown.0 > 0 {
        let (videos, size) = (count(garbage.unknown.0, "video"), bytes(garbage.unknown.1));
        text.push_str(&format!(
            "note: {videos} ({size}) are kept because the ledger does not know their film\n"
        ));
    }
    for (lock, why) in &garbage.blind {
        let path = clean(&lock.path);
        text.push_str(&format!(
            "note: `{path}` cannot be read ({}), so every video that its film might use is kept; if \
             that film no longer exists: `kling-build store gc --forget {}`\n",
            clean(why),
            quoted(&lock.path),
        ));
    }
    text
}

/// A damaged artifact: its owner, where it was moved, and how to get the take back.
pub fn damage_text(
    damage: &Damage,
    artifact: Option<&KnownArtifact>,
    kept_until: impl Fn(Moment) -> Option<u32>,
) -> String {
    let whose = match artifact.and_then(|artifact| artifact.origin.as_ref()) {
        Some(origin) => format!("`{}` of {}", clean(&origin.scene), clean(&origin.storyboard)),
        None => "a video unknown to the ledger".to_string(),
    };
    let mut text = match &damage.kind {
        DamageKind::Moved { bytes: length, to, .. } => format!(
            "damaged: {whose}, {}, {}\n  moved to `{}`\n",
            damage.digest.short(),
            bytes(*length),
            to.display()
        ),
        DamageKind::Stays(why) => {
            format!("damaged: {whose}, {}: {}\n", damage.digest.short(), clean(why))
        }
    };
    if let DamageKind::Stays(_) = damage.kind {
        text.push_str("  fix: make the store readable and writable, then verify it again\n");
    } else if let Some(artifact) = artifact {
        let finished = artifact.origin.as_ref().and_then(|origin| origin.finished);
        let task = clean(artifact.task.as_str());
        text.push_str(&match finished.and_then(kept_until) {
            Some(days) => format!(
                "  fix: `kling-build salvage`, or the next build, fetches task {task} again for \
                 free; {} left at the provider\n",
                count(days as usize, "day")
            ),
            None => format!(
                "  fix: restore it from a backup; the provider has most likely deleted task {task}, \
                 and the next plan shows the price of a new take\n"
            ),
        });
    }
    text
}

fn table() -> Table {
    Table::new([
        Column::left("SCENE").at_least(8),
        Column::left("MODEL"),
        Column::right("CREDITS"),
        Column::right("SIZE"),
        Column::left("SINCE"),
        Column::left("VIDEO"),
        Column::left("STORYBOARD"),
    ])
}

fn row(
    artifact: Option<&KnownArtifact>,
    digest: Digest,
    length: u64,
    since: Option<Moment>,
) -> [Cell<'static>; 7] {
    let origin = artifact.and_then(|artifact| artifact.origin.as_ref());
    let or_dash = |text: Option<String>| Cell::new(text.unwrap_or_else(|| "–".into()));
    [
        or_dash(origin.map(|origin| clean(&origin.scene))),
        or_dash(origin.map(|origin| clean(&origin.model))),
        or_dash(origin.map(|origin| origin.credits_max.to_string())),
        Cell::new(bytes(length)),
        or_dash(since.map(|since| since.local_date_time())),
        Cell::new(digest.short()),
        or_dash(origin.map(|origin| clean(&origin.storyboard))),
    ]
}

fn credits_of<'a>(artifacts: impl Iterator<Item = &'a KnownArtifact>) -> Credits {
    artifacts.filter_map(|artifact| Some(artifact.origin.as_ref()?.credits_max)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Key, TaskId};
    use crate::report::fixture::NOW;
    use crate::store::{ArtifactOrigin, KnownLock, UnusedArtifact};

    fn artifact(scene: &str) -> KnownArtifact {
        KnownArtifact {
            digest: Digest::of(scene.as_bytes()),
            bytes: 132_000,
            task: TaskId::new(format!("kling_{scene}")),
            key: Key(Digest::of(b"recipe")),
            stored_at: NOW,
            origin: Some(ArtifactOrigin {
                scene: scene.into(),
                storyboard: "/my films/film\u{1b}[31m.yaml".into(),
                model: "kling-2-6".into(),
                family: "kling".into(),
                credits_max: Credits::whole(70),
                finished: Some(NOW),
            }),
        }
    }

    /// Times are shown in the reader's time zone.
    fn fixed(text: &str) -> String {
        text.replace(&NOW.local_date_time(), "2026-03-01 14:02:10")
    }

    #[test]
    fn a_store_is_listed() {
        let known = |scene: &str| StoredArtifact {
            digest: artifact(scene).digest,
            bytes: 132_000,
            artifact: Some(artifact(scene)),
        };
        let unknown = StoredArtifact { digest: Digest::of(b"?"), bytes: 7, artifact: None };
        let stock = [known("dawn"), known("harbor"), unknown];
        insta::assert_snapshot!(fixed(&stock_table(&stock, false)));
        assert_eq!(stock_table(&[], false), "0 videos · 0 B · made for 0 credits ($0.00)\n");
    }

    #[test]
    fn garbage_is_shown_before_it_is_removed() {
        let lock = KnownLock {
            path: "/my films/film.lock".into(),
            storyboard: "/my films/film.yaml".into(),
            forgotten: false,
        };
        let garbage = Garbage {
            unused: vec![UnusedArtifact { artifact: artifact("dawn"), bytes: 132_000, since: NOW }],
            kept: 3,
            unknown: (2, 14_000),
            blind: vec![(lock, "No such file or directory".into())],
        };
        insta::assert_snapshot!(fixed(&garbage_table(&garbage, 90, false)));
        assert_eq!(
            garbage_table(&Garbage::default(), 1, false),
            "nothing to remove: every video was used in the last 1 day\n"
        );
    }

    #[test]
    fn damage_report_says_how_to_get_the_take_back() {
        let moved = Damage {
            digest: artifact("dawn").digest,
            kind: DamageKind::Moved {
                found: Digest::of(b"torn"),
                bytes: 66_000,
                to: "/store/quarantine/file".into(),
            },
        };
        let stays = Damage { kind: DamageKind::Stays("cannot be read".into()), ..moved.clone() };
        let texts = [
            damage_text(&moved, Some(&artifact("dawn")), |_| Some(1)),
            damage_text(&moved, Some(&artifact("dawn")), |_| None),
            damage_text(&stays, None, |_| None),
        ];
        insta::assert_snapshot!(texts.join("\n"));
    }
}
