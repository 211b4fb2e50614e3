//! Sessions of `romt toolchain` and `romt rustup` in a folder, by our romt or by Python's.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use romt_dist::testing::SigningKey;
use romt_types::Digest;

use crate::process::{Outcome, Process};
use crate::{DistUpstream, RomtFolder, RomtProgram};

/// A folder in which a program with romt's command line keeps a mirror of toolchains and rustup, under the names that romt
/// chooses: `dist`, `rustup`.
///
/// Signatures are off until a key is [believed](Self::believe).
#[derive(Debug)]
pub struct DistMirror {
    place: RomtFolder,
    server: String,
    signatures: Vec<String>,
}

/// What every kind of mirror has, so that a session reads the same for each.
impl Deref for DistMirror {
    type Target = RomtFolder;

    fn deref(&self) -> &RomtFolder {
        &self.place
    }
}

impl DerefMut for DistMirror {
    fn deref_mut(&mut self) -> &mut RomtFolder {
        &mut self.place
    }
}

impl DistMirror {
    /// A mirror without an upstream: it takes archives over.
    pub fn importer(program: &RomtProgram) -> Self {
        // An address that would be asked by mistake is none of the world's.
        let server = "http://127.0.0.1:1".to_owned();
        Self { place: RomtFolder::new(program), server, signatures: vec!["--no-signature".to_owned()] }
    }

    /// A mirror of `upstream`.
    pub fn of(upstream: &DistUpstream, program: &RomtProgram) -> Self {
        let mut mirror = Self::importer(program);
        mirror.use_upstream(upstream.server_url());
        mirror
    }

    /// The same mirror once more, in a folder of its own.
    #[must_use]
    pub fn copied(&self) -> Self {
        let (server, signatures) = (self.server.clone(), self.signatures.clone());
        Self { place: self.place.copied(), server, signatures }
    }

    /// Asks another upstream from now on: an address or a folder, in which there are `dist` and `rustup`.
    pub fn use_upstream(&mut self, server: &str) {
        server.clone_into(&mut self.server);
    }

    /// From now on signatures count, and this key is believed beside Rust's own.
    pub fn believe(&mut self, key: &SigningKey) {
        let file = self.place.write("keys.asc", key.public());
        if self.is_python() {
            let (python, script) = (self.program().interpreter(), self.place.path("believing-romt"));
            let program = RomtProgram::believing(&python, &file, &script);
            self.place.continue_with(&program);
            self.signatures.clear();
        } else {
            self.signatures = vec!["--keyring".to_owned(), file.display().to_string()];
        }
    }

    /// From now on signatures count, and only Rust's own key is believed.
    pub fn believe_rust(&mut self) {
        self.signatures.clear();
    }

    /// From now on signatures do not count.
    pub fn believe_everything(&mut self) {
        self.signatures = vec!["--no-signature".to_owned()];
    }

    /// Runs `romt toolchain ARGS…` to its end, with the upstream that was set; arguments are separated by blanks outside of
    /// single quotes.
    pub fn toolchain(&self, args: &str) -> Outcome {
        self.spawn_toolchain(args).wait()
    }

    /// Starts `romt toolchain ARGS…`.
    pub fn spawn_toolchain(&self, args: &str) -> Process {
        let mut all = vec!["toolchain".to_owned(), "--url".to_owned(), format!("{}/dist", self.server)];
        all.extend(self.signatures.iter().cloned());
        self.spawn(all, args)
    }

    /// Runs `romt rustup ARGS…` to its end, with the upstream that was set.
    pub fn rustup(&self, args: &str) -> Outcome {
        self.spawn_rustup(args).wait()
    }

    /// Starts `romt rustup ARGS…`.
    pub fn spawn_rustup(&self, args: &str) -> Process {
        self.spawn(vec!["rustup".to_owned(), "--url".to_owned(), format!("{}/rustup", self.server)], args)
    }

    fn spawn(&self, mut all: Vec<String>, args: &str) -> Process {
        all.extend(words(args));
        Process::spawn(self.command(&all.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    /// The files below `dist` and their hashes; what romt keeps for itself left out.
    pub fn dist(&self) -> BTreeMap<String, Digest> {
        self.published("dist")
    }

    /// The paths of the manifests below `dist`, in order.
    pub fn manifests(&self) -> Vec<String> {
        self.dist_files_like(".toml")
    }

    /// The paths of the packages below `dist`, in order.
    pub fn packages(&self) -> Vec<String> {
        self.dist_files_like(".tar.xz")
    }

    /// The paths below `dist` that end so, in order.
    pub fn dist_files_like(&self, end: &str) -> Vec<String> {
        self.dist().into_keys().filter(|path| path.ends_with(end)).collect()
    }

    /// The files below `rustup` and their hashes; what romt keeps for itself left out.
    pub fn rustup_files(&self) -> BTreeMap<String, Digest> {
        self.published("rustup")
    }

    fn published(&self, folder: &str) -> BTreeMap<String, Digest> {
        let mut files = self.files_below(folder);
        files.retain(|path, _| !path.starts_with(".romt/"));
        files
    }
}

/// Splits arguments as a shell does that knows single quotes only.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut begun, mut quoted) = (String::new(), false, false);
    for c in text.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                begun = true;
            }
            c if c.is_whitespace() && !quoted => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            c => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn arguments_are_split() {
        assert_eq!(words(" -s 'a b',c  '' "), ["-s", "a b,c", ""]);
    }
}
