//! The real cargo, as a client that knows one registry and nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Outcome, Process, WAY_OUT, inherited};

/// A package to build, with a cargo home of its own in which crates-io is replaced.
#[derive(Debug)]
pub struct Project {
    folder: TempDir,
    /// Whether it asks the registry that cargo asks by itself, over whatever network there is.
    in_the_world: bool,
}

/// A proxy that is not there: whoever asks another host than ours gets an error, not an answer.
const NO_WAY_OUT: &str = "http://127.0.0.1:1";

impl Project {
    /// A package `app` with this `[dependencies]` table. Its program prints `tree()` of each of `shown`, one a line.
    ///
    /// `index_url` is the registry that stands for crates-io: `sparse+http://…/`.
    pub fn new(index_url: &str, dependencies: &str, shown: &[&str]) -> Self {
        let mut project = Self::in_the_world(dependencies);
        project.show(shown);
        project.use_registry(index_url);
        project
    }

    /// The same for cargo's own registry, until [`use_registry`](Self::use_registry).
    pub fn in_the_world(dependencies: &str) -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a temporary folder"), in_the_world: true };
        project.write(
            "app/Cargo.toml",
            &format!(
                "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
                 [workspace]\n\n[dependencies]\n{dependencies}\n"
            ),
        );
        project.show(&[]);
        project
    }

    /// Has the program print `tree()` of each of `crates`.
    pub fn show(&self, crates: &[&str]) {
        let lines: Vec<String> =
            crates.iter().map(|name| format!("    println!(\"{{}}\", {name}::tree());\n")).collect();
        self.write("app/src/main.rs", &format!("fn main() {{\n{}}}\n", lines.concat()));
    }

    /// Replaces crates-io by another registry, and forgets what came from the last one.
    pub fn use_registry(&mut self, index_url: &str) {
        self.in_the_world = false;
        let home = self.home();
        if home.exists() {
            std::fs::remove_dir_all(&home).expect("removing the cargo home");
        }
        self.write(
            "home/config.toml",
            &format!("[source.crates-io]\nreplace-with = \"mirror\"\n\n[source.mirror]\nregistry = \"{index_url}\"\n"),
        );
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder in a temporary folder");
        std::fs::write(path, content).expect("a file in a temporary folder");
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Its manifest.
    pub fn manifest(&self) -> PathBuf {
        self.folder.path().join("app/Cargo.toml")
    }

    /// Its lockfile; cargo makes it.
    pub fn lockfile(&self) -> PathBuf {
        self.folder.path().join("app/Cargo.lock")
    }

    /// The registry versions in its lockfile: `serde@1.0.0`, in order.
    pub fn locked(&self) -> Vec<String> {
        locked(&self.lockfile())
    }

    /// Runs `cargo ARGS…` in the package to its end.
    pub fn cargo(&self, args: &[&str]) -> Outcome {
        self.cargo_in(&self.folder.path().join("app"), args)
    }

    /// Runs `cargo ARGS…` in another folder, with this project's cargo home and target folder.
    pub fn cargo_in(&self, folder: &Path, args: &[&str]) -> Outcome {
        // Within `cargo test` this is the cargo that runs it.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(args).current_dir(folder).env_clear();
        command.envs(inherited(&["PATH", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"]));
        if let (None, Some(home)) = (std::env::var_os("RUSTUP_HOME"), std::env::var_os("HOME")) {
            command.env("RUSTUP_HOME", Path::new(&home).join(".rustup"));
        }
        command.env("HOME", self.folder.path()).env("CARGO_HOME", self.home());
        command.env("CARGO_TARGET_DIR", self.folder.path().join("target"));
        command.env("CARGO_NET_RETRY", "0").env("CARGO_TERM_COLOR", "never").env("CARGO_INCREMENTAL", "0");
        if self.in_the_world {
            command.envs(inherited(&WAY_OUT));
        } else {
            command.env("http_proxy", NO_WAY_OUT).env("https_proxy", NO_WAY_OUT).env("no_proxy", "127.0.0.1,localhost");
        }
        Process::spawn(command).wait()
    }

    /// Builds the program from its lockfile as it is, runs it, and returns what it prints.
    pub fn build_and_run(&self) -> String {
        self.cargo(&["run", "--quiet", "--locked"]).succeeds().stdout
    }
}

/// The registry versions that a lockfile lists: `serde@1.0.0`, in order.
pub fn locked(lockfile: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(lockfile).expect("a lockfile");
    let mut locked = Vec::new();
    for package in text.split("[[package]]").skip(1) {
        let field = |name: &str| package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
        if let (Some(name), Some(version), Some(_)) = (field("name"), field("version"), field("source")) {
            locked.push(format!("{}@{}", name.trim_matches('"'), version.trim_matches('"')));
        }
    }
    locked.sort();
    locked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Upstream, scenario};

    #[test]
    fn cargo_builds_made_up_crates_from_the_fake_upstream() {
        let upstream = Upstream::start();
        scenario::family(&upstream);
        let project = Project::new(&upstream.index_url(), scenario::FAMILY_DEPENDENCY, &["parent"]);
        project.cargo(&["generate-lockfile"]).succeeds();
        assert_eq!(project.locked(), scenario::FAMILY_LOCKED);
        assert_eq!(project.build_and_run(), scenario::FAMILY_TREE);
        project.cargo(&["add", "nowhere"]).exits_with(101);
    }
}
