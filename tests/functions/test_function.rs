//! A function for the tests of local-cloud: its event, or the text of its records, says what it
//! does. It logs a JSON line when an invocation starts and one when it ends.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, Runtime, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What an event that comes from no service asks for.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Order {
    /// Answer with the event.
    Echo,
    /// Raise an error.
    Fail { message: String },
    /// End the process in the middle of the invocation.
    Exit { code: i32 },
    /// Work until this file is there.
    Hold { file: String },
    /// Answer with all environment variables.
    Variables,
    /// Write to standard output.
    Print { lines: Vec<String> },
    /// Answer with a JSON text of so many bytes.
    Answer { bytes: usize },
    /// Answer with the process id and how many invocations it has had, this one included.
    Who,
}

/// A message that came through a service.
#[derive(Clone, Debug, Serialize)]
struct Record {
    /// Its sequence number or message id.
    id: String,
    /// Its text, which may be one of the words below.
    text: String,
    /// Kinesis: the shard and the partition key.
    shard: Option<String>,
    key: Option<String>,
}

/// So much of a message's text is read and logged, in characters, since a line of the log is cut.
const MOST_CHARS: usize = 1_000;

/// What lasts as long as the process.
#[derive(Default)]
struct Environment {
    invocations: AtomicU64,
    /// How often each record has come.
    seen: Mutex<HashMap<String, u64>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var("INIT").as_deref() == Ok("report") {
        return report_init_error();
    }
    let environment = Environment::default();
    let environment = &environment;
    let handler = service_fn(|event: LambdaEvent<Value>| async move {
        let answer: Result<Value, Diagnostic> = environment.invoke(event).await;
        answer
    });
    Runtime::new(handler).run().await
}

impl Environment {
    async fn invoke(&self, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
        let (event, id) = (event.payload, event.context.request_id);
        let invocations = self.invocations.fetch_add(1, Ordering::Relaxed) + 1;
        let records = records(&event);
        let line = |phase: &str| {
            let line = json!({
                "invocation": id,
                "phase": phase,
                "at_ns": now_ns(),
                "pid": std::process::id(),
                "name": event["name"],
                "records": records,
            });
            println!("{line}");
        };
        line("started");
        let answer = if records.is_empty() {
            obey(&event, invocations).await
        } else {
            self.receive(&records).await
        };
        line(if answer.is_ok() { "ended" } else { "failed" });
        answer
    }

    /// Does what the records say: `fail` fails, `fail:2` fails the first two times that this
    /// process gets the record, `report:1` reports the record as failed the first time,
    /// `hold:<file>` works until the file is there; all else is only logged.
    async fn receive(&self, records: &[Record]) -> Result<Value, Diagnostic> {
        let mut failures = Vec::new();
        let mut failing = None;
        for record in records {
            let times = self.count(&record.id);
            let (word, argument) = record.text.split_once(':').unwrap_or((&record.text, ""));
            let within = || argument.is_empty() || argument.parse().is_ok_and(|n: u64| times <= n);
            match word {
                "fail" if within() => failing = Some(record),
                "report" if within() => failures.push(json!({ "itemIdentifier": record.id })),
                "hold" => hold(argument).await,
                _ => {}
            }
        }
        match failing {
            Some(record) => Err(error(&record.text)),
            None => Ok(json!({ "batchItemFailures": failures })),
        }
    }

    fn count(&self, record: &str) -> u64 {
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let times = seen.entry(record.to_owned()).or_default();
        *times += 1;
        *times
    }
}

async fn obey(event: &Value, invocations: u64) -> Result<Value, Diagnostic> {
    let order = Order::deserialize(event).map_err(|wrong| error(&wrong.to_string()))?;
    Ok(match order {
        Order::Echo => event.clone(),
        Order::Fail { message } => return Err(error(&message)),
        Order::Exit { code } => std::process::exit(code),
        Order::Hold { file } => {
            hold(&file).await;
            who(invocations)
        }
        Order::Variables => std::env::vars().collect::<HashMap<_, _>>().into_iter().collect(),
        Order::Print { lines } => {
            for line in lines {
                println!("{line}");
            }
            Value::Null
        }
        // Two of the bytes are the quotes.
        Order::Answer { bytes } => "x".repeat(bytes.saturating_sub(2)).into(),
        Order::Who => who(invocations),
    })
}

fn who(invocations: u64) -> Value {
    json!({ "pid": std::process::id(), "invocations": invocations })
}

async fn hold(file: &str) {
    while !Path::new(file).exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn error(message: &str) -> Diagnostic {
    Diagnostic { error_type: "TestError".to_owned(), error_message: message.to_owned() }
}

fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// The messages in an event of Kinesis, SNS or SQS; none in any other.
fn records(event: &Value) -> Vec<Record> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let record = |record: &Value| {
        let (kinesis, sns) = (&record["kinesis"], &record["Sns"]);
        if sns.is_object() {
            let (id, text) = (text(&sns["MessageId"]), text(&sns["Message"]));
            return Record { id, text, shard: None, key: None };
        }
        if record["eventSource"] == "aws:sqs" {
            let (id, text) = (text(&record["messageId"]), text(&record["body"]));
            return Record { id, text, shard: None, key: None };
        }
        let data = STANDARD.decode(text(&kinesis["data"])).unwrap_or_default();
        Record {
            id: text(&kinesis["sequenceNumber"]),
            text: String::from_utf8_lossy(&data).into_owned(),
            shard: text(&record["eventID"]).split_once(':').map(|(shard, _)| shard.to_owned()),
            key: Some(text(&kinesis["partitionKey"])),
        }
    };
    let short = |mut record: Record| {
        record.text = record.text.chars().take(MOST_CHARS).collect();
        record
    };
    let all = event["Records"].as_array().into_iter().flatten();
    all.map(|one| short(record(one))).collect()
}

/// What a runtime does that finds its function unusable: it says so and ends.
fn report_init_error() -> Result<(), Error> {
    let body = r#"{"errorType":"TestInitError","errorMessage":"cannot begin"}"#;
    let address = std::env::var("AWS_LAMBDA_RUNTIME_API")?;
    let mut api = TcpStream::connect(address)?;
    write!(
        api,
        "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: runtime\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    api.read_to_string(&mut String::new())?;
    Err("cannot begin".into())
}
