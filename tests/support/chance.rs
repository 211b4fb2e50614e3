//! Random numbers that can be had again.

use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::time::Duration;

/// The variable that sets the seed, to repeat a failed test.
const SEED: &str = "ROMT_TEST_SEED";

/// A source of random numbers; its seed is printed.
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    /// With the seed that the environment gives, or one of its own.
    pub fn new(test: &str) -> Self {
        let given = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(test));
        // Past the test harness, which would keep it until the test fails, and forget it if the process is killed.
        let _ = writeln!(std::io::stderr(), "{test}: {SEED}={seed}");
        Self(seed | 1)
    }

    /// A number from 0 to `end`, without `end`.
    pub fn below(&mut self, end: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        usize::try_from(high).unwrap_or_default() % end.max(1)
    }

    /// A time below `end`.
    pub fn time_below(&mut self, end: Duration) -> Duration {
        end.mul_f64(self.below(1_000) as f64 / 1_000.0)
    }
}
