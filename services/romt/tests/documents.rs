//! The documents say what the program does: the README's table of settings and the sample settings file.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::path::{Path, PathBuf};
use std::process::Command;

use romt_runtime::settings::keys::{KEYS, markdown};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn sample() -> String {
    std::fs::read_to_string(repository().join("deploy/romt.toml")).unwrap()
}

#[test]
fn the_readme_has_the_table_of_settings() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    assert!(readme.contains(&markdown()), "the table in README.md should be\n{}", markdown());
}

#[test]
fn the_sample_names_every_setting_once() {
    let (mut table, mut named) = (String::new(), Vec::new());
    for line in sample().lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = format!("{name}.");
        } else if let Some((name, _)) = line.trim_start_matches('#').split_once(" = ")
            && !name.contains(' ')
        {
            named.push(format!("{table}{name}"));
        }
    }
    for key in KEYS {
        assert_eq!(named.iter().filter(|path| **path == key.path()).count(), 1, "{}", key.path());
    }
}

/// What `romt up` says of a settings file. It is also given an option that it cannot read, so it gets no further; all bad
/// settings are told at once, so those of the file would be told as well.
fn complaints(name: &str, settings: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(name);
    std::fs::write(&file, settings).unwrap();
    let mut romt = Command::new(env!("CARGO_BIN_EXE_romt"));
    for key in KEYS {
        romt.env_remove(key.env);
    }
    romt.current_dir(folder).args(["up", "--timeout", "never", "--config"]).arg(&file);
    let output = romt.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_sample_can_be_read_as_it_is_and_with_every_setting_set() {
    let all_set: String = sample().lines().map(|line| uncommented(line).to_owned() + "\n").collect();
    for (name, settings) in [("sample.toml", sample()), ("all-set.toml", all_set)] {
        let text = complaints(name, &settings);
        assert!(text.contains("--timeout") && !text.contains(name), "{text}\nof\n{settings}");
    }
    let text = complaints("wrong.toml", "prot = 1\n");
    assert!(text.contains("--timeout") && text.contains("wrong.toml"), "{text}");
}

/// A setting that is commented out, set; other lines as they are. Text has a space after its `#`.
fn uncommented(line: &str) -> &str {
    line.strip_prefix('#').filter(|rest| !rest.is_empty() && !rest.starts_with(' ')).unwrap_or(line)
}
