//! Kinesis Data Streams `PutRecord`: the call lasts until the record is stored.
//!
//! The partition key is the message id, so that messages spread evenly over the shards.

use aws_smithy_types::Blob;
use wire::PutOutcome;

use super::Prepared;
use crate::clients::Clients;

pub(super) async fn put(clients: &Clients, stream: &str, message: Prepared) -> PutOutcome {
    super::outcome(
        clients
            .kinesis
            .put_record()
            .stream_name(stream)
            .partition_key(message.id.to_string())
            .data(Blob::new(message.payload))
            .send()
            .await,
    )
}
