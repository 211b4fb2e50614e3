//! The COMMANDs of `romt crate`.

use std::str::FromStr;

use crate::commands::workplace::command;

/// What `romt crate` can be told to do: one step, or several that have a name together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CrateCommand {
    /// One step.
    One(CrateStep),
    /// What a mirror with internet does from day to day.
    Update,
    /// The same, and packs what is new.
    Export,
    /// What a mirror without internet does with an archive.
    Import,
}

/// One thing that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CrateStep {
    Init,
    InitImport,
    Config,
    Pull,
    Prune,
    Download,
    Verify,
    Pack,
    Mark,
    Unpack,
    List,
}

use CrateStep::{Config, Download, Init, InitImport, List, Mark, Pack, Prune, Pull, Unpack, Verify};

const COMMANDS: [CrateCommand; 14] = [
    CrateCommand::One(Init),
    CrateCommand::One(InitImport),
    CrateCommand::One(Config),
    CrateCommand::Update,
    CrateCommand::Export,
    CrateCommand::Import,
    CrateCommand::One(Pull),
    CrateCommand::One(Prune),
    CrateCommand::One(Download),
    CrateCommand::One(Verify),
    CrateCommand::One(Pack),
    CrateCommand::One(Mark),
    CrateCommand::One(Unpack),
    CrateCommand::One(List),
];

impl CrateCommand {
    /// As it is typed.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::One(step) => step.name(),
            Self::Update => "update",
            Self::Export => "export",
            Self::Import => "import",
        }
    }

    /// What is done, in order.
    pub(super) fn parts(&self) -> &[CrateStep] {
        match self {
            Self::One(step) => std::slice::from_ref(step),
            Self::Update => &[Pull, Prune, Download, Mark],
            Self::Export => &[Pull, Prune, Download, Pack, Mark],
            Self::Import => &[Unpack, Pull, Prune, Verify, Mark],
        }
    }

    /// Whether its name stands for other steps.
    pub(super) fn is_alias(self) -> bool {
        !matches!(self, Self::One(_))
    }
}

impl FromStr for CrateCommand {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        command("crate", &COMMANDS, Self::name, name)
    }
}

impl CrateStep {
    /// As it is typed.
    pub(super) fn name(self) -> &'static str {
        match self {
            Init => "init",
            InitImport => "init-import",
            Config => "config",
            Pull => "pull",
            Prune => "prune",
            Download => "download",
            Verify => "verify",
            Pack => "pack",
            Mark => "mark",
            Unpack => "unpack",
            List => "list",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_read_by_its_name() {
        for command in COMMANDS {
            assert_eq!(command.name().parse::<CrateCommand>().unwrap(), command);
        }
    }

    #[test]
    fn names_are_taken_as_they_are() {
        for bad in ["foo", "", "PULL", "pul", "init_import", " pull"] {
            let error = bad.parse::<CrateCommand>().unwrap_err();
            assert_eq!(error.to_string(), format!("invalid COMMAND '{bad}'"));
        }
    }

    #[test]
    fn names_for_several_steps_stand_for_those_of_python_romt() {
        let parts = |name: &str| {
            let command: CrateCommand = name.parse().unwrap();
            command.parts().iter().map(|step| step.name()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(parts("update"), "pull prune download mark");
        assert_eq!(parts("export"), "pull prune download pack mark");
        assert_eq!(parts("import"), "unpack pull prune verify mark");
        assert_eq!(parts("init-import"), "init-import");
    }
}
