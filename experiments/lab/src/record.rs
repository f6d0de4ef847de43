//! Writing down what the control calls send: the operation and its parameters, in the order of the
//! calls, so that a change to what an account would be sent is seen in review.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::{Value, json};

use crate::error::LabError;

/// Appends a line of JSON for each call: `service`, `operation`, `method`, `uri` (path and query)
/// and `body` (JSON where it is, else text). Headers, and so credentials, are left out, and a
/// function's code, which is megabytes.
#[derive(Clone, Debug)]
pub(crate) struct Recorder(Arc<Mutex<File>>);

impl Recorder {
    /// Writes to the end of a file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) fn to(path: &Path) -> Result<Self, LabError> {
        let file = File::options().create(true).append(true).open(path);
        let file = file.map_err(LabError::io("write the calls to", path))?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }
}

impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "Recorder"
    }

    // Once for a call, however often it is attempted.
    fn read_after_serialization(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let body = body(request.body().bytes().unwrap_or_default());
        let metadata = config.load::<Metadata>();
        let line = json!({
            "service": metadata.map_or("", Metadata::service),
            "operation": metadata.map_or("", Metadata::name),
            "method": request.method(),
            "uri": request.uri(),
            "body": body,
        });
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(file, "{line}")?;
        Ok(())
    }
}

fn body(bytes: &[u8]) -> Value {
    let mut body = serde_json::from_slice(bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()));
    if let Some(code) = body.pointer_mut("/Code/ZipFile") {
        *code = Value::String("<zip>".to_owned());
    }
    body
}
