//! What a long call tells, and how it is stopped.

use std::fmt;

/// Somebody who watches a long call: hears what goes on and may stop it. By default, nobody.
#[derive(Default)]
pub struct Watch<'a> {
    stop: Option<&'a dyn Fn() -> bool>,
    progress: Option<&'a mut dyn FnMut(&str)>,
}

impl<'a> Watch<'a> {
    /// The call ends soon after `stop` says true; `progress` is told lines of git's own.
    pub fn new(stop: &'a dyn Fn() -> bool, progress: &'a mut dyn FnMut(&str)) -> Self {
        Self { stop: Some(stop), progress: Some(progress) }
    }

    pub(crate) fn stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop())
    }

    pub(crate) fn tell(&mut self, line: &str) {
        if let Some(progress) = &mut self.progress {
            progress(line);
        }
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
