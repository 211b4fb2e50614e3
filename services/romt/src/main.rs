//! The one program of romt. The first argument chooses what it does.

mod cli;
mod commands;
mod console;
mod progress;
mod screen;
mod settings;

use std::process::ExitCode;

/// Many threads allocate here; the C library's allocator would keep half as much memory again for them.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match cli::parse() {
        cli::Invocation::Verb(verb) => commands::run(*verb),
        cli::Invocation::Unbuilt(verb) => commands::unbuilt(&verb),
        cli::Invocation::Readme => commands::readme(),
        cli::Invocation::Nothing => commands::nothing(),
    }
}
