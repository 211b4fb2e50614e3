//! One archive of the inbox: what is known of it, and what is to be done next.

use std::time::{Duration, Instant};

use romt_bus::messages::ArchiveState;

use super::scan::{Found, What};

/// An archive of the inbox.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) found: Found,
    /// When it was last seen to be another than before.
    changed: Instant,
    pub(super) verdict: Verdict,
}

/// What became of an archive as it is now.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// Nobody looked yet.
    Open,
    /// It builds on what is not here, or was not here after so many admissions.
    Early { missing: Vec<String>, admissions: u64 },
    /// It could not be taken, and is tried again.
    Again { at: Instant, tries: u32, state: ArchiveState },
    /// It is settled, until it changes.
    Settled(ArchiveState),
}

/// What is to be done with an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Take it now.
    Take,
    /// Look again at this time.
    Wait(Instant),
    /// Nothing until something changes.
    Nothing,
}

/// With a `.sha256` beside it an archive that is not whole does no harm, so it is not waited for as long.
const BRIEF: Duration = Duration::from_secs(1);
/// The pauses between tries of one that could not be taken.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

impl Archive {
    /// One that is seen for the first time.
    pub(super) fn new(found: Found, now: Instant) -> Self {
        Self { found, changed: now, verdict: Verdict::Open }
    }

    /// One that was settled before the packer was started.
    pub(super) fn remembered(found: Found, state: ArchiveState, now: Instant) -> Self {
        Self { found, changed: now, verdict: Verdict::Settled(state) }
    }

    /// Sees it again.
    pub(super) fn see(&mut self, found: Found, now: Instant) {
        if found == self.found {
            return;
        }
        let same = match (&found.what, &self.found.what) {
            (What::File(now), What::File(before)) => now.same_content(before) && found.sum == self.found.sum,
            _ => false,
        };
        let admitted =
            matches!(self.verdict, Verdict::Settled(ArchiveState::Admitted { .. } | ArchiveState::Again { .. }));
        self.found = found;
        // Another owner or mode makes no other archive, but may make one readable.
        if !(same && admitted) {
            self.changed = now;
            self.verdict = Verdict::Open;
        }
    }

    /// It changed while it was being read.
    pub(super) fn touch(&mut self, now: Instant) {
        self.changed = now;
        self.verdict = Verdict::Open;
    }

    /// How long it has not changed.
    pub(super) fn calm(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.changed)
    }

    /// It could not be taken now. `state` is what is told of it.
    pub(super) fn try_again(&mut self, state: ArchiveState, now: Instant) {
        let tries = match self.verdict {
            Verdict::Again { tries, .. } => tries.saturating_add(1),
            _ => 1,
        };
        let pause =
            FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1).min(16))).min(LONGEST_PAUSE);
        self.verdict = Verdict::Again { at: now + pause, tries, state };
    }

    /// It is not whole so far; whether it ever will be, is known when it has not changed for `settle`.
    pub(super) fn not_whole(&mut self, state: ArchiveState, settle: Duration) {
        self.verdict = Verdict::Again { at: self.changed + settle, tries: 0, state };
    }

    /// What is to be done, `admissions` having been made so far.
    pub(super) fn step(&self, settle: Duration, admissions: u64, now: Instant) -> Step {
        match &self.verdict {
            Verdict::Early { admissions: before, .. } if admissions > *before => Step::Take,
            Verdict::Settled(_) | Verdict::Early { .. } => Step::Nothing,
            Verdict::Again { at, .. } => due(*at, now),
            Verdict::Open => {
                let trusted = self.found.sum.as_ref().is_some_and(|sum| sum.digest.is_some());
                let calm = if trusted { settle.min(BRIEF) } else { settle };
                match self.found.what {
                    What::Other(_) => Step::Take,
                    What::File(_) => due(self.changed + calm, now),
                }
            }
        }
    }

    /// Tries again at once what could not be taken in: somebody asks.
    pub(super) fn hurry(&mut self, now: Instant) {
        if let Verdict::Again { at, state: ArchiveState::Trouble { .. }, .. } = &mut self.verdict {
            *at = now;
        }
    }

    /// Whether nothing follows before something changes, but another try of what could not be taken in.
    pub(super) fn is_at_rest(&self) -> bool {
        match &self.verdict {
            Verdict::Open => false,
            Verdict::Again { state, .. } => matches!(state, ArchiveState::Trouble { .. }),
            Verdict::Early { .. } | Verdict::Settled(_) => true,
        }
    }

    /// What is told of it.
    pub(super) fn state(&self) -> ArchiveState {
        match &self.verdict {
            Verdict::Open => ArchiveState::Waiting { reason: "it may still be growing".to_owned() },
            Verdict::Early { missing, .. } => ArchiveState::Early { missing: missing.clone() },
            Verdict::Again { state, .. } | Verdict::Settled(state) => state.clone(),
        }
    }
}

