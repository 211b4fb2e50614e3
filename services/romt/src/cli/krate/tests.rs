use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use super::*;

/// The verb as a program of its own, with what the whole program hands down.
#[derive(Debug, Parser)]
#[command(infer_long_args = true, no_binary_name = true)]
struct Verb {
    #[command(flatten)]
    options: CrateOptions,
}

fn try_read(arguments: &[&str]) -> Result<CrateOptions, clap::Error> {
    Verb::try_parse_from(arguments).map(|verb| verb.options)
}

fn read(arguments: &[&str]) -> CrateOptions {
    try_read(arguments).unwrap()
}

#[test]
fn the_defaults_are_those_of_python_romt() {
    let options = read(&[]);
    assert!(options.commands.is_empty() && options.start.is_none());
    assert_eq!(
        (&*options.index.to_string_lossy(), &*options.crates.to_string_lossy()),
        ("git/crates.io-index", "crates")
    );
    assert_eq!((&*options.end, &*options.archive.to_string_lossy()), ("HEAD", "crates.tar.gz"));
    assert_eq!((options.transfers.num_jobs, options.transfers.timeout), (4, 60));
    assert_eq!(options.server_url, "http://localhost:8000");
    assert_eq!(options.index_url, defaults::CRATES_GIT_INDEX);
    assert_eq!(options.crates_url, defaults::CRATES_URL.parse().unwrap());
}

#[test]
fn row_6_commands_and_options_come_in_any_order() {
    let options = read(&["-v", "pull", "--end", "x", "list", "-qq", "download", "--keep-going"]);
    assert_eq!(options.commands, ["pull", "list", "download"]);
    assert_eq!((&*options.end, options.talk.verbose, options.talk.quiet, options.keep_going), ("x", 1, 2, true));
}

#[test]
fn row_7_long_options_can_be_abbreviated() {
    // Every beginning of an option that Python romt takes.
    for (name, shortest) in [
        ("verbose", "v"),
        ("quiet", "q"),
        ("num-jobs", "n"),
        ("timeout", "t"),
        ("assume-ok", "as"),
        ("index-url", "index-"),
        ("start", "st"),
        ("end", "e"),
        ("allow-missing-start", "al"),
        ("good-crates", "g"),
        ("bad-crates", "ba"),
        ("archive", "ar"),
        ("keep-going", "k"),
        ("crates-url", "crates-"),
        ("bundle-path", "bu"),
        ("server-url", "se"),
        ("show-path", "show-p"),
        ("show-hash", "show-h"),
        ("filter-file", "filter-"),
    ] {
        let command = Verb::command();
        let full = command.get_arguments().find(|argument| argument.get_long() == Some(name)).unwrap().get_id().clone();
        for length in shortest.len()..=name.len() {
            let option = format!("--{}", &name[..length]);
            let tried = [vec![&*option], vec![&*option, "7"]].into_iter().find_map(|arguments| {
                let matches = Verb::command().try_get_matches_from(arguments).ok()?;
                Some(matches.value_source(full.as_str()) == Some(clap::parser::ValueSource::CommandLine))
            });
            assert_eq!(tried, Some(true), "{option}");
        }
    }
}

#[test]
fn an_exact_name_is_not_an_abbreviation() {
    let options = read(&["--crate", "serde", "--crates", "c", "--index", "i", "--filter", "f"]);
    assert_eq!(options.selection.krate, ["serde"]);
    assert_eq!((options.crates, options.index), ("c".into(), "i".into()));
    for unclear in ["--cr", "--crat", "--i", "--inde", "--s", "--show", "--b", "--a", "--fi"] {
        assert!(try_read(&[unclear, "x"]).is_err(), "{unclear}");
    }
}

#[test]
fn values_are_given_in_all_the_usual_ways() {
    let options = read(&["-j4", "--end=x", "--start=", "-vv", "-qv"]);
    assert_eq!((options.transfers.num_jobs, &*options.end, options.start.as_deref()), (4, "x", Some("")));
    assert_eq!((options.talk.verbose, options.talk.quiet), (3, 1));
}

#[test]
fn row_12_numbers_may_be_negative() {
    let options = read(&["-j", "-3", "--timeout", "-5", "list"]);
    assert_eq!(
        (options.transfers.num_jobs, options.transfers.timeout, &*options.commands),
        (-3, -5, &["list".to_owned()][..])
    );
    assert_eq!(read(&["-j-3", "--timeout=-5"]).transfers.num_jobs, -3);
    assert_eq!(try_read(&["-j", "many"]).unwrap_err().kind(), ErrorKind::ValueValidation);
}

#[test]
fn said_twice_the_last_counts_but_lists_grow() {
    let twice = ["--end", "a", "--keep-going", "--end", "b", "--keep-going", "--crates-url", "x", "--crates-url", "y"];
    let options = read(&twice);
    assert_eq!((&*options.end, options.crates_url), ("b", "y".parse().unwrap()));
    let options = read(&["--filter", "a", "--filter-file", "f", "--filter", "b", "--filter-file", "g"]);
    assert_eq!(options.filter, ["a", "b"]);
    assert_eq!(options.filter_file, ["f", "g"].map(PathBuf::from));
    assert_eq!(read(&["--crate", "a", "--crate", "b"]).selection.krate, ["a", "b"]);
}

#[test]
fn row_4_what_is_no_option_is_refused() {
    assert_eq!(try_read(&["--foo"]).unwrap_err().kind(), ErrorKind::UnknownArgument);
    assert_eq!(try_read(&["--end"]).unwrap_err().kind(), ErrorKind::InvalidValue);
    assert_eq!(try_read(&["--crates-url", "{x}"]).unwrap_err().kind(), ErrorKind::ValueValidation);
}
