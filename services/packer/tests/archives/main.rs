//! Archives of crates, packed and taken over: from a folder of crates into one, as Python romt reads and writes them.

#![expect(clippy::unwrap_used, reason = "tests")]

mod damage;
mod hostile;
mod kill;
mod mirrors;
mod pack;
mod support;
mod unpack;
