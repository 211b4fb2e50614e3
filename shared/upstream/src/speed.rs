//! Whether a body comes fast enough.

use std::time::Duration;

/// Watches the average speed of a body, window by window. Only the time spent waiting for upstream counts, not the time
/// our own disk took.
#[derive(Debug, Clone)]
pub(crate) struct SpeedGuard {
    window: Duration,
    min_speed: u64,
    waited: Duration,
    bytes: u64,
}

impl SpeedGuard {
    /// At least `min_speed` bytes a second in each `window`.
    pub(crate) fn new(window: Duration, min_speed: u64) -> Self {
        Self { window, min_speed, waited: Duration::ZERO, bytes: 0 }
    }

    /// Notes that `bytes` came after `waited`. False if that is too slow.
    pub(crate) fn note(&mut self, waited: Duration, bytes: u64) -> bool {
        self.waited = self.waited.saturating_add(waited);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.waited < self.window {
            return true;
        }
        let enough = self.bytes as f64 >= self.min_speed as f64 * self.waited.as_secs_f64();
        (self.waited, self.bytes) = (Duration::ZERO, 0);
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trickle_is_noticed_after_a_window() {
        let mut guard = SpeedGuard::new(Duration::from_secs(10), 1_000);
        for _ in 0..9 {
            assert!(guard.note(Duration::from_secs(1), 1));
        }
        assert!(!guard.note(Duration::from_secs(1), 1));
    }

    #[test]
    fn each_window_stands_for_itself() {
        let mut guard = SpeedGuard::new(Duration::from_secs(10), 1_000);
        assert!(guard.note(Duration::from_secs(10), 1_000_000));
        assert!(!guard.note(Duration::from_secs(10), 9_999));
        assert!(guard.note(Duration::from_secs(10), 10_000));
    }
}
