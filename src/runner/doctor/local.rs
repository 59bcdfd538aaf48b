//! This machine: the store, the disk, the tasks of earlier builds, prices and ffmpeg.

use std::process::{Command, Stdio};
use std::sync::Arc;

use super::checkup::Doctor;
use crate::base::text::count;
use crate::catalog::Model;
use crate::plan::{ProviderFamily, SubmissionOutcome};
use crate::provider::FilmBucket;
use crate::provider::kie::KieConfig;
use crate::report::{HealthFinding, PRICE_OLD_AFTER_DAYS, bytes, price_age_in_days};
use crate::runner::options::SessionAccess;
use crate::runner::store_access::OpenStore;
use crate::store::free_space;
use crate::storyboard::BucketPlace;

/// Less free space than this is pointed out, and less than this is a failure: a few videos.
const SPACE_NOTED: u64 = 2 << 30;
const SPACE_MIN: u64 = 200 << 20;

impl Doctor {
    /// Looks at the store: its ledger, its videos, and the tasks that earlier builds left open.
    pub(super) fn examine_store(&self) -> Vec<HealthFinding> {
        let clock = Arc::clone(&self.clock);
        let open = match OpenStore::open(&self.environment, clock, SessionAccess::ReadOnly) {
            Ok(open) => open,
            Err(refusal) => {
                let broken = |diagnostic: &crate::base::Diagnostic| {
                    let advice = diagnostic.fix.as_deref().unwrap_or_default();
                    HealthFinding::fail("store", diagnostic.message.clone(), advice)
                };
                return refusal.diagnostics.iter().map(broken).collect();
            }
        };
        let ledger = &open.store.ledger;
        let family = KieConfig::family_at(self.environment.api_base.as_deref());
        let family = family.unwrap_or(ProviderFamily::Kling);
        let unreadable = |error: crate::store::LedgerError| {
            vec![HealthFinding::fail("store", error.to_string(), error.fix())]
        };
        let (artifacts, tasks, doubts) = match (
            ledger.artifacts(),
            ledger.tasks(family.as_str()),
            ledger.doubts(family.as_str()),
        ) {
            (Ok(artifacts), Ok(tasks), Ok(doubts)) => (artifacts, tasks, doubts),
            (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => return unreadable(error),
        };
        let home = open.home.path().display();
        let held = |artifact: &&crate::store::KnownArtifact| {
            open.store.objects.holds(&artifact.digest, artifact.bytes)
        };
        let there = artifacts.iter().filter(held).count();
        let mut findings = vec![match artifacts.len() - there {
            0 => HealthFinding::ok("store", format!("{} in {home}", count(there, "video"))),
            gone => HealthFinding::note(
                "store",
                format!("{} in {home}, missing: {gone}", count(there, "video")),
                "`kling-build salvage` downloads what the provider still has",
            ),
        }];
        let is_open = |outcome: &SubmissionOutcome| matches!(outcome, SubmissionOutcome::Open(_));
        let running = tasks.iter().filter(|task| is_open(&task.submission.outcome)).count();
        let slots = self.catalog.dialect(self.api).limits.concurrent_tasks;
        findings.push(match running {
            _ if running < slots => {
                HealthFinding::ok("slots", format!("{} of {slots} are free", slots - running))
            }
            _ => HealthFinding::note(
                "slots",
                format!(
                    "{} may still be running, and {slots} may run at once",
                    count(running, "task")
                ),
                "a build waits until one of them ends; `kling-build salvage` fetches finished ones",
            ),
        });
        if !doubts.is_empty() {
            findings.push(HealthFinding::note(
                "doubts",
                format!("{} with an unknown outcome", count(doubts.len(), "request")),
                "`kling-build status` of each film says what is known; `settle` decides",
            ));
        }
        findings
    }

    /// Looks whether the environment has what the film's bucket needs; asks nobody.
    pub(super) fn examine_bucket(&self, place: &BucketPlace) -> HealthFinding {
        let (access, disk) = (&self.environment.bucket, Arc::clone(&self.environment.disk));
        match FilmBucket::new(place, access, disk) {
            Ok(_) => {
                let text =
                    format!("files are put into `{}`; its credentials are set", place.bucket);
                HealthFinding::ok("bucket", text)
            }
            Err(error) => HealthFinding::fail("bucket", error.to_string(), error.fix()),
        }
    }

    /// Looks at the free space of the store's disk and of the build directory's.
    pub(super) fn examine_disk(&self) -> Vec<HealthFinding> {
        let home = self.environment.home.as_ref().map(|home| home.path().to_path_buf());
        let folders = home.iter().map(|path| ("store", path)).chain([("build", &self.build_dir)]);
        let found = folders.filter_map(|(what, path)| {
            let free = free_space(path)?;
            let text = format!("{} free for {what}", bytes(free));
            Some(match free {
                _ if free < SPACE_MIN => HealthFinding::fail("disk", text, "make room"),
                _ if free < SPACE_NOTED => {
                    HealthFinding::note("disk", text, "make room before a long film")
                }
                _ => HealthFinding::ok("disk", text),
            })
        });
        found.collect()
    }

    /// Looks at the age of the prices.
    pub(super) fn examine_prices(&self) -> HealthFinding {
        let now = (self.clock)();
        let age = |model: &Model| price_age_in_days(&model.price.source, now);
        let models = &self.catalog.dialect(self.api).models;
        let oldest = models.iter().map(age).max().unwrap_or(0);
        let text = format!(
            "those of `{}` were read up to {} ago",
            self.api,
            count(usize::try_from(oldest).unwrap_or(usize::MAX), "day")
        );
        match oldest > PRICE_OLD_AFTER_DAYS {
            false => HealthFinding::ok("prices", text),
            true => HealthFinding::note(
                "prices",
                text,
                "compare them with https://kie.ai/pricing; a file for `--catalog` replaces them",
            ),
        }
    }

    /// Looks for ffmpeg, which only people need.
    pub(super) fn examine_ffmpeg(&self) -> HealthFinding {
        let mut command = Command::new("ffmpeg");
        command.arg("-version").stdin(Stdio::null()).stderr(Stdio::null());
        let said = command.output().ok().filter(|output| output.status.success());
        let first = said.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let version = first.as_deref().and_then(|text| text.strip_prefix("ffmpeg version "));
        let version = version.and_then(|text| text.split_whitespace().next());
        HealthFinding::ok(
            "ffmpeg",
            match version {
                Some(version) => format!("{version}; no command of this program needs it"),
                None => "not found, and not needed by any command of this program".to_string(),
            },
        )
    }
}
