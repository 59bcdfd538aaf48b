//! The remote side: key, dialects, balance, clock, hosts and, on request, a model.

use std::time::Duration;

use url::Url;

use super::checkup::Doctor;
use crate::base::{Credits, Moment};
use crate::catalog::Dialect;
use crate::plan::ProviderFamily;
use crate::provider::Provider;
use crate::provider::kie::{Examination, KieProvider, ModelPresence, Presence, reach};
use crate::report::HealthFinding;
use crate::runner::session::kie_config;

/// Where finished videos and hosted files lie (`kie-jobs-api.md` sections 4 and 5). Videos may lie
/// elsewhere too: a task's record has the address.
const STORAGE: [&str; 2] = ["https://tempfile.aiquickdraw.com/", "https://tempfile.redpandaai.co/"];
/// How far the clocks may differ: signatures of callbacks are believed for five minutes.
const SKEW_MAX: Duration = Duration::from_secs(60);

impl Doctor {
    /// Looks at the API.
    pub(super) async fn examine_api(&self) -> Vec<HealthFinding> {
        let config = match kie_config(&self.environment, self.api) {
            Ok(config) => config,
            Err(refusal) => return refusal.diagnostics.iter().map(of_refusal).collect(),
        };
        let mut findings = vec![HealthFinding::ok("key", "a key is set")];
        let provider = match KieProvider::new(config.clone(), self.environment.disk.clone()) {
            Ok(provider) => provider,
            Err(error) => {
                let advice = "install the package `ca-certificates`";
                findings.push(HealthFinding::fail("https", error.to_string(), advice));
                return findings;
            }
        };
        let examination = provider.examine().await;
        findings.push(of_dialects(&examination, self.api, config.api_base()));
        findings.extend(examination.date.map(|date| of_clock(date, (self.clock)())));
        findings.push(match provider.balance().await {
            Ok(Some(Credits::ZERO)) => {
                HealthFinding::note("balance", "no credits are left", "top up before a build")
            }
            Ok(Some(credits)) => HealthFinding::ok("balance", format!("{credits} credits")),
            Ok(None) => HealthFinding::ok("balance", "not kept here"),
            Err(fault) => HealthFinding::note(
                "balance",
                format!("it cannot be read: {fault}"),
                "a build goes on without knowing it; see https://kie.ai/logs",
            ),
        });
        findings.push(of_host("upload", config.upload_base().clone()).await);
        if config.family() == ProviderFamily::Kling {
            for storage in STORAGE {
                let url = Url::parse(storage).expect("it is a URL");
                findings.push(of_host("storage", url).await);
            }
        }
        if let Some(model) = &self.probe {
            findings.extend(self.probe_model(&provider, model).await);
        }
        findings
    }

    /// Asks whether the API has a model, under each of its names there.
    async fn probe_model(&self, provider: &KieProvider, model: &str) -> Vec<HealthFinding> {
        let entry = self.catalog.dialect(Dialect::Jobs);
        let forms = entry.with_id(model).flat_map(|entry| &entry.requests);
        let mut names: Vec<&str> = Vec::new();
        for name in forms.flat_map(|(_, form)| form.models()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            let list = self.commands.command("catalog", "", "");
            let advice =
                format!("`{list}` lists the models; only those of `api: jobs` can be asked about");
            return vec![HealthFinding::fail("model", format!("no model `{model}`"), &advice)];
        }
        let mut findings = Vec::new();
        for name in names {
            findings.push(match provider.probe_model(name).await {
                ModelPresence::There => HealthFinding::ok("model", format!("`{name}` is there")),
                ModelPresence::Unknown => HealthFinding::fail(
                    "model",
                    format!("the API does not know `{name}`"),
                    "it may have another name by now: give it in a file for `--catalog`",
                ),
                ModelPresence::NotAllowed => HealthFinding::fail(
                    "model",
                    format!("this key may not use `{name}`"),
                    "allow it in the key's settings at KIE, or choose another model",
                ),
                ModelPresence::Task(task) => HealthFinding::fail(
                    "model",
                    format!("`{name}` accepted an empty request as task {task}"),
                    "it may have been paid for: look at https://kie.ai/logs",
                ),
                ModelPresence::Unclear(words) => {
                    HealthFinding::note("model", format!("`{name}`: {words}"), "try again later")
                }
            });
        }
        findings
    }
}

fn of_refusal(diagnostic: &crate::base::Diagnostic) -> HealthFinding {
    let about = if diagnostic.code == "bad-address" { "api" } else { "key" };
    let advice = diagnostic.fix.as_deref().unwrap_or_default();
    HealthFinding::fail(about, diagnostic.message.clone(), advice)
}

/// What the answers about dialects mean for a film in one of them.
fn of_dialects(examination: &Examination, chosen: Dialect, base: &Url) -> HealthFinding {
    let of = |dialect: Dialect| {
        let found = examination.dialects.iter().find(|known| known.0 == dialect);
        found.map_or(&Presence::Absent, |known| &known.1)
    };
    let host = base.host_str().unwrap_or_default();
    let others = Dialect::ALL.iter().filter(|other| **other != chosen);
    let other = others.copied().find(|other| *of(*other) == Presence::Answers);
    match of(chosen) {
        Presence::Answers => {
            let also = other.map_or(String::new(), |other| format!(", and so does `{other}`"));
            HealthFinding::ok("api", format!("{host} answers in the dialect `{chosen}`{also}"))
        }
        Presence::Absent => {
            let what = format!("{host} does not know the dialect `{chosen}`");
            let advice = match other {
                Some(other) => format!("write `api: {other}`, or give `--api {other}`"),
                None => "check `KIE_API_BASE`".to_string(),
            };
            HealthFinding::fail("api", what, &advice)
        }
        Presence::KeyRefused(words) => HealthFinding::fail(
            "api",
            format!("{host} refuses the key: {words}"),
            "check `KIE_API_KEY` against the keys at https://kie.ai/api-key",
        ),
        Presence::Unknown(words) => HealthFinding::fail(
            "api",
            words.clone(),
            "check the network and `KIE_API_BASE`, or try again later",
        ),
    }
}

fn of_clock(there: Moment, here: Moment) -> HealthFinding {
    let skew = here.since(there).max(there.since(here));
    let seconds = skew.as_secs();
    match skew <= SKEW_MAX {
        true => HealthFinding::ok("clock", "it agrees with the server's"),
        false => HealthFinding::note(
            "clock",
            format!(
                "it is {seconds} s {} the server's",
                if here > there { "ahead of" } else { "behind" }
            ),
            "set it: ages of videos and signatures of callbacks are judged by it",
        ),
    }
}

async fn of_host(about: &'static str, url: Url) -> HealthFinding {
    let host = url.host_str().unwrap_or_default().to_string();
    match reach(url, None).await {
        Ok(_) => HealthFinding::ok(about, format!("{host} is reached")),
        Err(words) => HealthFinding::fail(
            about,
            words,
            "allow the host in firewalls and proxies: without it nothing is uploaded or downloaded",
        ),
    }
}
