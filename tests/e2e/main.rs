//! From nothing to a mirror that the real cargo builds from.

mod cargo;
mod politeness;
mod registry;
mod selection;
mod serving;
