//! The checkup: what is looked at, and in which order.

use std::path::PathBuf;

use crate::base::FilmCommands;
use crate::catalog::{Catalog, Dialect};
use crate::report::HealthFinding;
use crate::runner::options::{Clock, Environment, Webhooks};
use crate::storyboard::BucketPlace;

/// What the doctor looks at.
pub struct Doctor {
    /// What the environment says.
    pub environment: Environment,
    /// The catalog of the film, or the built-in one.
    pub catalog: &'static Catalog,
    /// The dialect of the film, or the one that was chosen.
    pub api: Dialect,
    /// The bucket of the film, if it has one.
    pub bucket: Option<BucketPlace>,
    /// Commands about the film for the user.
    pub commands: FilmCommands,
    /// Where videos are written.
    pub build_dir: PathBuf,
    /// Where callbacks would be received.
    pub webhooks: Option<Webhooks>,
    /// The model whose presence is asked about with a request that cannot be accepted.
    pub probe: Option<String>,
    /// The present.
    pub clock: Clock,
}

impl Doctor {
    /// Looks at everything.
    pub async fn examine(&self) -> Vec<HealthFinding> {
        let version = format!("kling-build {}", env!("CARGO_PKG_VERSION"));
        let mut findings = vec![HealthFinding::ok("version", version)];
        findings.extend(self.examine_api().await);
        if let Some(webhooks) = &self.webhooks {
            findings.push(self.examine_webhook(webhooks).await);
        }
        findings.extend(self.bucket.as_ref().map(|place| self.examine_bucket(place)));
        findings.extend(self.examine_store());
        findings.extend(self.examine_disk());
        findings.push(self.examine_prices());
        findings.push(self.examine_ffmpeg());
        findings
    }
}
