//! The HTTP server: reads a request, finds its service, writes the answer.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::header::HeaderValue;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::cloud::Cloud;
use crate::config::Config;
use crate::error::ApiError;
use crate::protocol::{Request, Response, aws_json, parse_pairs, query, rest_json};
use crate::random_ids::mix;
use crate::service::{self, Service, Unroutable};
use crate::{iam, kinesis, lambda, logs, sns, sqs, sts, tagging};

/// The largest request that is read, in bytes: a 50 MB zip in Base64, and room for the rest of a
/// `CreateFunction`. Each operation's own limit lies below.
const REQUEST_LIMIT_BYTES: usize = 80 << 20;

/// Why a local cloud cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}{}", hint(source))]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The folder for function code cannot be made.
    #[error("cannot make a folder for function code in {}: {source}; set TMPDIR to a folder that can be written", std::env::temp_dir().display())]
    CodeFolder {
        /// What the system says.
        source: io::Error,
    },
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another program listens there: choose another port with --listen, or port 0 for a free one"
        }
        io::ErrorKind::PermissionDenied => "; choose a port above 1023 with --listen",
        io::ErrorKind::AddrNotAvailable => "; the address is not one of this machine's",
        _ => "",
    }
}

/// A local cloud that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    cloud: Arc<Cloud>,
}

impl Server {
    /// Starts to listen; requests are answered once [`serve`](Self::serve) runs.
    ///
    /// # Errors
    /// [`ServerError::Listen`] when the address is taken or not allowed.
    pub async fn bind(config: Config) -> Result<Self, ServerError> {
        let address = config.listen;
        let listen = |source| ServerError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let cloud = Cloud::new(config).map_err(|source| ServerError::CodeFolder { source })?;
        Ok(Self { listener, address, cloud: Arc::new(cloud) })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop` is done; then ends every function process.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let accepting = accept(&self.listener, &self.cloud);
        tokio::select! {
            () = accepting => {}
            () = stop => {}
        }
        self.cloud.lambda.shut_down().await;
    }
}

impl Drop for Server {
    /// A server that is dropped while it serves has not shut down; its functions' environments hold
    /// on to the cloud, so the functions' code would stay behind.
    fn drop(&mut self) {
        self.cloud.lambda.remove_code();
    }
}

async fn accept(listener: &TcpListener, cloud: &Arc<Cloud>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(Arc::clone(cloud), stream));
            }
            // Out of file descriptors, most likely: others may close some meanwhile.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
}

async fn connection(cloud: Arc<Cloud>, stream: TcpStream) {
    // Without it, an answer of two segments waits for the client's delayed acknowledgement: 40 ms.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| {
        let cloud = Arc::clone(&cloud);
        async move { Ok::<_, Infallible>(answer(&cloud, request).await) }
    });
    // An error here is a client that went away.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

async fn answer(cloud: &Arc<Cloud>, request: http::Request<Incoming>) -> Response {
    let (head, body) = request.into_parts();
    let request_id = new_request_id();
    let body = match read(body).await {
        Ok(body) => body,
        Err(too_large) => {
            let message = if too_large {
                format!("Request must be smaller than {REQUEST_LIMIT_BYTES} bytes")
            } else {
                "The request ended before its body did".to_owned()
            };
            let status = if too_large { 413 } else { 400 };
            let code = if too_large {
                "RequestTooLargeException"
            } else {
                "InvalidRequestContentException"
            };
            return with_id(rest_json::error(&ApiError::new(status, code, message)), &request_id);
        }
    };
    let request = Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(parse_pairs).unwrap_or_default(),
        headers: head.headers,
        body,
        request_id: request_id.clone(),
    };
    with_id(route(cloud, request).await, &request_id)
}

/// The whole body; `Err(true)` when it is too large.
async fn read(body: Incoming) -> Result<Bytes, bool> {
    match Limited::new(body, REQUEST_LIMIT_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) => Err(error.is::<http_body_util::LengthLimitError>()),
    }
}

/// Where its health is asked for: its own path, and LocalStack's, which what starts emulators knows.
const HEALTH_PATHS: [&str; 2] = ["/_local-cloud/health", "/_localstack/health"];

async fn route(cloud: &Arc<Cloud>, request: Request) -> Response {
    if HEALTH_PATHS.contains(&request.path.as_str()) {
        return rest_json::ok(
            200,
            &serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }),
        );
    }
    let service = service::of(&request);
    if let Ok(service) = service
        && let Err(refused) = iam::authorize(cloud, service, &request)
    {
        return refuse(service, &refused, &request);
    }
    match service {
        Ok(Service::Lambda) => lambda::handle(cloud, request).await,
        Ok(Service::Sns) => sns::handle(cloud, request).await,
        Ok(Service::Sqs) => sqs::handle(cloud, request).await,
        Ok(Service::Kinesis) => kinesis::handle(cloud, request).await,
        Ok(Service::Logs) => logs::handle(cloud, request).await,
        Ok(Service::Iam) => iam::handle(cloud, request).await,
        Ok(Service::Sts) => sts::handle(cloud, request).await,
        Ok(Service::Tagging) => tagging::handle(cloud, request).await,
        Err(unroutable) => unknown_service(&request, &unroutable),
    }
}

/// The answer to a request that is not allowed, as its service writes errors.
fn refuse(service: Service, error: &ApiError, request: &Request) -> Response {
    match service {
        Service::Lambda => rest_json::error(error),
        Service::Sns => sns::refuse(error, request),
        Service::Iam => iam::refuse(error, request),
        Service::Sts => sts::refuse(error, request),
        Service::Sqs => sqs::refuse(error),
        Service::Kinesis | Service::Logs | Service::Tagging => aws_json::error(error),
    }
}

/// Answers in the protocol that the client seems to speak.
fn unknown_service(request: &Request, unroutable: &Unroutable) -> Response {
    let message = match unroutable {
        Unroutable::UnknownService(name) => format!(
            "The service {name} is not part of local-cloud, which serves lambda, sns, sqs, \
             kinesis, logs, iam, sts and tagging"
        ),
        Unroutable::NoService => format!(
            "{} {} names no service: neither its credential scope, nor X-Amz-Target, nor its path \
             or Action does",
            request.method, request.path
        ),
    };
    let error = ApiError::new(400, "UnknownOperationException", message);
    if request.header("x-amz-target").is_some() {
        aws_json::error(&error)
    } else if query::Params::parse(request).get("Action").is_some() {
        query::error(
            "http://webservices.amazon.com/AWSFault/2005-15-09",
            &error,
            &request.request_id,
        )
    } else {
        rest_json::error(&error)
    }
}

fn with_id(mut response: Response, request_id: &str) -> Response {
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

/// A new id in the form of a UUID (version 4). Unique within this process and, by its random start,
/// between processes; the mixing is SplitMix64 (Steele et al. 2014), since an id is drawn for every
/// request and need not be a secret.
pub(crate) fn new_request_id() -> String {
    static START: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    let start = *START.get_or_init(rand::random);
    let drawn = DRAWN.fetch_add(2, Ordering::Relaxed);
    let (high, low) = (mix(start.wrapping_add(drawn)), mix(start.wrapping_add(drawn + 1)));
    let text = format!("{high:016x}{low:016x}");
    format!("{}-{}-4{}-a{}-{}", &text[..8], &text[8..12], &text[13..16], &text[17..20], &text[20..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn request_ids_look_like_uuids_and_differ() {
        let ids: HashSet<String> = (0..1000).map(|_| new_request_id()).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            let lengths: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12]);
            assert_eq!(&id[14..15], "4");
        }
    }
}
