//! The columns: one row per message that A was asked to send.

use polars::prelude::{Column, DataFrame};
use wire::Transport;

use crate::cell_value::{CellValue, ColumnType, Reason};
use crate::{Architecture, Arrival, Outcome};

/// The columns that are folders of a part's path (Hive partitions) and not in the file.
pub(crate) const PARTITION_COLUMNS: [&str; 2] = ["experiment", "transport"];

/// A column's place in the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub column_type: ColumnType,
    /// Whether it may be null.
    pub nullable: bool,
}

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        /// One message that A was asked to send, whatever became of it.
        ///
        /// Instants are nanoseconds since 1970-01-01T00:00:00Z on the wall clock of the side that
        /// took them.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Row {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl Row {
            /// Every column in its order.
            pub const COLUMNS: &[ColumnInfo] = &[$(ColumnInfo {
                name: stringify!($name),
                column_type: <$type as CellValue>::TYPE,
                nullable: <$type as CellValue>::NULLABLE,
            },)*];

            /// Every column of these rows.
            pub(crate) fn to_columns(rows: &[Self]) -> Vec<Column> {
                vec![$(CellValue::column(stringify!($name), rows.iter().map(|row| &row.$name)),)*]
            }

            /// The rows of a frame that has every column.
            pub(crate) fn from_frame(frame: &DataFrame) -> Result<Vec<Self>, Reason> {
                $(
                    let column = frame.column(stringify!($name)).map_err(|e| e.to_string())?;
                    let mut $name = <$type as CellValue>::read(column)?.into_iter();
                )*
                let mut rows = Vec::with_capacity(frame.height());
                for _ in 0..frame.height() {
                    let short = || "its columns have different lengths".to_owned();
                    rows.push(Self { $($name: $name.next().ok_or_else(short)?,)* });
                }
                Ok(rows)
            }
        }
    };
}

columns! {
    /// The run.
    run_id: String,
    /// The experiment.
    experiment: String,
    /// The cell's number in the experiment's plan.
    cell: u32,
    /// The round, from 0.
    round: u32,
    /// The transport.
    transport: Transport,
    /// Bytes of the payload handed to the service.
    payload_bytes: u32,
    /// Sender invocations that ran at a time.
    concurrency: u32,
    /// How long B was asked to work, in milliseconds.
    receiver_ms: u32,
    /// Memory of both functions, in MiB.
    memory_mb: u32,
    /// Instruction set of both functions.
    architecture: Architecture,
    /// When messages were sent.
    arrival: Arrival,
    /// Messages per second of the cell; none for a closed loop.
    rate_per_s: Option<f64>,
    /// The message.
    message_id: String,
    /// Its number within its cell and round, warm-up messages first.
    seq: u64,
    /// Whether it was a warm-up message.
    warmup: bool,
    /// A's execution environment.
    sender_env: Option<String>,
    /// Whether the invocation of A was its environment's first.
    sender_cold: Option<bool>,
    /// When the schedule wanted it sent; A's clock.
    intended_at_ns: Option<i64>,
    /// Directly before the service call; A's clock.
    put_started_at_ns: Option<i64>,
    /// Directly after the service call; A's clock.
    put_finished_at_ns: Option<i64>,
    /// How long the service call took, in nanoseconds of A's monotonic clock.
    operation_ns: Option<u64>,
    /// The service's own stamp; the service's clock.
    service_at_ns: Option<i64>,
    /// B's execution environment at the first delivery.
    receiver_env: Option<String>,
    /// Whether the invocation of B was its environment's first.
    receiver_cold: Option<bool>,
    /// When B's handler was entered; B's clock.
    received_at_ns: Option<i64>,
    /// When B's work ended; B's clock.
    done_at_ns: Option<i64>,
    /// `received_at_ns - put_started_at_ns`; two clocks, so it may be negative.
    handoff_ns: Option<i64>,
    /// How often it arrived.
    deliveries: u32,
    /// Messages in the invocation that brought it.
    batch_size: Option<u32>,
    /// Its place in that invocation, from 0.
    batch_index: Option<u32>,
    /// Whether length and checksum of the payload were as A made them.
    payload_ok: Option<bool>,
    /// What became of it.
    outcome: Outcome,
    /// The error's code, where there was one.
    error_code: Option<String>,
    /// The error's message, where there was one.
    error_message: Option<String>,
}
