//! As AWS is reached: over TLS, by the lab and by A. What stands between them and a local-cloud has a
//! certificate of an authority that only they are told of.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use testkit::cloud::{self, Cloud, Credentials};
use testkit::programs::{self, Said};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use wire::{BatchId, DurationNs, Schedule, SendRequest, SendSummary, Target};

const REGION: &str = "us-east-1";

/// Takes TLS for a cloud; gives its address, which is a name, and writes down whom to trust.
async fn encrypt(cloud: &Cloud, trusted: &Path) -> String {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(trusted, cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let to = cloud.endpoint().trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (acceptor, to) = (acceptor.clone(), to.clone());
            tokio::spawn(async move {
                // One that does not trust the certificate goes away here.
                let mut client = acceptor.accept(client).await?;
                let mut server = TcpStream::connect(to).await?;
                tokio::io::copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    format!("https://localhost:{port}")
}

/// What runs a function: gives it events and takes its answers.
struct RuntimeApi {
    address: SocketAddr,
    events: mpsc::UnboundedSender<String>,
    answers: mpsc::UnboundedReceiver<Bytes>,
}

impl RuntimeApi {
    async fn serve() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (events, given) = mpsc::unbounded_channel::<String>();
        let (answered, answers) = mpsc::unbounded_channel();
        let given = Arc::new(Mutex::new(given));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (given, answered) = (Arc::clone(&given), answered.clone());
                let service = service_fn(move |request| {
                    answer(request, Arc::clone(&given), answered.clone())
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { address, events, answers }
    }

    async fn invoke(&mut self, order: &SendRequest) -> SendSummary {
        self.events.send(serde_json::to_string(order).unwrap()).unwrap();
        let answer = self.answers.recv().await.unwrap();
        serde_json::from_slice(&answer).unwrap()
    }
}

async fn answer(
    request: Request<Incoming>,
    given: Arc<Mutex<mpsc::UnboundedReceiver<String>>>,
    answered: mpsc::UnboundedSender<Bytes>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() == Method::GET {
        let event = match given.lock().await.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        };
        let response = Response::builder()
            .header("lambda-runtime-aws-request-id", "00000000-0000-0000-0000-000000000000")
            .header("lambda-runtime-deadline-ms", "4102444800000")
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:0:function:a");
        return Ok(response.body(Full::from(event)).unwrap());
    }
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let _ = answered.send(body);
    Ok(Response::builder().status(202).body(Full::default()).unwrap())
}

/// A, as Lambda starts it.
struct Sender(Child);

impl Sender {
    fn start(runtime: SocketAddr, endpoint: &str, trusted: &Path) -> Self {
        let child = Command::new(programs::folder().join("sender"))
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", runtime.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "a")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_SESSION_TOKEN", "local")
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("SSL_CERT_FILE", trusted)
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Something to send to, of each service that A calls.
async fn targets(config: &SdkConfig) -> [Target; 5] {
    let topic = aws_sdk_sns::Client::new(config).create_topic().name("b").send().await.unwrap();
    let stream = aws_sdk_kinesis::Client::new(config).create_stream().stream_name("b");
    stream.shard_count(1).send().await.unwrap();
    let queue = aws_sdk_sqs::Client::new(config).create_queue().queue_name("b");
    let queue = queue.send().await.unwrap();
    let packed = lab::deploy::Artifacts::pack(&programs::folder(), lab::facts::architecture());
    // As it is sent to AWS.
    let zip = packed.unwrap().squeezed().unwrap().receiver.zip.into_inner();
    aws_sdk_lambda::Client::new(config)
        .create_function()
        .function_name("b")
        .role("arn:aws:iam::000000000000:role/b")
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
        .send()
        .await
        .unwrap();
    [
        Target::SyncInvoke { function: "b".to_owned() },
        Target::AsyncInvoke { function: "b".to_owned() },
        Target::Sns { topic_arn: topic.topic_arn.unwrap() },
        Target::Kinesis { stream: "b".to_owned() },
        Target::Sqs { queue_url: queue.queue_url.unwrap() },
    ]
}

const MESSAGES: u64 = 3;

fn order(target: Target) -> SendRequest {
    SendRequest {
        batch: BatchId::new(1),
        first_seq: 0,
        schedule: Schedule::Closed { count: MESSAGES },
        warmup: false,
        target,
        payload_bytes: 1024,
        work_ns: DurationNs(0),
        fail: false,
    }
}

#[tokio::test]
async fn a_hands_over_by_each_transport() {
    let cloud = Cloud::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("trusted.pem");
    let endpoint = encrypt(&cloud, &trusted).await;
    let targets = targets(&cloud::config(cloud.endpoint(), REGION, Credentials::ANY)).await;
    let mut runtime = RuntimeApi::serve().await;
    let _sender = Sender::start(runtime.address, &endpoint, &trusted);
    for target in targets {
        let transport = target.transport();
        let summary = runtime.invoke(&order(target)).await;
        let counts = (summary.attempted, summary.accepted, summary.refused);
        assert_eq!(counts, (MESSAGES, MESSAGES, 0), "{transport}");
    }
}

#[tokio::test]
async fn to_whom_it_does_not_trust_a_hands_nothing_over() {
    let cloud = Cloud::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let endpoint = encrypt(&cloud, &folder.path().join("trusted.pem")).await;
    let another = folder.path().join("another.pem");
    let _other = encrypt(&cloud, &another).await;
    let [.., queue] = targets(&cloud::config(cloud.endpoint(), REGION, Credentials::ANY)).await;
    let mut runtime = RuntimeApi::serve().await;
    let _sender = Sender::start(runtime.address, &endpoint, &another);
    let summary = runtime.invoke(&order(queue)).await;
    assert_eq!((summary.accepted, summary.refused), (0, MESSAGES));
}

#[tokio::test]
async fn the_lab_makes_its_calls() {
    let cloud = Cloud::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("trusted.pem");
    let endpoint = encrypt(&cloud, &trusted).await;
    let words = ["teardown", "none", "--runs", folder.path().to_str().unwrap()];
    let mut command = cloud::lab_at(&endpoint, REGION, Credentials::ANY, &words);
    command.env("SSL_CERT_FILE", trusted);
    let said: Said =
        tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap().into();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("nothing is left"), "{said:?}");
}
