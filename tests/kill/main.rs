//! Ended at any point, by `kill -9` or politely: what is published stays sound, nothing bad is under a final name, and the
//! next run completes.

mod damage;
mod publishing;
mod stopping;
mod syncing;
