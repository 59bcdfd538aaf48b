//! A session's callbacks: whether they are listened for, how long, and for which old doubts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use super::postbox::{Call, Postbox};
use super::{Callbacks, Listener, PublicUrl, look_into_strangers};
use crate::base::{Diagnostic, Moment, Token};
use crate::engine;
use crate::plan::{Action, Maker, PlannedTake, Reason};
use crate::runner::workshop::Workshop;
use crate::runner::{Refusal, Session, Webhooks};

/// How long a submit in doubt waits for its callback: twice what the slowest models usually need,
/// for the callback comes at the end of the task, and at least five minutes.
const DOUBT_TIMES: u32 = 2;
const DOUBT_MIN: Duration = Duration::from_secs(5 * 60);

/// A session's callbacks while it builds; dropping it stops listening.
pub struct Listening {
    url: PublicUrl,
    postbox: Arc<Postbox>,
    strangers: Receiver<Call>,
    listener: Listener,
}

impl Listening {
    /// What the effects of the build need.
    pub fn callbacks(&self) -> Callbacks {
        Callbacks { url: self.url.clone(), postbox: Arc::clone(&self.postbox) }
    }

    /// What people are told of it.
    pub fn said(&self) -> String {
        format!("listening for callbacks on {}, reached as {}", self.listener.address(), self.url)
    }

    /// Has calls looked into that are for no take of the build.
    pub fn look_into_strangers(self, shop: Arc<Workshop>) -> Listener {
        let mut listener = self.listener;
        listener.accompany(look_into_strangers(shop, self.strangers));
        listener
    }
}

impl Session {
    /// Refuses a public URL that the provider cannot reach.
    pub fn refuse_unreachable_callbacks(&self) -> Result<(), Refusal> {
        let Some(webhooks) = &self.options.webhooks else { return Ok(()) };
        if self.project.wishes.maker != Maker::Kling || !webhooks.url.is_loopback() {
            return Ok(());
        }
        let what = format!("`--webhook-url {}` is on this machine alone", webhooks.url);
        let fix = "give the public https address of a tunnel or proxy that leads to \
                   `--webhook-listen`, or build without both";
        Err(Refusal::usage(Diagnostic::error("webhook-url", what).fix(fix)))
    }

    /// Begins to listen for callbacks, if that is wished.
    pub(in crate::runner) async fn listen(&self) -> Result<Option<Listening>, Refusal> {
        let Some(webhooks) = self.options.webhooks.clone() else { return Ok(None) };
        let Webhooks { listen, url, .. } = webhooks;
        let (postbox, strangers) = Postbox::new();
        let postbox = Arc::new(postbox);
        let secret = self.environment.webhook_secret.clone();
        let (inbox, clock) = (Arc::clone(&postbox), Arc::clone(&self.clock));
        let listener = Listener::start(&listen, url.clone(), secret, inbox, clock).await;
        let listener = listener.map_err(|error| {
            let what = format!("cannot listen for callbacks on `{listen}`: {error}");
            let fix = "give a free address of this machine, such as \
                       `--webhook-listen 127.0.0.1:9000`; nothing was sent";
            Refusal::usage(Diagnostic::error("webhook-listen", what).fix(fix))
        })?;
        Ok(Some(Listening { url, postbox, strangers, listener }))
    }

    /// How long callbacks are waited for. `shortest` is the least time between polls that is wished;
    /// a callback may go below it, but not below what the service allows. `usual` is what the slowest models usually need.
    pub(in crate::runner) fn callback_times(
        &self,
        shortest: Duration,
        usual: Duration,
    ) -> Option<engine::Callbacks> {
        let webhooks = self.options.webhooks.as_ref()?;
        let doubt_max = webhooks.wait.unwrap_or((usual * DOUBT_TIMES).max(DOUBT_MIN));
        let allowed = Duration::from_secs_f64(self.project.dialect().limits.poll_seconds.0);
        Some(engine::Callbacks { gap: shortest.min(allowed), usual, doubt_max })
    }

    /// The doubts of earlier runs that a callback can still settle: by job, when each was sent and
    /// the token that was sent with it.
    pub(in crate::runner) fn hopeful_doubts(&self) -> BTreeMap<usize, (Moment, Token)> {
        let doubt = |take: &PlannedTake| match (take.action, take.reasons.first(), take.key) {
            (Action::Ask, Some(Reason::Doubt { sent_at }), Some(key)) => {
                // A ledger that cannot be read knows no tokens; a person decides then.
                let token = self.knowledge.ledger.token_in_doubt(&key).ok().flatten()?;
                Some((*sent_at, token))
            }
            _ => None,
        };
        if self.options.webhooks.is_none() {
            return BTreeMap::new();
        }
        let takes = self.plan.takes.iter().enumerate();
        takes.filter_map(|(job, take)| Some((job, doubt(take)?))).collect()
    }
}
