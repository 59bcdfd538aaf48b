//! Refusals, as the API page lists them.

use axum::Json;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::catalog::Dialect;

/// A refused call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    /// The code in the body.
    pub code: i64,
    /// The words in the body.
    pub message: String,
}

impl ApiError {
    /// The prompt is refused.
    pub fn prompt(message: impl Into<String>) -> Self {
        ApiError { code: 1001, message: format!("Invalid prompt: {}", message.into()) }
    }

    /// The image is refused.
    pub fn image(message: impl Into<String>) -> Self {
        ApiError { code: 1002, message: format!("Invalid image: {}", message.into()) }
    }

    /// The balance is too small.
    pub fn credits(message: impl Into<String>) -> Self {
        ApiError { code: 1003, message: format!("Insufficient credits: {}", message.into()) }
    }

    /// The parameters are refused.
    pub fn parameters(message: impl Into<String>) -> Self {
        ApiError { code: 1004, message: format!("Invalid parameters: {}", message.into()) }
    }

    /// The model does not exist.
    pub fn unknown_model(dialect: Dialect, id: &str) -> Self {
        match dialect {
            Dialect::Kling => {
                ApiError::parameters(format!("`model` is `{id}`, which does not exist"))
            }
            Dialect::Jobs => ApiError {
                code: 422,
                message: "The model name you specified is not supported. Please verify your input \
                          and use one of the supported models provided by KIE."
                    .into(),
            },
        }
    }

    /// A value is not among those that are allowed.
    pub fn out_of_range(field: &str) -> Self {
        let message = format!("{field} is not within the range of allowed options");
        ApiError::parameters(message)
    }

    /// The models are busy.
    pub fn overloaded() -> Self {
        ApiError { code: 1005, message: "Model overloaded: server busy, retry later".into() }
    }

    /// The key is rejected.
    pub fn unauthorized() -> Self {
        ApiError { code: 401, message: "Unauthorized: the API key is missing or not valid".into() }
    }

    /// The key may not use this model.
    pub fn model_unavailable() -> Self {
        let message = "The API key is not authorized to use this model".to_string();
        ApiError { code: 401, message }
    }

    /// The key's own limit is reached.
    pub fn key_limit() -> Self {
        let message = "Request Limit - Sub-key Usage Exceeds Limit".to_string();
        ApiError { code: 433, message }
    }

    /// The service is being maintained.
    pub fn maintenance() -> Self {
        ApiError { code: 455, message: "The service is being maintained".into() }
    }

    /// Too many tasks at once, or too many calls.
    pub fn too_many(message: impl Into<String>) -> Self {
        ApiError { code: 429, message: format!("Too many requests: {}", message.into()) }
    }

    /// There is no such task.
    pub fn unknown_task(dialect: Dialect) -> Self {
        let (code, message) = match dialect {
            Dialect::Kling => (404, "Task not found"),
            Dialect::Jobs => (422, "recordInfo is null"),
        };
        ApiError { code, message: message.into() }
    }

    /// Something broke inside.
    pub fn server_error() -> Self {
        ApiError { code: 500, message: "Server exception, please try again later".into() }
    }
}

impl ApiError {
    /// The answer in a dialect.
    pub fn answer(self, dialect: Dialect) -> Response {
        match dialect {
            Dialect::Kling => self.into_response(),
            Dialect::Jobs => {
                // Section 2.2: HTTP 200 also for refusals, and codes of its own.
                let code = match self.code {
                    1001 | 1002 | 1004 => 422,
                    1003 => 402,
                    1005 => 429,
                    code => code,
                };
                Json(json!({ "code": code, "msg": self.message, "data": null })).into_response()
            }
        }
    }
}

impl IntoResponse for ApiError {
    /// The documented codes come with HTTP 200, as the service wraps its refusals
    /// (`kie-jobs-api.md` section 2); the others with the HTTP status of that number.
    fn into_response(self) -> Response {
        let status = u16::try_from(self.code).ok().and_then(|code| StatusCode::from_u16(code).ok());
        let status = status.filter(|_| self.code < 600).unwrap_or(StatusCode::OK);
        let wait: &[(HeaderName, &str)] = match self.code {
            429 | 455 | 1005 => &[(header::RETRY_AFTER, "1")],
            _ => &[],
        };
        let body = Json(json!({ "code": self.code, "message": self.message, "data": null }));
        let mut response = (status, body).into_response();
        for (name, value) in wait {
            response.headers_mut().insert(name, axum::http::HeaderValue::from_static(value));
        }
        response
    }
}
