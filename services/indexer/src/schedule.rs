//! What an indexer does without being asked, and when.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use romt_bus::messages::RunKind;
use tokio::time::Instant;

/// What an indexer does without being asked: by default nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Schedule {
    /// When it syncs; `None`: only when it is asked.
    pub sync: Option<Syncs>,
    /// When it has archives written; `None`: only when it is asked.
    pub export: Option<Exports>,
}

/// When an indexer syncs without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syncs {
    /// At its start.
    AtStart,
    /// At its start, and again that long after each sync.
    Every(Duration),
}

/// When an indexer exports without being asked. The first time is after the first sync, if it syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exports {
    /// After each sync and each admission.
    AfterEach,
    /// That long after the last export that could be done, whoever was the indexer then.
    Every(Duration),
}

/// How long after an export that failed it is tried again, at most.
const TRY_AGAIN: Duration = Duration::from_mins(5);

/// When what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    schedule: Schedule,
    sync: Option<Instant>,
    export: Option<Instant>,
}

impl Due {
    /// At the start. `exported` says how long ago an export was done, if one ever was.
    pub(crate) fn new(schedule: Schedule, exported: Option<Duration>, now: Instant) -> Self {
        let pause = match (schedule.export, exported) {
            (Some(Exports::Every(every)), Some(ago)) => every.saturating_sub(ago),
            _ => Duration::ZERO,
        };
        Self { schedule, sync: schedule.sync.map(|_| now), export: schedule.export.map(|_| now + pause) }
    }

    /// What is due next, and when: what is overdue first, and of that a sync before an export of what it brings.
    pub(crate) fn next(&self, now: Instant) -> Option<(Instant, RunKind)> {
        let sync = self.sync.map(|at| (at, RunKind::Sync { refresh: false }));
        let export = self.export.map(|at| (at, RunKind::Export { full: false }));
        match (sync, export) {
            (Some(sync), Some(export)) => Some(if sync.0 <= now || sync.0 <= export.0 { sync } else { export }),
            (sync, export) => sync.or(export),
        }
    }

    /// A sync is over, however it ended.
    pub(crate) fn synced(&mut self, now: Instant) {
        self.sync = match self.schedule.sync {
            Some(Syncs::Every(every)) => Some(now + every),
            Some(Syncs::AtStart) | None => None,
        };
        self.admitted(now);
    }

    /// An archive was admitted.
    pub(crate) fn admitted(&mut self, now: Instant) {
        if self.schedule.export == Some(Exports::AfterEach) {
            self.export = Some(now);
        }
    }

    /// An export is over.
    pub(crate) fn exported(&mut self, succeeded: bool, now: Instant) {
        let pause = match (self.schedule.export, succeeded) {
            (None, _) | (Some(Exports::AfterEach), true) => None,
            (Some(Exports::AfterEach), false) => Some(TRY_AGAIN),
            (Some(Exports::Every(every)), true) => Some(every),
            (Some(Exports::Every(every)), false) => Some(every.min(TRY_AGAIN)),
        };
        self.export = pause.map(|pause| now + pause);
    }
}

/// How long ago a time was that is told in seconds since 1970. One in the future is now: a clock was set back.
pub(crate) fn seconds_since(then: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.saturating_sub(Duration::from_secs(then))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const SYNC: RunKind = RunKind::Sync { refresh: false };
    const EXPORT: RunKind = RunKind::Export { full: false };

    /// What is due next, and in how many minutes.
    fn next(due: &Due, now: Instant) -> Option<(RunKind, u64)> {
        due.next(now).map(|(at, kind)| (kind, at.saturating_duration_since(now).as_secs() / 60))
    }

    #[test]
    fn nothing_is_due_unless_it_is_wanted() {
        let now = Instant::now();
        let mut due = Due::new(Schedule::default(), None, now);
        due.synced(now);
        due.admitted(now);
        due.exported(false, now);
        assert_eq!(next(&due, now), None);
        let mut due = Due::new(Schedule { sync: Some(Syncs::AtStart), export: None }, None, now);
        assert_eq!(next(&due, now), Some((SYNC, 0)));
        due.synced(now);
        assert_eq!(next(&due, now), None);
    }

    #[test]
    fn each_sync_is_exported_and_what_failed_is_tried_again() {
        let now = Instant::now();
        let schedule = Schedule { sync: Some(Syncs::Every(HOUR)), export: Some(Exports::AfterEach) };
        let mut due = Due::new(schedule, Some(HOUR), now);
        assert_eq!(next(&due, now), Some((SYNC, 0)), "the sync goes first");
        due.synced(now);
        assert_eq!(next(&due, now), Some((EXPORT, 0)));
        due.exported(false, now);
        assert_eq!(next(&due, now), Some((EXPORT, 5)));
        due.exported(true, now);
        assert_eq!(next(&due, now), Some((SYNC, 60)));
        // One that somebody asked for is exported as well.
        due.synced(now);
        assert_eq!(next(&due, now), Some((EXPORT, 0)));
    }

    #[test]
    fn exports_have_a_pause_of_their_own() {
        let now = Instant::now();
        let schedule = Schedule { sync: Some(Syncs::Every(HOUR)), export: Some(Exports::Every(3 * HOUR)) };
        let mut due = Due::new(schedule, None, now);
        due.synced(now);
        assert_eq!(next(&due, now), Some((EXPORT, 0)), "the first after the first sync");
        due.exported(true, now);
        assert_eq!(next(&due, now), Some((SYNC, 60)));
        for hour in 1..=2 {
            due.synced(now + hour * HOUR);
        }
        let now = now + 2 * HOUR;
        assert_eq!(next(&due, now), Some((SYNC, 60)), "at the same time the sync goes first");
        due.synced(now + HOUR);
        assert_eq!(next(&due, now + HOUR), Some((EXPORT, 0)));
        due.exported(false, now + HOUR);
        assert_eq!(next(&due, now + HOUR), Some((EXPORT, 5)));
    }

    #[test]
    fn a_restart_does_not_export_again_before_it_is_time() {
        let now = Instant::now();
        let schedule = Schedule { sync: None, export: Some(Exports::Every(3 * HOUR)) };
        let due = |ago| next(&Due::new(schedule, ago, now), now);
        assert_eq!(due(Some(HOUR)), Some((EXPORT, 120)));
        assert_eq!(due(Some(4 * HOUR)), Some((EXPORT, 0)));
        assert_eq!(due(None), Some((EXPORT, 0)));
    }

    #[test]
    fn what_is_admitted_is_exported() {
        let now = Instant::now();
        let mut due = Due::new(Schedule { sync: None, export: Some(Exports::AfterEach) }, None, now);
        due.exported(true, now);
        assert_eq!(next(&due, now), None);
        due.admitted(now);
        assert_eq!(next(&due, now), Some((EXPORT, 0)));
    }
}
