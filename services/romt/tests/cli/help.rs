//! What the program says of itself.

use crate::program::{Program, assert_shown};

#[test]
fn row_1_version() {
    assert_shown!(Program::new().run(&["--version"]), @r"
    status 0
    --- stdout
    romt [VERSION]
    ");
}

#[test]
fn help() {
    assert_shown!(Program::new().run(&["--help"]), @r"
    status 0
    --- stdout
    Mirrors Rust crates for networks without internet

    Usage: romt [OPTIONS] [OPERATION]

    Operations:
      up         Sync what is selected into a mirror, and serve it
      serve      Serve a mirror, and nothing else
      prune      Remove from a mirror what is not selected
      explain    Say why a version is in the selection or not
      crate      Mirror crates with the commands and folders of Python romt
      toolchain  Mirror Rust toolchains with the commands and folders of Python romt
      rustup     Mirror rustup itself with the commands and folders of Python romt
      jobs       Show the queues of a deployment, and deal with jobs that were given up

    Options:
          --readme   Print the README
      -h, --help     Print help
      -V, --version  Print version

    Examples:
      romt up --lockfile Cargo.lock         mirror what this Cargo.lock needs into ./mirror and serve it
      romt up --crate serde --crate rand@0.9 --every 1h
      romt up --manifest Cargo.toml --once  sync and leave
      romt serve --mirror /srv/mirror       only serve
      romt explain syn@2.0.100 --lockfile Cargo.lock
      romt crate update                     bring a mirror with Python romt's folders up to date
      romt toolchain -s stable -t linux download
      romt rustup -s stable -t linux download

    Every setting is also a variable (ROMT_MIRROR, ROMT_PORT, …) and a key of romt.toml.
    ");
}

#[test]
fn row_2_the_readme() {
    let program = Program::new();
    let readme = concat!("status 0\n--- stdout\n", include_str!("../../../../README.md"));
    assert_eq!(program.run(&["--readme"]), readme);
    assert_eq!(program.run_unread(&["--readme"]), "status 0\n");
}

#[test]
fn row_3_no_verb() {
    assert_shown!(Program::new().run(&[]), @r"
    status 1
    --- stderr
    error: missing OPERATION (try --help)
    ");
}

#[test]
fn help_of_up() {
    assert_shown!(Program::new().run(&["up", "--help"]), @r"
    status 0
    --- stdout
    Sync what is selected into a mirror, and serve it

    Usage: romt up [OPTIONS]

    Options:
      -h, --help  Print help

    Selection:
          --lockfile <FILE>        Every registry crate in this Cargo.lock (repeatable)
          --manifest <FILE>        What this Cargo.toml depends on, and so on (repeatable)
          --crate <NAME[@REQ]>     This crate and what it depends on, like serde or serde@1.0
                                   (repeatable)
          --versions <newest|all>  Per requirement, the newest matching version or all of them [default:
                                   newest]

    Mirror:
          --mirror <DIR>  The folder that holds the mirror [default: ./mirror]

    Serve:
          --bind <ADDR>       Address to serve on; 0.0.0.0 or :: for all [default: 127.0.0.1]
          --port <N>          Port to serve on; 0 for any that is free [default: 8000]
          --server-url <URL>  URL that clients reach the mirror by, where a proxy hides it [default:
                              what each client used]

    Upstream:
          --index-url <URL>    The sparse index to mirror from, like sparse+https://index.example/
                               [default: that of crates.io]
      -j, --num-jobs <N>       Downloads at once [default: 16]
          --timeout <SECONDS>  Give a connection up after this much silence [default: 60]

    Sync:
          --once              Sync and leave; serve nothing
          --refresh           Ask upstream about every index file, also those asked about a moment ago
          --every <DURATION>  Sync again that long after the last sync, like 1h or 30m

    Common options:
          --config <FILE>  Settings file [default: romt.toml, if there is one]
          --json           Say what happens on standard output, one JSON object a line
      -v, --verbose...     Log more; twice: much more
      -q, --quiet...       Say nothing but errors; twice: log nothing at all

    Examples:
      romt up --lockfile Cargo.lock
      romt up --crate serde --crate 'tokio@>=1.40' --versions all --mirror /srv/mirror
      romt up --lockfile a/Cargo.lock --lockfile b/Cargo.lock --bind 0.0.0.0 --every 1h
      romt up --manifest Cargo.toml --once --json

    What an earlier selection brought stays until `romt prune`.
    Every setting is also a variable (ROMT_MIRROR, ROMT_PORT, …) and a key of romt.toml.
    ");
}

#[test]
fn help_of_serve() {
    assert_shown!(Program::new().run(&["serve", "--help"]), @r"
    status 0
    --- stdout
    Serve a mirror, and nothing else

    Usage: romt serve [OPTIONS]

    Options:
          --mirror <DIR>      The folder that holds the mirror [default: .]
          --bind <ADDR>       Address to serve on; 0.0.0.0 or :: for all [default: localhost]
          --port <N>          Port to serve on; 0 for any that is free [default: 8000]
          --server-url <URL>  URL that clients reach the mirror by, where a proxy hides it [default:
                              what each client used]
      -h, --help              Print help

    Common options:
          --config <FILE>  Settings file [default: romt.toml, if there is one]
          --json           Say what happens on standard output, one JSON object a line
      -v, --verbose...     Log more; twice: much more
      -q, --quiet...       Say nothing but errors; twice: log nothing at all
    ");
}

#[test]
fn a_verb_that_is_not_there_yet() {
    assert_shown!(Program::new().run(&["doctor", "-s", "stable", "list", "--help"]), @r"
    status 2
    --- stderr
    error: `romt doctor` is not built yet
    hint: `romt --help` lists what is there
    ");
}

#[test]
fn a_verb_that_will_never_be_there() {
    assert_shown!(Program::new().run(&["serv"]), @r"
    status 2
    --- stderr
    error: unrecognized subcommand 'serv'

      tip: some similar subcommands exist: 'server', 'serve'

    Usage: romt [OPTIONS] [OPERATION]

    For more information, try '--help'.
    ");
}
