//! The COMMANDs of `romt rustup`.

use std::str::FromStr;

use crate::commands::workplace::command;

/// What `romt rustup` can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RustupCommand {
    Download,
    Verify,
    List,
    AllTargets,
    Pack,
    Unpack,
    Fixup,
}

use RustupCommand::{AllTargets, Download, Fixup, List, Pack, Unpack, Verify};

const COMMANDS: [RustupCommand; 7] = [Download, Verify, List, AllTargets, Pack, Unpack, Fixup];

impl RustupCommand {
    /// As it is typed.
    pub(super) fn name(self) -> &'static str {
        match self {
            Download => "download",
            Verify => "verify",
            List => "list",
            AllTargets => "all-targets",
            Pack => "pack",
            Unpack => "unpack",
            Fixup => "fixup",
        }
    }
}

impl FromStr for RustupCommand {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        command("rustup", &COMMANDS, Self::name, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_read_by_its_name_and_nothing_else_is() {
        for command in COMMANDS {
            assert_eq!(command.name().parse::<RustupCommand>().unwrap(), command);
        }
        for bad in ["", "LIST", "all_targets", "fetch-manifest", " pack"] {
            let error = bad.parse::<RustupCommand>().unwrap_err();
            assert_eq!(error.to_string(), format!("invalid COMMAND '{bad}'"));
        }
    }
}
