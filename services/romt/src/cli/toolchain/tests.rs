use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{CommandFactory, Parser};

use super::*;

/// The verb as a program of its own, with what the whole program hands down.
#[derive(Debug, Parser)]
#[command(infer_long_args = true, no_binary_name = true)]
struct Verb {
    #[command(flatten)]
    options: ToolchainOptions,
}

fn try_read(arguments: &[&str]) -> Result<ToolchainOptions, clap::Error> {
    Verb::try_parse_from(arguments).map(|verb| verb.options)
}

fn read(arguments: &[&str]) -> ToolchainOptions {
    try_read(arguments).unwrap()
}

#[test]
fn the_defaults_are_those_of_python_romt() {
    let options = read(&[]);
    assert!(options.commands.is_empty() && options.select.is_empty() && options.target.is_empty());
    assert_eq!((options.dest, options.archive), ("dist".into(), "toolchain.tar.gz".into()));
    assert_eq!((options.transfers.num_jobs, options.transfers.timeout), (4, 60));
    assert_eq!((options.url, options.profile, options.keep), (None, None, None));
    assert!(!options.cross && !options.warn_signature && !options.no_signature && !options.assume_ok);
    assert!(!options.dry_run && !options.accept_sha1);
}

#[test]
fn row_6_commands_and_options_come_in_any_order() {
    let options = read(&["-v", "download", "-s", "stable", "pack", "-qq", "-t", "linux", "--cross", "list"]);
    assert_eq!(options.commands, ["download", "pack", "list"]);
    assert_eq!((&*options.select, &*options.target), (&["stable".to_owned()][..], &["linux".to_owned()][..]));
    assert_eq!((options.talk.verbose, options.talk.quiet, options.cross), (1, 2, true));
}

#[test]
fn row_7_long_options_can_be_abbreviated() {
    // Every beginning of an option that Python romt takes.
    for (name, shortest) in [
        ("verbose", "v"),
        ("quiet", "q"),
        ("num-jobs", "nu"),
        ("timeout", "ti"),
        ("assume-ok", "as"),
        ("select", "s"),
        ("target", "ta"),
        ("cross", "cr"),
        ("dest", "d"),
        ("url", "u"),
        ("archive", "ar"),
        ("components", "co"),
        ("warn-signature", "w"),
        ("no-signature", "no"),
    ] {
        let command = Verb::command();
        let full = command.get_arguments().find(|argument| argument.get_long() == Some(name)).unwrap().get_id().clone();
        for length in shortest.len()..=name.len() {
            let option = format!("--{}", &name[..length]);
            let tried = [vec![&*option], vec![&*option, "7"]].into_iter().find_map(|arguments| {
                let matches = Verb::command().try_get_matches_from(arguments).ok()?;
                Some(matches.value_source(full.as_str()) == Some(ValueSource::CommandLine))
            });
            assert_eq!(tried, Some(true), "{option}");
        }
    }
    for unclear in ["--n", "--t", "--c", "--a"] {
        assert!(try_read(&[unclear, "x"]).is_err(), "{unclear}");
    }
}

#[test]
fn row_12_numbers_may_be_negative() {
    let options = read(&["-j0", "--timeout", "-5", "list"]);
    assert_eq!((options.transfers.num_jobs, options.transfers.timeout), (0, -5));
}

#[test]
fn said_twice_the_last_counts_but_lists_grow() {
    let options = read(&["--dest", "a", "--cross", "--dest", "b", "--cross", "--archive=", "--url", "x", "--url", "y"]);
    assert_eq!((options.dest, options.archive, options.url), ("b".into(), "".into(), Some("y".into())));
    let options =
        read(&["-s", "a", "-t", "x", "--sel", "b,c", "--target=y", "--components", "!p", "--components", "q"]);
    assert_eq!((options.select, options.target), (vec!["a".into(), "b,c".into()], vec!["x".into(), "y".into()]));
    assert_eq!(options.components, ["!p", "q"]);
    assert_eq!(read(&["--keyring", "a", "--keyring", "b"]).keyring, ["a", "b"].map(PathBuf::from));
}

#[test]
fn profiles_and_what_to_keep_are_read_at_once() {
    assert_eq!(read(&["--profile", "minimal"]).profile, Some(Profile::Minimal));
    let keep = read(&["--keep", "nightly=14,beta=4,stable=6"]).keep;
    assert_eq!(keep, "stable=6,nightly=14,beta=4".parse().ok());
    for bad in [["--profile", "small"], ["--keep", "14"], ["--keep", "nightly=x"], ["-j", "many"]] {
        assert_eq!(try_read(&bad).unwrap_err().kind(), ErrorKind::ValueValidation, "{bad:?}");
    }
}
