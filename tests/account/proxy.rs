//! What stands between a program and the account: it passes requests on, and answers some itself.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

use crate::account::Account;

/// What ends the head of a request.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// How much of a request's body is shown.
const SHOWN: usize = 1024;

/// Shown the head of each request and how its body begins, gives the whole response, or none for one
/// that is passed on.
type Answer = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Serves until the test ends; gives its address.
pub(crate) async fn before(
    account: &Account,
    answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> String {
    let to = account.endpoint.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer: Arc<Answer> = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass_on(client, to.clone(), Arc::clone(&answer)));
        }
    });
    address
}

/// A response that every client would try again after, if it were let.
pub(crate) fn unavailable() -> String {
    "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n".to_owned()
}

/// A response of JSON with an error, as the JSON protocols have it.
pub(crate) fn refusal(code: &str) -> String {
    let body = format!(r#"{{"__type":"{code}","message":"it is not to be"}}"#);
    let length = body.len();
    format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.1\r\n\
         x-amzn-errortype: {code}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

async fn pass_on(client: TcpStream, to: String, answer: Arc<Answer>) -> io::Result<()> {
    let (from_cloud, mut to_cloud) = TcpStream::connect(to).await?.into_split();
    let (mut from_client, to_client) = client.into_split();
    // A client waits for a response before its next request, so the two writers do not meet.
    let to_client = Arc::new(Mutex::new(to_client));
    let answers = tokio::spawn(copy(from_cloud, Arc::clone(&to_client)));
    let mut read = Vec::new();
    while let Some(length) = request(&mut from_client, &mut read).await? {
        let bytes: Vec<u8> = read.drain(..length).collect();
        let head_end = position(&bytes).unwrap_or(bytes.len());
        let shown = bytes.len().min(head_end + HEAD_END.len() + SHOWN);
        match answer(&String::from_utf8_lossy(&bytes[..shown])) {
            Some(response) => to_client.lock().await.write_all(response.as_bytes()).await?,
            None => to_cloud.write_all(&bytes).await?,
        }
    }
    to_cloud.shutdown().await?;
    answers.await?
}

async fn copy(mut from: OwnedReadHalf, to: Arc<Mutex<OwnedWriteHalf>>) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return to.lock().await.shutdown().await;
        }
        to.lock().await.write_all(&buffer[..read]).await?;
    }
}

fn position(bytes: &[u8]) -> Option<usize> {
    bytes.windows(HEAD_END.len()).position(|part| part == HEAD_END)
}

/// Reads until a request is whole; gives its length, none at the end of the connection.
async fn request(from: &mut OwnedReadHalf, read: &mut Vec<u8>) -> io::Result<Option<usize>> {
    loop {
        if let Some(head) = position(read) {
            let text = String::from_utf8_lossy(&read[..head]).to_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
            let whole = head
                + HEAD_END.len()
                + length.map_or(0, |length| length.trim().parse::<usize>().unwrap());
            if read.len() >= whole {
                return Ok(Some(whole));
            }
        }
        if from.read_buf(read).await? == 0 {
            return Ok(None);
        }
    }
}
