//! Programs that a test runs: to their end, or beside it.

use std::ffi::OsString;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How a program ended and what it said.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The program and its arguments.
    pub command: String,
    /// Its exit status; `None` if a signal ended it.
    pub status: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// How long it ran.
    pub took: Duration,
}

#[expect(clippy::return_self_not_must_use, reason = "an assertion may stand alone")]
impl Outcome {
    /// It ended with status 0.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits_with(0)
    }

    /// It ended with `status`.
    #[track_caller]
    pub fn exits_with(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "the exit status is another one\n{self}");
        self
    }

    /// It wrote `text` to standard error.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is not said\n{self}");
        self
    }

    /// It wrote `text` to either stream, in capitals or not: Python romt says everything on standard output.
    #[track_caller]
    pub fn mentions(self, text: &str) -> Self {
        let said = format!("{}\n{}", self.stdout, self.stderr).to_lowercase();
        assert!(said.contains(&text.to_lowercase()), "`{text}` is not mentioned\n{self}");
        self
    }

    /// It did not write `text` to standard error.
    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        assert!(!self.stderr.contains(text), "`{text}` is said\n{self}");
        self
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, status, stdout, stderr, took } = self;
        write!(f, "$ {command}\n(status {status:?} after {took:.1?})\n--- stdout\n{stdout}--- stderr\n{stderr}---")
    }
}

/// Longer than any program of ours needs; one that takes longer hangs.
const PATIENCE: Duration = Duration::from_mins(3);
/// Longer than anything that a test waits to hear takes.
const ATTENTION: Duration = Duration::from_mins(1);

/// A program that runs. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    command: String,
    said: Arc<Said>,
    begun: Instant,
}

impl Process {
    /// Starts `command`; what it says is gathered.
    pub fn spawn(mut command: Command) -> Self {
        let shown = show(&command);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let begun = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot run `{shown}`: {error}"));
        let said = Arc::new(Said::default());
        said.gather(child.stdout.take().expect("a pipe"), Stream::Out);
        said.gather(child.stderr.take().expect("a pipe"), Stream::Err);
        Self { child, command: shown, said, begun }
    }

    /// Waits until a line for which `wanted` gives something was written to either stream.
    ///
    /// # Panics
    /// When the program ends without it, or takes too long.
    pub fn wait_for_line<T>(&self, wanted: impl Fn(&str) -> Option<T>) -> T {
        let mut found = None;
        self.said.wait_until(ATTENTION, |said| {
            found = said.out.lines().chain(said.err.lines()).find_map(&wanted);
            found.is_some() || said.open == 0
        });
        found.unwrap_or_else(|| panic!("the line that was waited for never came\n{}", self.outcome(None)))
    }

    /// Waits until `count` lines that contain `text` were written to either stream.
    ///
    /// # Panics
    /// When the program ends without them, or takes too long.
    pub fn wait_for_lines(&self, count: usize, text: &str) {
        let mut found = 0;
        self.said.wait_until(ATTENTION, |said| {
            found = said.out.lines().chain(said.err.lines()).filter(|line| line.contains(text)).count();
            found >= count || said.open == 0
        });
        assert!(found >= count, "`{text}` came {found} times, not {count} times\n{}", self.outcome(None));
    }

