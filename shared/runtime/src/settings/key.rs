//! What a setting is called.

/// A setting: its names, and what people are told about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name in kebab case: after `--`, its option.
    pub name: &'static str,
    /// The table of `romt.toml` it is in; none: the top level.
    pub table: Option<&'static str>,
    /// The last part of its path in `romt.toml`, where that is not its name: what the table says need not be said again.
    pub short: Option<&'static str>,
    /// Its environment variable.
    pub env: &'static str,
    /// Whether it is an option of the command line, too.
    pub option: bool,
    /// Whether it may be given several times; then `romt.toml` has an array and the variable separates by commas.
    pub list: bool,
    /// Whether it is written like `a=1,b=2`; then `romt.toml` may have a table.
    pub pairs: bool,
    /// What stands for its value in help texts.
    pub value: &'static str,
    /// What it is for, one line.
    pub help: &'static str,
    /// What counts if nobody sets it.
    pub fallback: Fallback,
}

/// What counts for a setting that nobody sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// This value, written as a user would write it.
    Value(&'static str),
    /// A value that is made elsewhere, described for people.
    Described(&'static str),
    /// Nothing: the feature is off.
    Nothing,
}

impl Key {
    /// Its path in `romt.toml`: `port`, `crates.lockfile`.
    pub fn path(&self) -> String {
        self.table.map_or_else(|| self.key().to_owned(), |table| format!("{table}.{}", self.key()))
    }

    /// The last part of that: `lockfile`.
    pub fn key(&self) -> &'static str {
        self.short.unwrap_or(self.name)
    }

    /// Its option on the command line: `--port`.
    pub fn flag(&self) -> String {
        format!("--{}", self.name)
    }

    /// Its help for a command: what it is for, its default, whether it may be repeated.
    pub fn describe(&self) -> String {
        match self.fallback {
            Fallback::Value(text) | Fallback::Described(text) => self.describe_with(text),
            Fallback::Nothing if self.list => format!("{} (repeatable)", self.help),
            Fallback::Nothing => self.help.to_owned(),
        }
    }

    /// The same for a command that has its own default.
    pub fn describe_with(&self, fallback: &str) -> String {
        format!("{} [default: {fallback}]", self.help)
    }
}
