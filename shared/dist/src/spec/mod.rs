//! What is asked for on a command line or in settings: SPECs, TARGETs, components.

mod components;
mod error;
mod rustup;
mod targets;
mod toolchain;
mod words;

pub use components::{ComponentChoice, Components, Profile};
pub use error::{SpecError, TargetError};
pub use rustup::RustupSpec;
pub use targets::TargetSelection;
pub use toolchain::{ToolchainSpec, WildSpec};
