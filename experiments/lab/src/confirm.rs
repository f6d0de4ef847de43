//! Nothing that costs money is made before somebody has seen the plan and said yes.

use std::io::{BufRead as _, IsTerminal as _};

use crate::cli::SweepArgs;
use crate::error::LabError;
use crate::plan::Total;
use crate::progress;

/// What a run may cost by its estimate, unless `--max-usd` says otherwise.
pub const MAX_USD: f64 = 5.0;

/// Whether a plan may be carried out. Where it costs nothing, nobody is asked.
///
/// # Errors
/// [`LabError::Usage`] when its estimate is above the limit, when it was not confirmed, or when
/// there is no terminal to confirm it at and no `--yes`.
pub fn confirm(args: &SweepArgs, total: &Total) -> Result<(), LabError> {
    if !args.backend.costs_money() {
        return Ok(());
    }
    may_cost(total.cost.total_usd(), args.options.max_usd.unwrap_or(MAX_USD))?;
    if args.options.yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(LabError::Usage(
            "nothing was made: this costs money, and there is no terminal to confirm it at; read \
             the plan and give --yes"
                .to_owned(),
        ));
    }
    progress::line("This will be made in your AWS account, and deleted afterwards. Go on? [y/N]");
    let mut answer = String::new();
    // Who cannot be heard has not said yes.
    let _ = std::io::stdin().lock().read_line(&mut answer);
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(LabError::Usage("nothing was made: it was not confirmed".to_owned())),
    }
}

fn may_cost(usd: f64, most: f64) -> Result<(), LabError> {
    if usd <= most {
        return Ok(());
    }
    Err(LabError::Usage(format!(
        "nothing was made: the estimate of {usd:.2} USD is over --max-usd {most:.2}; measure less \
         (experiments, --rounds, --messages, --axis) or raise it"
    )))
}

#[cfg(test)]
mod tests {
    use super::may_cost;

    #[test]
    fn an_estimate_over_the_limit_is_refused_with_both() {
        may_cost(5.0, 5.0).unwrap();
        let error = may_cost(7.456, 5.0).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("7.46 USD is over --max-usd 5.00"), "{error}");
        may_cost(f64::NAN, 5.0).unwrap_err();
    }
}
