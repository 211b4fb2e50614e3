//! Running `git` to its end, or to ours.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::Watch;

/// Why a run of git came to nothing.
#[derive(Debug)]
pub(crate) enum RunError {
    /// It could not be started or waited for.
    Start(io::Error),
    /// It was to stop.
    Stopped,
    /// It failed, and this is what it said last.
    Failed(String),
}

/// How often it is asked whether to stop.
const TICK: Duration = Duration::from_millis(100);
/// How long git may take to tidy up when it is to stop, and its children to close what they write to.
const GRACE: Duration = Duration::from_secs(3);
/// How many of its last lines are kept for an error.
const LAST_LINES: usize = 6;
/// A line is cut after so many bytes: the other side writes some of them.
const LINE_LIMIT: usize = 1000;

/// Runs a command whose stderr is a pipe. When we are killed, git ends with the next line it writes to that pipe.
pub(crate) fn run(mut command: Command, watch: &mut Watch<'_>) -> Result<(), RunError> {
    let mut running = Running(command.spawn().map_err(RunError::Start)?);
    // What stdin or stdout is connected to is git's now.
    drop(command);
    let (sender, lines) = channel();
    if let Some(stderr) = running.0.stderr.take() {
        thread::spawn(move || send_lines(stderr, &sender));
    }
    let mut last = LastWords::default();
    let status = running.wait(&lines, watch, &mut last)?;
    match status.signal() {
        _ if status.success() => Ok(()),
        // The terminal sends Ctrl-C to git as well as to us.
        Some(signal) if watch.stopped() || signal == Signal::INT.as_raw() || signal == Signal::TERM.as_raw() => {
            Err(RunError::Stopped)
        }
        Some(signal) => Err(RunError::Failed(last.text(&format!("it was ended by signal {signal}")))),
        None => Err(RunError::Failed(last.text(&format!("it ended with {status}")))),
    }
}

/// A child that does not outlive us.
struct Running(Child);

impl Running {
    fn wait(
        &mut self,
        lines: &Receiver<Line>,
        watch: &mut Watch<'_>,
        last: &mut LastWords,
    ) -> Result<ExitStatus, RunError> {
        let mut ended: Option<(ExitStatus, Instant)> = None;
        loop {
            match lines.recv_timeout(TICK) {
                Ok(line) => {
                    watch.tell(&line.text);
                    last.hear(line);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(TICK / 10),
            }
            if ended.is_none() {
                ended = self.0.try_wait().map_err(RunError::Start)?.map(|status| (status, Instant::now()));
            }
            match ended {
                // A grandchild may keep the pipe open, so its end is not waited for without end.
                Some((status, at)) => {
                    while let Ok(line) = lines.recv_timeout(GRACE.saturating_sub(at.elapsed())) {
                        watch.tell(&line.text);
                        last.hear(line);
                    }
                    return Ok(status);
                }
                None if watch.stopped() => return Err(RunError::Stopped),
                None => {}
            }
        }
    }

    /// Asks it to end, so that it removes its temporary files, and makes it if it does not.
    fn end(&mut self) -> io::Result<()> {
        if self.0.try_wait()?.is_some() {
            return Ok(());
        }
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            if self.0.try_wait()?.is_some() {
                return Ok(());
            }
            thread::sleep(TICK / 10);
        }
        self.0.kill()?;
        self.0.wait().map(drop)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(%error, "cannot end git");
        }
    }
}

struct Line {
    text: String,
    /// It ended like a line that is to be written over.
    passing: bool,
}

fn send_lines(mut stderr: ChildStderr, sender: &Sender<Line>) {
    let (mut piece, mut line) = ([0; 4096], Vec::new());
    while let Ok(read @ 1..) = stderr.read(&mut piece) {
        for byte in &piece[..read] {
            match byte {
                b'\n' | b'\r' => {
                    send_line(&mut line, *byte == b'\r', sender);
                }
                _ if line.len() < LINE_LIMIT => line.push(*byte),
                _ => {}
            }
        }
    }
    send_line(&mut line, false, sender);
}

fn send_line(line: &mut Vec<u8>, passing: bool, sender: &Sender<Line>) {
    // The other side's words come through here too: they must not move the cursor.
    let text: String = String::from_utf8_lossy(line).chars().filter(|c| !c.is_control()).collect();
    line.clear();
    let text = text.trim_end().to_owned();
    if !text.is_empty() {
        // If nobody listens, git is read nevertheless, or it would wait.
        let _ = sender.send(Line { text, passing });
    }
}

/// The last lines that are no progress.
#[derive(Default)]
struct LastWords(VecDeque<String>);

impl LastWords {
    fn hear(&mut self, line: Line) {
        if line.passing || line.text.contains("% (") || line.text.ends_with("done.") {
            return;
        }
        if self.0.len() == LAST_LINES {
            self.0.pop_front();
        }
        self.0.push_back(line.text);
    }

    fn text(self, silent: &str) -> String {
        if self.0.is_empty() { silent.to_owned() } else { Vec::from(self.0).join("\n") }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    #[test]
    fn lines_are_told_and_the_last_words_kept() {
        let script =
            r"printf '  1%% (1/9)\r 50%% (5/9)\rBusy: 100%% (9/9), done.\nfatal: \033[31mbad\nsecond' >&2; exit 3";
        let mut told = Vec::new();
        let mut tell = |line: &str| told.push(line.to_owned());
        let error = run(shell(script), &mut Watch::new(&|| false, &mut tell)).unwrap_err();
        assert!(matches!(&error, RunError::Failed(said) if said == "fatal: [31mbad\nsecond"), "{error:?}");
        assert_eq!(told.len(), 5, "{told:?}");
        let error = run(shell("exit 3"), &mut Watch::default()).unwrap_err();
        assert!(matches!(&error, RunError::Failed(said) if said.contains('3')), "{error:?}");
        run(shell("echo fine >&2"), &mut Watch::default()).unwrap();
    }

    #[test]
    fn a_stop_ends_it_at_once() {
        let begun = Instant::now();
        let stopped = run(shell("echo on >&2; exec sleep 60"), &mut Watch::new(&|| true, &mut |_| {}));
        assert!(matches!(stopped, Err(RunError::Stopped)), "{stopped:?}");
        assert!(begun.elapsed() < Duration::from_secs(20));
        let deaf = run(shell("trap '' TERM; while :; do sleep 1; done"), &mut Watch::new(&|| true, &mut |_| {}));
        assert!(matches!(deaf, Err(RunError::Stopped)), "{deaf:?}");
        assert!(begun.elapsed() < Duration::from_secs(40));
        let interrupted = run(shell("kill -INT $$"), &mut Watch::default());
        assert!(matches!(interrupted, Err(RunError::Stopped)), "{interrupted:?}");
    }
}
