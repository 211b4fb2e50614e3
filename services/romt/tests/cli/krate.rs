//! `romt crate`: what it takes, and what it says of what it does not.

use romt_upstream::defaults;

use crate::program::{Program, assert_shown};

/// What `romt crate --help` says, without the addresses of upstream.
fn help(program: &Program) -> String {
    let help = program.run(&["crate", "--help"]);
    help.replace(defaults::CRATES_GIT_INDEX, "[INDEX]").replace(defaults::CRATES_URL, "[CRATES]")
}

#[test]
fn help_of_crate() {
    assert_shown!(help(&Program::new()), @r"
    status 0
    --- stdout
    Mirror crates with the commands and folders of Python romt

    Usage: romt crate [OPTIONS] [COMMAND]...

    Arguments:
      [COMMAND]...  What to do; several are done in the order given

    Options:
      -h, --help  Print help

    Mirror:
          --index <INDEX>         Repository of the index [default: git/crates.io-index]
          --crates <CRATES_ROOT>  Folder of the crates [default: crates]
          --server-url <URL>      Address of the mirror's server, for `config` [default:
                                  http://localhost:8000]

    Range:
          --start <START>        Revision where RANGE starts; 0: from nothing [default: `mark`, or 0 as
                                 long as there is none]
          --end <END>            Revision where RANGE ends [default: HEAD]
          --allow-missing-start  Take a START that is not there for 0
          --filter <FILTER>      Only these crates, like 'serde*@1.*, rand' (repeatable)
          --filter-file <FILE>   Only the crates that this file names by filters (repeatable)

    Upstream:
          --index-url <URL>        Index to mirror, for `init`: a git repository, or a sparse one like
                                   sparse+https://index.example/ [default:
                                   [INDEX]]
          --crates-url <TEMPLATE>  Where `download` finds crates, with {crate}, {version}, {prefix},
                                   {lowerprefix}, {sha256-checksum} [default: see below]
      -j, --num-jobs <N>           Downloads at once [default: 4]
          --timeout <SECONDS>      Give a connection up after this much silence; 0: never [default: 60]

    Selection:
          --lockfile <FILE>        Every registry crate in this Cargo.lock (repeatable)
          --manifest <FILE>        What this Cargo.toml depends on, and so on (repeatable)
          --crate <NAME[@REQ]>     This crate and what it depends on, like serde or serde@1.0
                                   (repeatable)
          --versions <newest|all>  Per requirement, the newest matching version or all of them [default:
                                   newest]

    Work:
          --assume-ok           Believe in files that are there, without checking them
          --keep-going          Go on when single crates fail
          --good-crates <FILE>  Write good crates of `download` and `verify` to FILE
          --bad-crates <FILE>   Write bad crates of `download` and `verify` to FILE
          --archive <ARCHIVE>   Archive to pack or unpack [default: crates.tar.gz]
          --bundle-path <FILE>  Where `pack` and `unpack` keep the bundle of commits [default:
                                INDEX/origin.bundle]

    Output:
          --show-path   List crates by path
          --show-hash   List crates by hash and path, as `sha256sum --check` reads them
      -v, --verbose...  Say more; may be repeated
      -q, --quiet...    Say only errors and data; twice: nothing

    COMMANDs to begin with:
      init         Set up INDEX and CRATES_ROOT of a mirror that downloads
      init-import  Set up INDEX and CRATES_ROOT of a mirror that imports
      config       Edit INDEX/config.json to point to the mirror's server

    COMMANDs for every day:
      update       As `pull prune download mark`
      export       As `pull prune download pack mark`
      import       As `unpack pull prune verify mark`

    COMMANDs that those are made of:
      pull         Bring commits from INDEX's origin into INDEX
      prune        Remove the files of crates that were removed in RANGE
      download     Download the crates that were added in RANGE
      verify       Check the crates that were added in RANGE
      pack         Pack the commits and crates of RANGE into ARCHIVE
      mark         Move the branches `mark` and `master` to END
      unpack       Unpack the commits and crates of ARCHIVE
      list         List the crates of RANGE; those that were removed have a `-`

    RANGE goes from START to END. Several COMMANDs run in the order given, and all
    options count for all of them. The selection is what `pull` brings of a sparse
    index; a git repository is always mirrored whole.

    Examples:
      romt crate init
      romt crate update
      romt crate export --archive crates-2026-03.tar.gz --keep-going
      romt crate list --start 0 --filter 'serde*@1.*'
      romt crate init --index-url sparse+https://index.example/
      romt crate update --lockfile Cargo.lock

    The default of --crates-url is
      [CRATES]
    ");
}

#[test]
fn its_help_fits_a_terminal_of_80_columns() {
    for line in help(&Program::new().with("COLUMNS", "80")).lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn nothing_to_do() {
    assert_shown!(Program::new().run(&["crate"]), @r"
    status 0
    --- stderr
    Nothing to do (try --help)
    ");
    assert_shown!(Program::new().run(&["crate", "-q", "--start", "0"]), @"status 0");
}

#[test]
fn row_4_a_bad_option() {
    assert_shown!(Program::new().run(&["crate", "--foo"]), @r"
    status 2
    --- stderr
    error: unexpected argument '--foo' found

      tip: to pass '--foo' as a value, use '-- --foo'

    Usage: romt crate [OPTIONS] [COMMAND]...

    For more information, try '--help'.
    ");
    assert_shown!(Program::new().run(&["crate", "list", "--crates-url", "https://host/{name}"]), @r"
    status 2
    --- stderr
    error: invalid value 'https://host/{name}' for '--crates-url <TEMPLATE>': `{name}` is not known; {crate}, {version}, {prefix}, {lowerprefix} and {sha256-checksum} are

    For more information, try '--help'.
    ");
}

#[test]
fn row_5_commands_are_checked_before_any_runs() {
    let program = Program::new();
    assert_shown!(program.run(&["crate", "init", "foo", "list"]), @r"
    status 1
    --- stderr
    error: invalid COMMAND 'foo'
    hint: `romt crate --help` lists them
    ");
    assert_eq!(std::fs::read_dir(program.folder()).unwrap().count(), 0);
}

#[test]
fn row_8_options_stand_after_the_verb_only() {
    assert_shown!(Program::new().run(&["-v", "crate", "list"]), @r"
    status 2
    --- stderr
    error: unexpected argument '-v' found

    Usage: romt [OPTIONS] [OPERATION]

    For more information, try '--help'.
    ");
}

#[test]
fn row_10_errors_are_silent_with_qq() {
    assert_shown!(Program::new().run(&["crate", "-qq", "foo"]), @"status 1");
    assert_shown!(Program::new().run(&["crate", "-q", "foo"]), @r"
    status 1
    --- stderr
    error: invalid COMMAND 'foo'
    hint: `romt crate --help` lists them
    ");
}

#[test]
fn a_filter_file_that_is_missing() {
    assert_shown!(Program::new().run(&["crate", "list", "--filter-file", "bad.txt"]), @r"
    status 1
    --- stderr
    error: cannot read the filter file `bad.txt`
      caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn settings_that_cannot_be_used() {
    let program = Program::new().with("ROMT_RETRIES", "none").with("ROMT_NUM_JOBS", "none");
    assert_shown!(program.run(&["crate", "pull", "--versions", "some"]), @r"
    status 2
    --- stderr
    error: 2 settings cannot be used
      --versions: `some` is not a choice of versions: it is `newest` or `all`
      ROMT_RETRIES: `none` is not a count: a number from 1 to 1000 is needed
    ");
}
