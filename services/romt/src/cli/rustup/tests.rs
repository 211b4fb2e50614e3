use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use super::*;

/// The verb as a program of its own, with what the whole program hands down.
#[derive(Debug, Parser)]
#[command(infer_long_args = true, no_binary_name = true)]
struct Verb {
    #[command(flatten)]
    options: RustupOptions,
}

fn read(arguments: &[&str]) -> RustupOptions {
    Verb::try_parse_from(arguments).unwrap().options
}

#[test]
fn the_defaults_are_those_of_python_romt() {
    let options = read(&[]);
    assert!(options.commands.is_empty() && options.select.is_empty() && options.target.is_empty());
    assert_eq!((options.dest, options.archive), ("rustup".into(), "rustup.tar.gz".into()));
    assert_eq!((options.transfers.num_jobs, options.transfers.timeout), (4, 60));
    assert!(options.url.is_none() && !options.assume_ok);
}

#[test]
fn rows_6_and_7_options_come_anywhere_and_may_be_short() {
    let options =
        read(&["download", "--sel", "stable", "--ta", "linux", "pack", "--d", "x", "--u", "y", "--as", "-vj9"]);
    assert_eq!(options.commands, ["download", "pack"]);
    assert_eq!((options.select, options.target), (vec!["stable".into()], vec!["linux".into()]));
    assert_eq!((options.dest, options.url), ("x".into(), Some("y".into())));
    assert_eq!((options.assume_ok, options.talk.verbose, options.transfers.num_jobs), (true, 1, 9));
}

#[test]
fn it_has_the_options_of_python_romt_and_no_others() {
    let command = Verb::command();
    let mut options: Vec<_> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
    options.sort_unstable();
    let known = ["archive", "assume-ok", "dest", "num-jobs", "quiet", "select", "target", "timeout", "url", "verbose"];
    assert_eq!(options, known);
    let refused = Verb::try_parse_from(["--no-signature"]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::UnknownArgument);
}
