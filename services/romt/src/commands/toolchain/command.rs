//! The COMMANDs of `romt toolchain`.

use std::str::FromStr;

use crate::commands::workplace::command;

/// What `romt toolchain` can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ToolchainCommand {
    FetchManifest,
    Download,
    Verify,
    List,
    AllTargets,
    AllComponents,
    Pack,
    Unpack,
    Fixup,
    Prune,
}

use ToolchainCommand::{AllComponents, AllTargets, Download, FetchManifest, Fixup, List, Pack, Prune, Unpack, Verify};

const COMMANDS: [ToolchainCommand; 10] =
    [FetchManifest, Download, Verify, List, AllTargets, AllComponents, Pack, Unpack, Fixup, Prune];

impl ToolchainCommand {
    /// As it is typed.
    pub(super) fn name(self) -> &'static str {
        match self {
            FetchManifest => "fetch-manifest",
            Download => "download",
            Verify => "verify",
            List => "list",
            AllTargets => "all-targets",
            AllComponents => "all-components",
            Pack => "pack",
            Unpack => "unpack",
            Fixup => "fixup",
            Prune => "prune",
        }
    }
}

impl FromStr for ToolchainCommand {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        command("toolchain", &COMMANDS, Self::name, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_read_by_its_name_and_nothing_else_is() {
        for command in COMMANDS {
            assert_eq!(command.name().parse::<ToolchainCommand>().unwrap(), command);
        }
        for bad in ["", "LIST", "fetch_manifest", "nope", " pack"] {
            let error = bad.parse::<ToolchainCommand>().unwrap_err();
            assert_eq!(error.to_string(), format!("invalid COMMAND '{bad}'"));
        }
    }
}
