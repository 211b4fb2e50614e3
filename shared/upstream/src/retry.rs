//! When to try again: decisions only, no waiting.

use std::time::Duration;

/// How often and how long failed transfers are tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most attempts in vain; 1 never tries again. An attempt that brought new bytes begins the count anew.
    pub attempts: u32,
    /// After this time since the first attempt began none is begun any more, whatever was brought.
    pub budget: Duration,
    /// The wait after the first failure; it doubles with each further one.
    pub base: Duration,
    /// The longest wait that is not upstream's wish.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            budget: Duration::from_mins(3),
            base: Duration::from_millis(250),
            cap: Duration::from_secs(15),
        }
    }
}

/// The attempts of one transfer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempts {
    /// All of them.
    pub(crate) made: u32,
    /// Those since new bytes came, that attempt included.
    in_vain: u32,
}

/// What is known when an attempt has failed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Failed {
    /// It brought bytes that no attempt brought before.
    pub(crate) progress: bool,
    /// How long upstream asks to wait.
    pub(crate) asked: Option<Duration>,
    /// The time since the first attempt began.
    pub(crate) elapsed: Duration,
    /// Chance, from 0 to 1, so that transfers that failed together do not come back together.
    pub(crate) jitter: f64,
}

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Wait(Duration),
    GiveUp,
}

impl Attempts {
    /// An attempt has failed.
    pub(crate) fn failed(&mut self, policy: &RetryPolicy, failed: Failed) -> Next {
        self.made = self.made.saturating_add(1);
        self.in_vain = if failed.progress { 1 } else { self.in_vain.saturating_add(1) };
        if self.in_vain >= policy.attempts {
            return Next::GiveUp;
        }
        let wait = backoff(policy, self.in_vain, failed.jitter).max(failed.asked.unwrap_or_default());
        if failed.elapsed.saturating_add(wait) > policy.budget { Next::GiveUp } else { Next::Wait(wait) }
    }
}

/// Between half of and the whole of `base` doubled with each failure, `cap` at most.
fn backoff(policy: &RetryPolicy, failures: u32, jitter: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    let full = policy.base.saturating_mul(1 << doublings).min(policy.cap);
    full.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        attempts: 3,
        budget: Duration::from_secs(100),
        base: Duration::from_secs(1),
        cap: Duration::from_secs(15),
    };

    #[test]
    fn the_count_ends_it() {
        let mut attempts = Attempts::default();
        let failed = Failed { jitter: 1.0, ..Failed::default() };
        assert_eq!(attempts.failed(&POLICY, failed), Next::Wait(Duration::from_secs(1)));
        assert_eq!(attempts.failed(&POLICY, failed), Next::Wait(Duration::from_secs(2)));
        assert_eq!(attempts.failed(&POLICY, failed), Next::GiveUp);
        assert_eq!(attempts.made, 3);
    }

    #[test]
    fn progress_begins_the_count_anew_but_not_the_time() {
        let mut attempts = Attempts::default();
        for second in 0..99 {
            let failed = Failed { progress: true, elapsed: Duration::from_secs(second), ..Failed::default() };
            assert!(matches!(attempts.failed(&POLICY, failed), Next::Wait(_)));
        }
        let late = Failed { progress: true, elapsed: Duration::from_secs(100), ..Failed::default() };
        assert_eq!(attempts.failed(&POLICY, late), Next::GiveUp);
    }

    #[test]
    fn a_wish_is_granted_within_the_budget() {
        let asked = |seconds| Failed { asked: Some(Duration::from_secs(seconds)), ..Failed::default() };
        assert_eq!(Attempts::default().failed(&POLICY, asked(61)), Next::Wait(Duration::from_secs(61)));
        assert_eq!(Attempts::default().failed(&POLICY, asked(101)), Next::GiveUp);
        assert_eq!(Attempts::default().failed(&POLICY, asked(u64::MAX)), Next::GiveUp);
    }

    #[test]
    fn one_attempt_is_one() {
        let once = RetryPolicy { attempts: 1, ..POLICY };
        let failed = Failed { progress: true, ..Failed::default() };
        assert_eq!(Attempts::default().failed(&once, failed), Next::GiveUp);
    }

    proptest! {
        #[test]
        fn waits_stay_between_half_and_cap(failures in 1..u32::MAX, jitter in 0.0..1.0f64) {
            let wait = backoff(&POLICY, failures, jitter);
            prop_assert!(wait >= POLICY.base / 2 && wait <= POLICY.cap);
        }
    }
}
