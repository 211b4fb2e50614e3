//! The signals that stop a process.

use std::future::pending;
use std::io;

use tokio::signal::unix::{self, SignalKind};
use tokio::sync::mpsc;

/// A request to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: Ctrl-C on a terminal.
    Interrupt,
    /// SIGTERM: a service manager or container engine.
    Terminate,
}

impl Signal {
    /// The exit status of a process that was stopped by it and stopped well.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            // Who asked politely wants to know whether the stop went well, and it did.
            Self::Terminate => 0,
        }
    }
}

/// Where stop requests come from.
#[derive(Debug)]
pub struct Signals(Source);

#[derive(Debug)]
enum Source {
    Kernel { interrupt: unix::Signal, terminate: unix::Signal },
    Channel(mpsc::Receiver<Signal>),
}

impl Signals {
    /// Takes SIGINT and SIGTERM over from their default, which is to end the process. Needs a Tokio runtime.
    pub fn listen() -> io::Result<Self> {
        Ok(Self(Source::Kernel {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
        }))
    }

    /// Stop requests from a channel; when it closes, no more come.
    pub fn from_channel(channel: mpsc::Receiver<Signal>) -> Self {
        Self(Source::Channel(channel))
    }

    /// The next stop request. Dropping the future loses none.
    pub async fn next(&mut self) -> Signal {
        match &mut self.0 {
            Source::Kernel { interrupt, terminate } => tokio::select! {
                Some(()) = interrupt.recv() => Signal::Interrupt,
                Some(()) = terminate.recv() => Signal::Terminate,
                else => pending().await,
            },
            Source::Channel(channel) => match channel.recv().await {
                Some(signal) => signal,
                None => pending().await,
            },
        }
    }
}