    /// Whether it has written `text` to either stream so far.
    pub fn has_said(&self, text: &str) -> bool {
        let said = self.said.lock();
        said.out.contains(text) || said.err.contains(text)
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it hangs.
    pub fn wait(mut self) -> Outcome {
        let over = self.said.wait_until(PATIENCE, |said| said.open == 0);
        if !over {
            self.signal(Signal::KILL);
        }
        let status = self.child.wait().expect("a child to wait for").code();
        let outcome = self.outcome(status);
        assert!(over, "it hangs\n{outcome}");
        outcome
    }

    /// Whether it has not ended yet.
    pub fn is_running(&self) -> bool {
        self.said.lock().open > 0
    }

    /// Kills it: `kill -9`. It may have ended before.
    pub fn kill(self) -> Outcome {
        self.signal(Signal::KILL);
        self.wait()
    }

    /// Asks it to stop, as Ctrl-C does, and waits until it has.
    pub fn interrupt(self) -> Outcome {
        self.signal(Signal::INT);
        self.wait()
    }

    /// Asks it to stop, as service managers do, and waits until it has.
    pub fn terminate(self) -> Outcome {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Holds it, or lets it go on.
    pub fn pause(&self, paused: bool) {
        self.signal(if paused { Signal::STOP } else { Signal::CONT });
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn signal(&self, signal: Signal) {
        // The child has not been waited for, so the id is still its own. Failing means that it has ended.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    fn outcome(&self, status: Option<i32>) -> Outcome {
        let said = self.said.lock();
        Outcome {
            command: self.command.clone(),
            status,
            stdout: said.out.clone(),
            stderr: said.err.clone(),
            took: self.begun.elapsed(),
        }
    }
}

impl Drop for Process {
    #[expect(clippy::print_stderr, reason = "it is for the one who reads why a test failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Whatever failed, it may have to do with this one.
            eprintln!("{}", self.outcome(None));
        }
        // After `wait` both fail, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a program has said so far.
#[derive(Debug, Default)]
struct Said {
    text: Mutex<Text>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Text {
    out: String,
    err: String,
    /// How many of the two streams are still open.
    open: usize,
}

#[derive(Debug, Clone, Copy)]
enum Stream {
    Out,
    Err,
}

impl Said {
    fn lock(&self) -> MutexGuard<'_, Text> {
        self.text.lock().expect("no panic while locked")
    }

    /// Gathers a stream line by line on a thread that ends with it.
    fn gather(self: &Arc<Self>, stream: impl Read + Send + 'static, which: Stream) {
        self.lock().open += 1;
        let said = Arc::clone(self);
        std::thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let mut text = said.lock();
                let text = match which {
                    Stream::Out => &mut text.out,
                    Stream::Err => &mut text.err,
                };
                text.push_str(&String::from_utf8_lossy(&line));
                line.clear();
                said.more.notify_all();
            }
            said.lock().open -= 1;
            said.more.notify_all();
        });
    }

    /// Whether `enough` held within `time`.
    fn wait_until(&self, time: Duration, mut enough: impl FnMut(&Text) -> bool) -> bool {
        let waited = self.more.wait_timeout_while(self.lock(), time, |text| !enough(text));
        !waited.expect("no panic while locked").1.timed_out()
    }
}

/// The variables by which programs find the world, where a proxy or an own CA stands between.
pub(crate) const WAY_OUT: [&str; 10] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Those of our own environment variables that are called `names`.
pub(crate) fn inherited(names: &[&'static str]) -> impl Iterator<Item = (OsString, OsString)> {
    names.iter().filter_map(|&name| Some((name.into(), std::env::var_os(name)?)))
}

/// The command as a person would type it.
fn show(command: &Command) -> String {
    let parts = std::iter::once(command.get_program()).chain(command.get_args());
    parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::spawn(command)
    }

    #[test]
    fn a_program_runs_to_its_end() {
        let outcome = shell("echo data; echo talk >&2; exit 3").wait().exits_with(3).says("talk");
        assert_eq!((&*outcome.stdout, &*outcome.stderr), ("data\n", "talk\n"));
    }

    #[test]
    fn a_running_program_is_heard_and_killed() {
        let process = shell("echo ready; exec sleep 600");
        process.wait_for_line(|line| (line == "ready").then_some(()));
        assert_eq!(process.kill().status, None);
        let process = shell("trap 'exit 5' INT; echo ready; while :; do sleep 0.01; done");
        process.wait_for_line(|line| (line == "ready").then_some(()));
        process.interrupt().exits_with(5);
    }
}
