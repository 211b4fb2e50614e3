//! Bad input: a clear error that names the thing, with a hint; what is stored stays.

mod folder;
mod port;
mod selection;
mod settings;
mod verbs;
