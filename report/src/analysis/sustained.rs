//! Whether a rate that was asked for was sustained.

use store::{Arrival, MappingPlan};

use super::{CellFigures, CellRound, Estimate, Experiment};

/// A rate is kept when at least this share of it is, less what a Poisson schedule of so many
/// messages may miss by chance.
pub const RATE_KEPT: f64 = 0.9;
/// How many standard deviations of a Poisson schedule's rate may be chance.
const CHANCE: f64 = 3.0;
/// Whether messages pile up shows in a visit that lasts for so many times what one message may have
/// to wait without that.
const LONG_VISIT: f64 = 10.0;
/// What a message may take that waits for nothing, milliseconds.
const HANDOFF_MS: f64 = 10.0;
/// How long a shard that is polled may let a message wait, milliseconds.
const POLL_MS: f64 = 1_000.0;

/// What became of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sustained {
    /// As many messages arrived a second as were asked for.
    Yes,
    /// They were put in time; the visit is too short to tell whether they would arrive so.
    AsFarAsPutsTell,
    /// Messages arrived more slowly than they were put: they piled up as long as the visit lasted.
    PiledUp,
    /// A could not put as many.
    PutTooFew,
    /// So many messages were refused.
    Refused(u64),
}

/// An asked rate with what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Messages that were to be put, per second.
    pub asked: f64,
    /// Messages that were put, per second: the mean of the rounds.
    pub put: Estimate,
    /// Messages that arrived, per second, from the first arrival to the last: the mean of the rounds.
    pub arrived: Option<Estimate>,
    /// What became of the rate.
    pub sustained: Sustained,
}

impl Sustained {
    /// Whether the rate was kept, as far as it can be told.
    #[must_use]
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Yes | Self::AsFarAsPutsTell)
    }
}

impl Experiment<'_> {
    /// What became of the rate of an open-loop cell.
    #[must_use]
    pub fn rates(&self, cell: &CellFigures) -> Option<Rates> {
        let asked = cell.plan.rate_per_s?;
        let put = self.of_rounds(cell, CellRound::put_rate_per_s)?;
        let arrived = self.of_rounds(cell, CellRound::arrival_rate_per_s);
        let least = RATE_KEPT.min(1.0 - chance(cell)) * asked;
        let sustained = match (cell.counts.rejected, arrived) {
            (refused @ 1.., _) => Sustained::Refused(refused),
            _ if put.value < least => Sustained::PutTooFew,
            (_, Some(arrived)) if tells(cell, asked) => {
                if arrived.value < least {
                    Sustained::PiledUp
                } else {
                    Sustained::Yes
                }
            }
            _ => Sustained::AsFarAsPutsTell,
        };
        Some(Rates { asked, put, arrived, sustained })
    }
}

/// Whether a visit is so long that messages which pile up arrive visibly later.
fn tells(cell: &CellFigures, asked: f64) -> bool {
    let plan = &cell.plan;
    let polls = plan.mapping.as_ref().is_some_and(MappingPlan::is_polled_stream);
    let window_ms = plan.mapping.as_ref().map_or(0, |mapping| mapping.batching_window_ms);
    let wait_ms = HANDOFF_MS
        + f64::from(plan.receiver_ms)
        + f64::from(window_ms)
        + if polls { POLL_MS } else { 0.0 };
    f64::from(plan.messages) / asked * 1e3 >= LONG_VISIT * wait_ms
}

/// The share of its rate that a schedule may miss by chance: the time of n Poisson gaps has a
/// standard deviation of its mean over the square root of n.
#[expect(clippy::cast_precision_loss, reason = "no cell has 2^53 messages")]
fn chance(cell: &CellFigures) -> f64 {
    match cell.plan.arrival {
        Arrival::Poisson => CHANCE / (cell.counts.asked.max(1) as f64).sqrt(),
        Arrival::Closed | Arrival::Constant => 0.0,
    }
}
