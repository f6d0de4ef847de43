//! What the lab, the sender (Lambda A) and the receiver (Lambda B) say to each other.
//!
//! ```text
//! lab --SendRequest--> A --Envelope, over a transport--> B
//! lab <--SendSummary-- A
//! lab <--SentLine, ReceivedLine: the functions' own log lines-- A, B
//! ```
//!
//! **Architecture invariant:** this crate knows nothing of AWS, of polars or of tokio; it is
//! types, their text form and the clock types, so that every other crate can share it.

mod envelope;
mod lines;
mod message_id;
mod request;
mod time;
mod transport;

pub use envelope::{Envelope, EnvelopeError, PayloadCheck};
pub use lines::{DeliveryContext, Line, PutOutcome, ReceivedLine, SentLine};
pub use message_id::{BatchId, IdError, MessageId};
pub use request::{Schedule, SendRequest, SendSummary, Target};
pub use time::{DurationNs, WallNs};
pub use transport::{Transport, UnknownTransport};
