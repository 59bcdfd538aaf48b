//! The dialect `kling`: the documented Kling API (`kling-api.md`).
//!
//! Requests contain only the fields that its pages list, with numbers as JSON numbers.

use serde_json::{Map, Value};

use super::protocol::{ApiProtocol, CodeMeaning, task_id_in};
use crate::base::{Fault, FaultClass, TaskId};
use crate::catalog::{self, SceneType};
use crate::provider::contract::{Asset, Order, TaskResult, TaskStatus};
use crate::provider::kie::http::integer;

/// The documented Kling API.
pub struct Kling;

impl ApiProtocol for Kling {
    fn id(&self) -> catalog::Dialect {
        catalog::Dialect::Kling
    }

    fn submit_path(&self) -> &'static str {
        "/api/v1/kling/generate"
    }

    fn status_path(&self) -> &'static str {
        "/api/v1/kling/record-info"
    }

    fn submit_body(&self, order: &Order) -> Result<Value, Fault> {
        let recipe = &order.recipe;
        let model = Some(Value::from(recipe.model.as_str()));
        let resolution = Some(Value::from(recipe.resolution.as_str()));
        let prompt = recipe.prompt.as_deref().map(Value::from);
        let image = order.image.as_ref().map(|image| public(image, "image")).transpose()?;
        let fields = match recipe.scene_type {
            SceneType::Avatar => {
                let voice = order.voice.as_ref().map(|voice| public(voice, "voice")).transpose()?;
                vec![
                    ("imageUrl", Some(needed(image, "image")?)),
                    ("voiceUrl", Some(needed(voice, "voice")?)),
                    ("model", model),
                    ("resolution", resolution),
                ]
            }
            SceneType::T2v | SceneType::I2v => {
                let from_image = recipe.scene_type == SceneType::I2v;
                let image = if from_image { Some(needed(image, "image")?) } else { None };
                vec![
                    ("imageUrl", image),
                    ("prompt", Some(needed(prompt, "prompt")?)),
                    ("model", model),
                    ("duration", recipe.duration.map(Value::from)),
                    ("resolution", resolution),
                    ("aspectRatio", recipe.aspect_ratio.map(|ratio| ratio.as_str().into())),
                    ("seed", recipe.seed.map(Value::from)),
                ]
            }
        };
        let present = fields.into_iter();
        let mut body: Map<_, _> =
            present.filter_map(|(name, value)| Some((name.to_string(), value?))).collect();
        if let Some(callback) = &order.callback {
            body.insert("callBackUrl".to_string(), callback.as_str().into());
        }
        Ok(Value::Object(body))
    }

    fn input_fields(&self) -> &'static [&'static str] {
        &[
            "imageUrl",
            "voiceUrl",
            "prompt",
            "model",
            "duration",
            "resolution",
            "aspectRatio",
            "seed",
            "callBackUrl",
        ]
    }

    /// "Error Codes" of the page. The page shows 0 for success; the same service uses 200
    /// everywhere else (`kie-jobs-api.md` section 1), and it cannot mean a refusal.
    fn meaning(&self, code: i64) -> CodeMeaning {
        match code {
            0 | 200 => CodeMeaning::Done,
            1001 => CodeMeaning::Refused(FaultClass::InvalidPrompt),
            1002 => CodeMeaning::Refused(FaultClass::InvalidImage),
            1003 => CodeMeaning::Refused(FaultClass::InsufficientCredits),
            1004 => CodeMeaning::Refused(FaultClass::InvalidParameters),
            1005 => CodeMeaning::Refused(FaultClass::Busy),
            _ => CodeMeaning::Unknown,
        }
    }

    fn task_id(&self, data: &Value) -> Option<TaskId> {
        task_id_in(data.get("taskId"))
    }

    fn task_status(&self, task: &TaskId, data: &Value, words: &str) -> Result<TaskStatus, Fault> {
        if data.is_null() {
            return Err(Fault::new(
                FaultClass::NotFound,
                "the provider has no record of this task",
            ));
        }
        if let Some(other) = self.task_id(data).filter(|id| id != task) {
            let message = format!("asked for task `{task}`, the answer is about `{other}`");
            return Err(Fault::new(FaultClass::Transient, message));
        }
        match data.get("status").and_then(integer) {
            Some(0) => Ok(TaskStatus::Generating),
            Some(1) => match data.get("videoUrl").and_then(Value::as_str).map(str::trim) {
                Some(url) if !url.is_empty() => Ok(TaskStatus::Succeeded(TaskResult {
                    video_url: url.into(),
                    completed: data
                        .get("completedAt")
                        .and_then(Value::as_str)
                        .and_then(|text| text.parse().ok()),
                })),
                _ => Err(unreadable("the task is finished, but its video has no URL yet")),
            },
            Some(2) => Ok(TaskStatus::Failed(self.failure(data, words))),
            Some(other) => Err(unreadable(&format!("the task has the unknown status {other}"))),
            None => Err(unreadable("the record says no status")),
        }
    }
}

impl Kling {
    /// Why a task failed. The page has no field for it, so the names that the service uses
    /// elsewhere are tried, then the envelope's words.
    fn failure(&self, data: &Value, words: &str) -> Fault {
        let said = ["failMsg", "errorMessage", "message"].into_iter().find_map(|name| {
            data.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
        });
        let message = match said.unwrap_or(words) {
            "" | "success" => "the provider could not make this video and did not say why",
            said => said,
        };
        let code = ["failCode", "errorCode"].into_iter().find_map(|name| integer(data.get(name)?));
        let class = match code.map(|code| self.meaning(code)) {
            Some(CodeMeaning::Refused(class)) => class,
            _ => FaultClass::TaskFailed,
        };
        Fault { class, code, message: message.to_string(), retry_after: None }
    }
}

fn unreadable(message: &str) -> Fault {
    Fault::new(FaultClass::Transient, message)
}

/// The URL of an input; an input that is still on this machine cannot be requested.
fn public(asset: &Asset, what: &str) -> Result<Value, Fault> {
    match asset {
        Asset::Url(url) => Ok(Value::from(url.as_str())),
        Asset::File(path) => {
            let message = format!("the {what} `{}` was not made public", path.display());
            Err(Fault::new(FaultClass::Local, message))
        }
    }
}

fn needed(value: Option<Value>, what: &str) -> Result<Value, Fault> {
    value.ok_or_else(|| Fault::new(FaultClass::Local, format!("the order has no {what}")))
}
