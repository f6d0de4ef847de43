//! One error for all services; the protocol of the request renders it in its own shape.

use http::StatusCode;

/// What an operation answers instead of its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// The error code that the service documents, such as `ResourceNotFoundException`.
    pub(crate) code: &'static str,
    /// What was wrong, for a person.
    pub(crate) message: String,
    /// Further members of the error, such as `Reason`.
    pub(crate) fields: Vec<(&'static str, String)>,
}

/// What an operation gives.
pub(crate) type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code,
            message: message.into(),
            fields: Vec::new(),
        }
    }

    /// Adds a member.
    pub(crate) fn with(mut self, field: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((field, value.into()));
        self
    }
}
