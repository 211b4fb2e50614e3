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
    Mirrors Rust crates, toolchains and rustup for networks without internet

    Usage: romt [OPTIONS] [OPERATION]

    Operations:
      up           Sync what is selected into a mirror, and serve it
      serve        Serve a mirror, and nothing else
      prune        Remove from a mirror what is not selected
      explain      Say why a version is in the selection or not
      crate        Mirror crates with the commands and folders of Python romt
      toolchain    Mirror Rust toolchains with the commands and folders of Python romt
      rustup       Mirror rustup itself with the commands and folders of Python romt
      fetcher      Run the fetcher of a deployment; as many as wanted
      indexer      Run the indexer of a deployment; of several, one works at a time
      packer       Run the packer of a deployment: archives into an outbox, and out of an inbox
      server       Run the server of a deployment; as many as wanted
      sync         Have a deployment sync, and follow it
      export       Have a deployment write archives of what is new, and follow it
      import       Have a deployment look at its inbox, and follow what becomes of it
      status       Say which services a deployment has, what waits, and what was done last
      healthcheck  Say whether the service on this machine is ready
      jobs         Show the queues of a deployment, and deal with jobs that were given up

    Options:
          --readme   Print the README
      -h, --help     Print help
      -V, --version  Print version

    Examples:
      romt up --lockfile Cargo.lock         mirror what this Cargo.lock needs into ./mirror and serve it
      romt up --crate serde --crate rand@0.9 --every 1h
      romt up --manifest Cargo.toml --once  sync and leave
      romt up --toolchain stable --target linux --rustup stable
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

    Toolchains and rustup:
          --toolchain <SPEC>
              This toolchain: stable, beta, nightly, 1.90.0, 1.90, nightly-2026-04-16 (repeatable)
          --target <TARGET>
              Toolchains for this target: a triple, linux, windows, darwin or all (repeatable)
          --profile <minimal|default|complete|all>
              How much of each toolchain, as rustup has it; all is everything there is [default:
              default; without one, components are all that is wanted]
          --components <LIST>
              These packages too, or with a ! before the name not those, like rust-src (repeatable)
          --rustup <SPEC>
              This release of rustup itself: stable or 1.29.0 (repeatable)
          --rustup-target <TARGET>
              rustup for this target [default: those of toolchains that it runs on]
          --keep <CHANNEL=N,…>
              Delete older days of toolchains, like nightly=14,beta=4,stable=6,versions=6 [default: all
              stay]
          --dist-url <URL>
              The dist folder to mirror toolchains from, like https://rust.example/dist [default: Rust's
              own]
          --rustup-url <URL>
              The folder to mirror rustup from, like https://rust.example/rustup [default: Rust's own]

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

    Archives:
          --export [<DIR>]           Write archives of what is new since the last export, after every
                                     sync [DIR: ./outbox]
          --export-every <DURATION>  Export again that long after the last export [default: after every
                                     sync]
          --export-all               Export everything that is here once more, not only what is new
          --import [<DIR>]           Fill the mirror from the archives that are put into DIR, instead of
                                     from upstream [DIR: ./inbox]
          --consume                  Move what was taken in to done/ in the inbox, and what is bad to
                                     the quarantine

    Common options:
          --config <FILE>  Settings file [default: ROMT_CONFIG, or romt.toml if there is one]
          --json           Say what happens on standard output, one JSON object a line
      -v, --verbose...     Log more; twice: much more
      -q, --quiet...       Say nothing but errors; twice: log nothing at all

    Examples:
      romt up --lockfile Cargo.lock
      romt up --crate serde --crate 'tokio@>=1.40' --versions all --mirror /srv/mirror
      romt up --lockfile a/Cargo.lock --lockfile b/Cargo.lock --bind 0.0.0.0 --every 1h
      romt up --manifest Cargo.toml --once --json
      romt up --toolchain stable --toolchain 1.90.0 --target linux --target windows --rustup stable
      romt up --toolchain nightly --target linux --keep nightly=14 --every 1d
      romt up --lockfile Cargo.lock --every 1d --export /media/outbox
      romt up --import /media/inbox --bind 0.0.0.0      where there is no internet

    What an earlier selection brought stays until `romt prune`; older days of toolchains until `--keep`
    lets go of them.
    The variables RUSTUP_DIST_SERVER and RUSTUP_UPDATE_ROOT do not count here: on the machine of a
    mirror they often name the
    mirror itself. Upstream is what --dist-url and --rustup-url say.
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
          --config <FILE>  Settings file [default: ROMT_CONFIG, or romt.toml if there is one]
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
