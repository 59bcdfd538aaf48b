//! Requests: what a build would send for each take, shown before anything is sent.

use super::open::Session;
use crate::base::{Credits, Diagnostic, Digest};
use crate::catalog::InputSlot;
use crate::plan::{Input, PlannedTake, ProviderChoice, VideoOf};
use crate::provider::kie::{public_url, request_of};
use crate::provider::{Asset, Order};
use crate::report::PlannedRequest;
use crate::runner::exit::Refusal;
use crate::storyboard::{FrameAt, SceneInput};

impl Session {
    /// The requests for the takes that would be paid for, in the order of the plan. Inputs that
    /// would be uploaded first are named instead of an address: `<upload of assets/host.jpg>`.
    ///
    /// # Errors
    /// The plan is of a preview, which sends nothing, or the catalog has no form for a request.
    pub fn requests(&self) -> Result<Vec<PlannedRequest>, Refusal> {
        if let ProviderChoice::Preview(_) = self.project.options.provider {
            let reason = Diagnostic::error("preview", "a preview sends no requests")
                .fix("leave `--preview` out");
            return Err(Refusal::usage(reason));
        }
        let is_paid = |take: &&PlannedTake| take.credits_max > Credits::ZERO;
        self.plan.takes.iter().filter(is_paid).map(|take| self.request(take)).collect()
    }

    fn request(&self, take: &PlannedTake) -> Result<PlannedRequest, Refusal> {
        let api = self.project.film.api;
        let sent = request_of(api, self.project.film.catalog, &self.shown_order(take)).map_err(
            |fault| {
                let what = format!("scene `{}`: {fault}", take.scene);
                let fix = "unpin its take, or choose the dialect that has its model with `--api`";
                Refusal::usage(Diagnostic::error("no-request", what).fix(fix))
            },
        )?;
        Ok(PlannedRequest {
            scene: take.scene.clone(),
            take: take.number,
            credits_max: take.credits_max,
            path: sent.path.to_string(),
            body: sent.body,
        })
    }

    /// The order of a take, with words in the place of addresses that are not known yet.
    fn shown_order(&self, take: &PlannedTake) -> Order {
        // A frame that does not exist yet has no bytes; they are not part of the request.
        let stand_in: VideoOf<'_> = &|_| Some(Digest::of(b""));
        let recipe = take.recipe.as_deref().cloned().or_else(|| match take.roll {
            Some(choice) => self.project.rolled_recipe(take.position, stand_in, choice),
            None => self.project.recipe(take.position, stand_in),
        });
        let recipe = recipe.expect("only a frame can be missing in a recipe");
        let scene = self.project.scene(take.position);
        let shown = |(slot, input): (&InputSlot, &Input)| {
            let fit = recipe.fits.get(slot);
            let done =
                fit.map_or_else(String::new, |it| format!(", {} to {}", it.done(), it.ratio()));
            let address = match (input, scene.input(*slot)) {
                (Input::Url(url, _), _) => url.clone(),
                (_, Some(SceneInput::File(path))) if fit.is_none() => self.shown_file(path),
                (_, Some(SceneInput::File(path))) => format!("<upload of {path}{done}>"),
                (_, Some(SceneInput::Frame(source, at))) => {
                    let frame = match at {
                        FrameAt::First | FrameAt::Last => format!("the {at} frame"),
                        FrameAt::Millis(_) => format!("the frame at {at} s"),
                    };
                    format!("<upload of {frame} of {source}{done}>")
                }
                (_, Some(SceneInput::Video(source))) => {
                    format!("<upload of the video of {source}>")
                }
                // A pinned take may have an input that the storyboard no longer has.
                (_, None | Some(SceneInput::Url(..))) => format!("<upload of the {slot}>"),
            };
            (*slot, Asset::Url(address))
        };
        let inputs = recipe.inputs.iter().map(shown).collect();
        Order { recipe, inputs, callback: None }
    }

    fn shown_file(&self, path: &str) -> String {
        let base_url = self.project.film.base_url();
        let public = base_url.and_then(|base_url| public_url(base_url, path).ok());
        public.unwrap_or_else(|| format!("<upload of {path}>"))
    }
}
