//! The `git` program, for what libgit2 is poor at: fetching over the network, bundles, indexing large packs.

mod run;
mod watch;

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) use run::{RunError, run};
pub use watch::Watch;

/// The `git` program, run so that it can never ask anybody anything.
#[derive(Debug, Clone)]
pub struct GitProgram {
    path: PathBuf,
    /// What is set beside the environment that romt has itself.
    environment: Vec<(&'static str, OsString)>,
}

/// Variables that point git at another repository or write elsewhere, as they are set where romt is run by a hook
/// (`git rev-parse --local-env-vars`); and one that opens windows.
const REMOVED: [&str; 17] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "SSH_ASKPASS",
];

/// Settings for every run: nothing in the background, no hooks, no helper that runs any program, and packs that are on the
/// disk when git says so (git-config(1)). Git passes over what it does not know.
const SETTINGS: [&str; 9] = [
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.writeCommitGraph=false",
    "fetch.unpackLimit=1",
    "protocol.ext.allow=never",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.fsync=committed,loose-object,pack-metadata,reference",
    "core.bigFileThreshold=64m",
];

impl GitProgram {
    /// Looks for `git` on the PATH.
    pub fn find() -> Option<Self> {
        Self::find_by(|name| std::env::var_os(name))
    }

    fn find_by(variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let folders = variable("PATH")?;
        let path = std::env::split_paths(&folders)
            // An empty or relative folder means another program in each current folder.
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join("git"))
            .find(|path| path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0))?;
        Some(Self { path, environment: environment(variable) })
    }

    /// A command on the repository whose git folder is `git_folder`. Named like this it may belong to somebody else, as
    /// for libgit2.
    pub(crate) fn command(&self, git_folder: &Path) -> Command {
        let mut command = Command::new(&self.path);
        for name in REMOVED {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("GIT_DIR", git_folder);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }
}

/// What git is told beside its own variables: never to ask, to speak English, and romt's settings for TLS and proxies in
/// git's and curl's words, where the user has set no others.
fn environment(variable: impl Fn(&str) -> Option<OsString>) -> Vec<(&'static str, OsString)> {
    let mut set: Vec<(&'static str, OsString)> = [
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GCM_INTERACTIVE", "never"),
        ("SSH_ASKPASS_REQUIRE", "never"),
        ("LC_ALL", "C"),
        ("GIT_PAGER", "cat"),
    ]
    .map(|(name, value)| (name, value.into()))
    .into();
    let value = |name: &str| variable(name).filter(|value| !value.is_empty());
    for (ours, gits) in
        [("SSL_CERT_FILE", "GIT_SSL_CAINFO"), ("SSL_CERT_DIR", "GIT_SSL_CAPATH"), ("HTTP_PROXY", "http_proxy")]
    {
        if let (Some(value), None) = (value(ours), variable(gits)) {
            set.push((gits, value));
        }
    }
    let unchecked = value("SSL_VERIFY").is_some_and(|value| value.eq_ignore_ascii_case("false"));
    if unchecked && variable("GIT_SSL_NO_VERIFY").is_none() {
        set.push(("GIT_SSL_NO_VERIFY", "true".into()));
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_by(variables: &[(&str, &str)]) -> Vec<(&'static str, OsString)> {
        environment(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value)))
    }

    #[test]
    fn romts_settings_are_translated_unless_git_has_its_own() {
        let has = |set: &[(&str, OsString)], name, value: &str| set.contains(&(name, value.into()));
        let set =
            set_by(&[("SSL_VERIFY", "False"), ("SSL_CERT_FILE", "/c"), ("SSL_CERT_DIR", "/d"), ("HTTP_PROXY", "p")]);
        for (name, value) in
            [("GIT_SSL_NO_VERIFY", "true"), ("GIT_SSL_CAINFO", "/c"), ("GIT_SSL_CAPATH", "/d"), ("http_proxy", "p")]
        {
            assert!(has(&set, name, value), "{name}: {set:?}");
        }
        let own = [
            ("SSL_VERIFY", "false"),
            ("SSL_CERT_FILE", "/c"),
            ("HTTP_PROXY", "p"),
            ("GIT_SSL_NO_VERIFY", "0"),
            ("GIT_SSL_CAINFO", "/g"),
            ("http_proxy", "q"),
        ];
        let set = set_by(&own);
        assert!(!set.iter().any(|(name, _)| name.starts_with("GIT_SSL") || *name == "http_proxy"), "{set:?}");
        assert!(has(&set_by(&[]), "GIT_TERMINAL_PROMPT", "0"));
        assert!(!set_by(&[("SSL_VERIFY", "true")]).iter().any(|(name, _)| *name == "GIT_SSL_NO_VERIFY"));
    }

    #[test]
    fn only_a_program_in_an_absolute_folder_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let find = |path: &str| GitProgram::find_by(|name| (name == "PATH").then(|| OsString::from(path)));
        let path = folder.path().to_str().unwrap();
        assert!(find(path).is_none());
        std::fs::write(folder.path().join("git"), "").unwrap();
        assert!(find(path).is_none(), "it cannot be run");
        std::fs::set_permissions(folder.path().join("git"), PermissionsExt::from_mode(0o755)).unwrap();
        assert!(find(path).is_some());
        assert!(find(&format!("/no/such:{path}")).is_some());
        assert!(find(".:").is_none());
        assert!(GitProgram::find_by(|_| None).is_none());
    }
}
