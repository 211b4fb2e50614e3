//! Which toolchains `romt up` mirrors.

use std::path::Path;
use std::sync::Arc;

use romt_bundle::FolderLimits;
use romt_dist::{ComponentChoice, Download, Keep, Keyring, ManifestPath, Profile, TargetSelection, ToolchainSpec};
use romt_indexer::ToolchainsConfig;
use romt_indexer::toolchains::SignaturePolicy;
use romt_runtime::one_line;
use romt_runtime::settings::keys::{
    ACCEPT_SHA1, COMPONENTS, DIST_URL, KEEP, KEYRING, PROFILE, SIGNATURES, TARGET, TOOLCHAIN,
};
use romt_runtime::settings::{Key, Reader, Recorded, values};
use romt_types::ParseError;
use romt_upstream::defaults;

use super::keyring::add_keys;
use super::upstream_folder::web_folder;

/// The toolchains that are selected; `None` where neither any are nor what is to be kept is said.
pub(super) fn toolchains(
    reader: &mut Reader<'_>,
    targets: Result<Option<TargetSelection>, Recorded>,
    signatures: Result<SignaturePolicy, Recorded>,
    mirror: &Path,
    num_jobs: usize,
) -> Result<Option<ToolchainsConfig>, Recorded> {
    let paths = reader.list(&TOOLCHAIN, specs).map(|specs| specs.concat());
    let wanted = wanted(reader);
    let keep = reader.optional(&KEEP, str::parse::<Keep>);
    let url = reader.value_or(&DIST_URL, &format!("{}/dist", defaults::DIST_SERVER), web_folder);
    let targets = match (targets?, paths.as_deref()) {
        (None, Ok([_, ..])) => return Err(reader.refuse(&TARGET, "it is not set, and toolchains need one")),
        (targets, _) => targets,
    };
    let (paths, keep) = (paths?, keep?);
    let (components, profile) = wanted?;
    let (url, signatures) = (url?, signatures?);
    if paths.is_empty() && keep.is_none() {
        return Ok(None);
    }
    Ok(Some(ToolchainsConfig {
        paths,
        wanted: Download { targets: targets.unwrap_or(TargetSelection::Held), components, profile, cross: false },
        url,
        signatures,
        keep,
        num_jobs,
        max_size: FolderLimits::default().file_size,
        dest: mirror.join("dist"),
    }))
}

fn specs(text: &str) -> Result<Vec<ManifestPath>, String> {
    let specs = ToolchainSpec::parse_list([text]).and_then(|specs| ToolchainSpec::exact(&specs));
    specs.map_err(|error| error.to_string())
}

/// The targets under a key, if any are.
pub(super) fn targets(reader: &mut Reader<'_>, key: &'static Key) -> Result<Option<TargetSelection>, Recorded> {
    let words = reader.list(key, |text| match TargetSelection::parse_list([text]) {
        Ok(TargetSelection::Held) => Err("`*` stands for what is on disk; name targets, or `all`".to_owned()),
        Ok(TargetSelection::These { .. }) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    })?;
    Ok(if words.is_empty() { None } else { TargetSelection::parse_list(words).ok() })
}

/// How much of each toolchain.
fn wanted(reader: &mut Reader<'_>) -> Result<(ComponentChoice, Option<Profile>), Recorded> {
    let components = reader.list(&COMPONENTS, values::text);
    let profile = reader.optional(&PROFILE, |text| match text {
        "all" => Ok(None),
        name => name
            .parse()
            .map(Some)
            .map_err(|_| ParseError::new(name, "a profile", "it is none of minimal, default, complete, all")),
    });
    let components = ComponentChoice::parse_list(components?);
    Ok(match profile? {
        Some(Some(profile)) => (components, Some(profile)),
        Some(None) => (components.only_excluding(), None),
        None if components.names_any() => (components, None),
        None => (components, Some(Profile::Default)),
    })
}

/// What `signatures` says.
#[derive(Clone, Copy)]
enum Rigour {
    Check,
    Warn,
    Off,
}

/// How much signatures of toolchains count, whoever brings or takes them.
pub(super) fn signatures(reader: &mut Reader<'_>) -> Result<SignaturePolicy, Recorded> {
    let rigour = reader.value(&SIGNATURES, |text| match text {
        "check" => Ok(Rigour::Check),
        "warn" => Ok(Rigour::Warn),
        "off" => Ok(Rigour::Off),
        _ => Err(ParseError::new(text, "a way with signatures", "it is none of check, warn, off")),
    });
    let sha1 = reader.value(&ACCEPT_SHA1, |text| {
        text.parse::<bool>().map_err(|_| ParseError::new(text, "a choice", "it is `true` or `false`"))
    });
    let files = reader.paths(&KEYRING);
    let (rigour, sha1, files) = (rigour?, sha1?, files?);
    if matches!(rigour, Rigour::Off) {
        return Ok(SignaturePolicy::Off);
    }
    let mut keyring = Keyring::rust().map_err(|error| reader.refuse(&SIGNATURES, one_line(&error)))?;
    if sha1 {
        keyring = keyring.accept_sha1();
    }
    for file in files {
        if let Err(error) = add_keys(&mut keyring, &file) {
            return Err(reader.refuse(&KEYRING, one_line(error.as_ref())));
        }
    }
    let keyring = Arc::new(keyring);
    Ok(if matches!(rigour, Rigour::Warn) { SignaturePolicy::Warn(keyring) } else { SignaturePolicy::Check(keyring) })
}
