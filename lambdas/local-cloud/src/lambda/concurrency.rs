//! How many invocations may run at a time: the account's concurrency, and what functions reserve
//! of it ("Understanding Lambda function scaling", AWS Lambda Developer Guide).

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{ApiError, ApiResult};

/// What must stay for the functions without a reservation.
const UNRESERVED_AT_LEAST: u32 = 100;

/// Why an invocation has to wait or is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Throttle {
    /// The function's own reservation is used up.
    Reserved,
    /// The account's unreserved concurrency is used up.
    Account,
}

impl Throttle {
    /// The error that a caller sees.
    pub(crate) fn error(self) -> ApiError {
        let reason = match self {
            Self::Reserved => "ReservedFunctionConcurrentInvocationLimitExceeded",
            Self::Account => "ConcurrentInvocationLimitExceeded",
        };
        ApiError::new(429, "TooManyRequestsException", "Rate Exceeded.").with("Reason", reason)
    }
}

/// The account's concurrency.
#[derive(Debug)]
pub(crate) struct AccountConcurrency {
    limit: u32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The sum of all reservations.
    reserved: u32,
    /// Invocations in flight of functions without a reservation.
    unreserved_in_flight: u32,
}

impl AccountConcurrency {
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    /// What is left for functions without a reservation.
    pub(crate) fn unreserved(&self) -> u32 {
        self.limit.saturating_sub(self.state().reserved)
    }

    /// Replaces a function's reservation.
    ///
    /// # Errors
    /// `InvalidParameterValueException` when too little would stay unreserved.
    pub(crate) fn reserve(&self, before: Option<u32>, after: Option<u32>) -> ApiResult<()> {
        let mut state = self.state();
        let others = state.reserved.saturating_sub(before.unwrap_or(0));
        let reserved = others.saturating_add(after.unwrap_or(0));
        let keep = UNRESERVED_AT_LEAST.min(self.limit);
        if after.is_some_and(|count| count > 0) && reserved > self.limit - keep {
            return Err(ApiError::new(
                400,
                "InvalidParameterValueException",
                format!(
                    "Specified ReservedConcurrentExecutions for function decreases account's \
                     UnreservedConcurrentExecution below its minimum value of [{keep}]."
                ),
            ));
        }
        state.reserved = reserved;
        Ok(())
    }

    /// Takes a place for an invocation of a function that has `in_flight` already.
    pub(crate) fn take(&self, reserved: Option<u32>, in_flight: u32) -> Result<Slot, Throttle> {
        match reserved {
            Some(limit) if in_flight >= limit => Err(Throttle::Reserved),
            Some(_) => Ok(Slot::Reserved),
            None => {
                let mut state = self.state();
                if state.unreserved_in_flight >= self.limit.saturating_sub(state.reserved) {
                    return Err(Throttle::Account);
                }
                state.unreserved_in_flight += 1;
                Ok(Slot::Unreserved)
            }
        }
    }

    /// Gives a place back.
    pub(crate) fn give_back(&self, slot: Slot) {
        if slot == Slot::Unreserved {
            let mut state = self.state();
            state.unreserved_in_flight = state.unreserved_in_flight.saturating_sub(1);
        }
    }
}

/// Where an invocation's place was taken from; a reservation may change while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Reserved,
    Unreserved,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_runs_as_many_as_its_limit() {
        let account = AccountConcurrency::new(2);
        let first = account.take(None, 0).unwrap();
        account.take(None, 1).unwrap();
        assert_eq!(account.take(None, 0), Err(Throttle::Account));
        account.give_back(first);
        assert_eq!(account.take(None, 1), Ok(Slot::Unreserved));
    }

    #[test]
    fn a_reservation_is_the_functions_own_and_its_bound() {
        let account = AccountConcurrency::new(101);
        account.reserve(None, Some(1)).unwrap();
        assert_eq!(account.unreserved(), 100);
        for _ in 0..100 {
            account.take(None, 0).unwrap();
        }
        assert_eq!(account.take(None, 0), Err(Throttle::Account));
        assert_eq!(account.take(Some(1), 0), Ok(Slot::Reserved));
        assert_eq!(account.take(Some(1), 1), Err(Throttle::Reserved));
    }

    #[test]
    fn a_reservation_of_zero_throttles_always() {
        let account = AccountConcurrency::new(1000);
        assert_eq!(account.take(Some(0), 0), Err(Throttle::Reserved));
        assert_eq!(
            Throttle::Reserved.error().fields,
            [("Reason", "ReservedFunctionConcurrentInvocationLimitExceeded".to_owned())]
        );
    }

    #[test]
    fn a_hundred_stay_unreserved() {
        let account = AccountConcurrency::new(1000);
        account.reserve(None, Some(900)).unwrap();
        let error = account.reserve(None, Some(1)).unwrap_err();
        assert_eq!(error.code, "InvalidParameterValueException");
        account.reserve(Some(900), Some(899)).unwrap();
        account.reserve(None, Some(1)).unwrap();
        account.reserve(Some(899), None).unwrap();
        assert_eq!(account.unreserved(), 999);
    }
}
