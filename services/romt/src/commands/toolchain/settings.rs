//! From the options of `romt toolchain` to what its steps work with.

use std::path::PathBuf;
use std::sync::Arc;

use romt_bundle::FolderLimits;
use romt_dist::{ComponentChoice, Keep, Keyring, Profile, TargetSelection, ToolchainSpec};
use romt_indexer::toolchains::SignaturePolicy;
use romt_upstream::ClientConfig;

use crate::cli::ToolchainOptions;
use crate::settings::{Transfers, UpstreamFolder, add_keys, targets};

/// What the steps of `romt toolchain` need to know.
#[derive(Debug)]
pub(super) struct ToolchainSettings {
    /// Which toolchains.
    pub(super) specs: Vec<ToolchainSpec>,
    /// For which targets; none were named.
    pub(super) targets: Option<TargetSelection>,
    /// Which packages.
    pub(super) components: ComponentChoice,
    /// How much of each toolchain, if not all.
    pub(super) profile: Option<Profile>,
    /// Whether only what it takes to compile for the targets on another.
    pub(super) cross: bool,
    /// The folder of toolchains.
    pub(super) dest: PathBuf,
    /// How much `prune` leaves.
    pub(super) keep: Option<Keep>,
    /// Where they are from.
    pub(super) upstream: UpstreamFolder,
    /// Downloads at once.
    pub(super) num_jobs: usize,
    /// How upstream is asked.
    pub(super) client: ClientConfig,
    /// How large packages and archives may be.
    pub(super) limits: FolderLimits,
    /// How much signatures count.
    pub(super) signatures: SignaturePolicy,
    /// Whether it is only said what would be done.
    pub(super) dry_run: bool,
    /// Whether packages that are there are believed.
    pub(super) assume_ok: bool,
    /// The archive to pack or unpack; it may be empty.
    pub(super) archive: PathBuf,
}

impl ToolchainSettings {
    /// Reads the options, the keys they name, and what the environment says of upstream.
    pub(super) fn read(options: &ToolchainOptions) -> anyhow::Result<Self> {
        let Transfers { num_jobs, client } = Transfers::read(options.transfers)?;
        Ok(Self {
            specs: ToolchainSpec::parse_list(&options.select)?,
            targets: targets(&options.target)?,
            components: ComponentChoice::parse_list(&options.components),
            profile: options.profile,
            cross: options.cross,
            dest: options.dest.clone(),
            keep: options.keep.clone(),
            upstream: UpstreamFolder::of_toolchains(options.url.as_deref(), |name| std::env::var(name).ok()),
            num_jobs,
            client,
            limits: FolderLimits::default(),
            signatures: signatures(options)?,
            dry_run: options.dry_run,
            assume_ok: options.assume_ok,
            archive: options.archive.clone().into(),
        })
    }
}

fn signatures(options: &ToolchainOptions) -> anyhow::Result<SignaturePolicy> {
    if options.no_signature {
        return Ok(SignaturePolicy::Off);
    }
    let mut keyring = Keyring::rust()?;
    if options.accept_sha1 {
        keyring = keyring.accept_sha1();
    }
    for path in &options.keyring {
        add_keys(&mut keyring, path)?;
    }
    let keyring = Arc::new(keyring);
    Ok(if options.warn_signature { SignaturePolicy::Warn(keyring) } else { SignaturePolicy::Check(keyring) })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn read(arguments: &[&str]) -> anyhow::Result<ToolchainSettings> {
        let command = ToolchainOptions::augment_args(Command::new("toolchain")).no_binary_name(true);
        let matches = command.try_get_matches_from(arguments)?;
        ToolchainSettings::read(&ToolchainOptions::from_arg_matches(&matches)?)
    }

    #[test]
    fn signatures_count_unless_it_is_said_otherwise() {
        let policy = |arguments: &[&str]| match read(arguments).unwrap().signatures {
            SignaturePolicy::Check(keyring) => format!("check {}", keyring.fingerprints().len()),
            SignaturePolicy::Warn(keyring) => format!("warn {}", keyring.fingerprints().len()),
            SignaturePolicy::Off => "off".to_owned(),
        };
        assert_eq!(policy(&[]), "check 1");
        assert_eq!(policy(&["--warn-signature", "--accept-sha1"]), "warn 1");
        assert_eq!(policy(&["--warn-signature", "--no-signature", "--keyring", "/dev/null/x"]), "off");
    }

    #[test]
    fn a_file_of_keys_must_have_some() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.asc");
        let error = |file: &Path| read(&["--keyring", file.to_str().unwrap()]).unwrap_err().to_string();
        let message = format!("cannot use the keys in `{}`", file.display());
        assert_eq!(error(&file), message, "it is not there");
        std::fs::write(&file, "no keys\n").unwrap();
        assert_eq!(error(&file), message);
    }

    #[test]
    fn what_cannot_be_asked_for_is_told_before_anything_is_done() {
        let error = |arguments: &[&str]| read(arguments).unwrap_err().to_string();
        assert_eq!(error(&["-s", "stable,"]), "invalid SPEC ''");
        assert_eq!(error(&["-t", "../x"]), "invalid TARGET '../x'");
        assert_eq!(read(&["-t", " , "]).unwrap().targets, None);
    }
}
