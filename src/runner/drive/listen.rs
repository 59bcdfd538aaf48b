//! A session's callbacks: whether to listen for them, how long, and for which earlier doubts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;

use super::effects::EffectPerformer;
use super::unclaimed_callbacks::look_into_unclaimed;
use crate::base::{Diagnostic, Moment, Token};
use crate::engine;
use crate::plan::{Action, PlannedTake};
use crate::runner::callbacks::{CallbackChannel, CallbackListener, TokenBytes, system_token_bytes};
use crate::runner::callbacks::{CallbackInbox, ReceivedCallback};
use crate::runner::exit::Refusal;
use crate::runner::options::Webhooks;
use crate::runner::public_url::PublicUrl;
use crate::runner::session::Session;

/// How long a submit in doubt waits for its callback: twice what the slowest models usually need,
/// because the callback comes at the end of the task, and at least five minutes.
const DOUBT_TIMES: u32 = 2;
const DOUBT_MIN: Duration = Duration::from_secs(5 * 60);

/// A session's callbacks before it builds.
pub struct CallbackSetup {
    callbacks: CallbackChannel,
    unclaimed: Receiver<ReceivedCallback>,
    /// `None` if callbacks arrive another way than over the network.
    listener: Option<CallbackListener>,
}

/// A session's callbacks while it builds; dropping it stops listening.
pub struct ListenGuard {
    _listener: Option<CallbackListener>,
    _unclaimed: JoinSet<()>,
}

impl CallbackSetup {
    /// Callbacks arrive only through the returned inbox, and `token_bytes` supplies the tokens: for
    /// simulations.
    pub fn without_network(
        url: PublicUrl,
        token_bytes: TokenBytes,
    ) -> (CallbackSetup, Arc<CallbackInbox>) {
        let (inbox, unclaimed) = CallbackInbox::new();
        let callbacks = CallbackChannel { url, inbox: Arc::new(inbox), token_bytes };
        let inbox = Arc::clone(&callbacks.inbox);
        (CallbackSetup { callbacks, unclaimed, listener: None }, inbox)
    }

    /// What the effects of the build need.
    pub fn callbacks(&self) -> &CallbackChannel {
        &self.callbacks
    }

    /// The line that shows the user where the build listens.
    pub fn announcement(&self) -> Option<String> {
        let address = self.listener.as_ref()?.address();
        Some(format!("listening for callbacks on {address}, reached as {}", self.callbacks.url))
    }

    /// From now on also looks into callbacks that match no take of the build.
    pub fn attend(self, performer: Arc<EffectPerformer>) -> ListenGuard {
        let mut looking = JoinSet::new();
        looking.spawn(look_into_unclaimed(performer, self.unclaimed));
        ListenGuard { _listener: self.listener, _unclaimed: looking }
    }
}

impl Session {
    /// Starts to listen for callbacks, if the options ask for it and something must be made.
    ///
    /// # Errors
    /// The address cannot be listened on; nothing was sent.
    pub async fn listen(&self) -> Result<Option<CallbackSetup>, Refusal> {
        let Some(Webhooks { listen, url, .. }) = self.options.webhooks.clone() else {
            return Ok(None);
        };
        if !self.needs_provider() {
            return Ok(None);
        }
        let secret = self.environment.webhook_secret.clone();
        let clock = Arc::clone(&self.clock);
        let (mut callback_setup, inbox) =
            CallbackSetup::without_network(url.clone(), system_token_bytes());
        let listener = CallbackListener::start(&listen, url, secret, inbox, clock).await;
        let listener = listener.map_err(|error| {
            let what = format!("cannot listen for callbacks on `{listen}`: {error}");
            let fix = "use a free address of this machine, such as \
                       `--webhook-listen 127.0.0.1:9000`; nothing was sent";
            Refusal::usage(Diagnostic::error("webhook-listen", what).fix(fix))
        })?;
        callback_setup.listener = Some(listener);
        Ok(Some(callback_setup))
    }

    /// How long to wait for callbacks. `shortest` is the least time between polls that the user
    /// set; a callback may shorten it, but not below what the service allows. `usual` is what the
    /// slowest models usually need.
    pub(in crate::runner) fn callback_times(
        &self,
        shortest: Duration,
        usual: Duration,
    ) -> Option<engine::CallbackTimes> {
        let webhooks = self.options.webhooks.as_ref()?;
        let doubt_max = webhooks.wait.unwrap_or((usual * DOUBT_TIMES).max(DOUBT_MIN));
        let allowed = Duration::from_secs_f64(self.project.dialect().limits.poll_seconds.0);
        Some(engine::CallbackTimes { gap: shortest.min(allowed), usual, doubt_max })
    }

    /// The doubts of earlier runs that a callback can still settle: by job, when each was sent and
    /// its token.
    pub(in crate::runner) fn hopeful_doubts(&self) -> BTreeMap<usize, (Moment, Token)> {
        let doubt = |take: &PlannedTake| match (&take.action, take.key) {
            (Action::AskDoubt { sent_at }, Some(key)) => {
                // If the ledger cannot be read, there are no tokens and a person decides.
                let token = self.store.ledger.token_in_doubt(&key).ok().flatten()?;
                Some((*sent_at, token))
            }
            _ => None,
        };
        let takes = self.plan.takes.iter().enumerate();
        takes.filter_map(|(job, take)| Some((job, doubt(take)?))).collect()
    }
}