fn due(at: Instant, now: Instant) -> Step {
    if at <= now { Step::Take } else { Step::Wait(at) }
}

#[cfg(test)]
mod tests {
    use super::super::scan::{Listing, scan};
    use super::*;

    const SETTLE: Duration = Duration::from_secs(10);

    fn found(folder: &std::path::Path, content: &str, sum: Option<&str>) -> Found {
        std::fs::write(folder.join("a.tar.gz"), content).unwrap();
        if let Some(sum) = sum {
            std::fs::write(folder.join("a.tar.gz.sha256"), sum).unwrap();
        }
        scan(folder, &Listing::new()).unwrap().remove("a.tar.gz").unwrap()
    }

    #[test]
    fn an_archive_is_taken_when_it_has_not_changed_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let begin = Instant::now();
        let after = |seconds: u64| begin + Duration::from_secs(seconds);
        let mut archive = Archive::new(found(folder.path(), "half", None), begin);
        assert_eq!(archive.step(SETTLE, 0, begin), Step::Wait(after(10)));
        archive.see(archive.found.clone(), after(8));
        assert_eq!(archive.step(SETTLE, 0, after(10)), Step::Take);
        archive.see(found(folder.path(), "whole", None), after(8));
        assert_eq!(archive.step(SETTLE, 0, after(10)), Step::Wait(after(18)));
        let sum = "0".repeat(64);
        archive.see(found(folder.path(), "whole", Some(&sum)), after(20));
        assert_eq!(archive.step(SETTLE, 0, after(20)), Step::Wait(after(21)), "its `.sha256` is there");
        archive.not_whole(ArchiveState::Verifying, SETTLE);
        assert_eq!(archive.step(SETTLE, 0, after(21)), Step::Wait(after(30)));
        assert_eq!(archive.step(SETTLE, 0, after(30)), Step::Take);
    }

    #[test]
    fn what_is_early_waits_for_others_and_what_failed_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let now = Instant::now();
        let mut archive = Archive::new(found(folder.path(), "x", None), now);
        archive.verdict = Verdict::Early { missing: Vec::new(), admissions: 3 };
        assert_eq!(archive.step(SETTLE, 3, now + SETTLE * 100), Step::Nothing);
        assert_eq!(archive.step(SETTLE, 4, now), Step::Take);
        let mut pauses = Vec::new();
        for _ in 0..10 {
            archive.try_again(ArchiveState::Verifying, now);
            let Step::Wait(at) = archive.step(SETTLE, 3, now) else { panic!("it waits") };
            pauses.push(at.duration_since(now).as_secs());
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
        assert!(!archive.is_at_rest());
        let trouble = ArchiveState::Trouble { error: vec!["full".to_owned()], hint: None };
        archive.try_again(trouble, now);
        assert!(archive.is_at_rest() && archive.step(SETTLE, 3, now) != Step::Take);
        archive.hurry(now);
        assert_eq!(archive.step(SETTLE, 3, now), Step::Take);
        archive.verdict = Verdict::Settled(ArchiveState::Verifying);
        assert!(archive.is_at_rest());
        assert_eq!(archive.step(SETTLE, 9, now + SETTLE * 1000), Step::Nothing);
        archive.see(found(folder.path(), "another", None), now);
        assert_eq!(archive.verdict, Verdict::Open);
    }
}
