//! Archives of crates, from the writer to the reader, to and from Python, and as an attacker would have them.

#![expect(clippy::unwrap_used, reason = "tests")]

mod bombs;
mod damage;
mod folder;
mod hostile;
mod python;
mod round_trip;
mod support;
