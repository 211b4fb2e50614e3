//! Archives of toolchains and of rustup, packed and taken over, as Python romt reads and writes them.

#![expect(clippy::unwrap_used, reason = "tests")]

mod damage;
mod hostile;
mod kill;
mod mirror;
mod pack;
mod python;
mod release;
mod rustup;
mod signatures;
mod tar_file;
mod unpack;
