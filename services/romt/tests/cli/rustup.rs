//! `romt rustup`: what it takes, does, and says.

use romt_upstream::defaults;

use crate::program::{Program, assert_shown};
use crate::toolchain_upstream::release_rustup;

const LINUX: &str = "x86_64-unknown-linux-gnu";
const WINDOWS: &str = "x86_64-pc-windows-msvc";

/// What `romt rustup --help` says, without the address of upstream.
fn help(program: &Program) -> String {
    program.run(&["rustup", "--help"]).replace(defaults::UPDATE_ROOT, "[ROOT]")
}

/// A mirror of two releases.
fn mirror() -> Program {
    let program = Program::new();
    release_rustup(&program, "1.9.0", &[LINUX]);
    release_rustup(&program, "1.27.1", &[LINUX, WINDOWS]);
    let shown = program.run(&["rustup", "--url", "up/rustup", "-qs", "stable,1.9.0", "-t", LINUX, "download"]);
    assert_eq!(shown, "status 0\n");
    program
}

#[test]
fn help_of_rustup() {
    assert_shown!(help(&Program::new()), @r"
    status 0
    --- stdout
    Mirror rustup itself with the commands and folders of Python romt

    Usage: romt rustup [OPTIONS] [COMMAND]...

    Arguments:
      [COMMAND]...  What to do; several are done in the order given

    Options:
      -h, --help  Print help

    Selection:
      -s, --select <SPEC>    Which releases (repeatable)
      -t, --target <TARGET>  For which targets (repeatable)

    Mirror:
          --dest <DIR>  Folder of the releases [default: rustup]

    Upstream:
          --url <URL>          Address of upstream's rustup, or a folder [default: $RUSTUP_UPDATE_ROOT,
                               or [ROOT]]
      -j, --num-jobs <N>       Downloads at once [default: 4]
          --timeout <SECONDS>  Give a connection up after this much silence; 0: never [default: 60]

    Work:
          --assume-ok          Believe in programs that are there, without checking them
          --archive <ARCHIVE>  Archive to pack or unpack [default: rustup.tar.gz]

    Output:
      -v, --verbose...  Say more; may be repeated
      -q, --quiet...    Say only errors and data; twice: nothing

    SPEC is X.Y.Z, `stable` for the release that release-stable.toml names, `latest`
    for the newest on disk, or `*` for each of them. Several are separated by commas
    or blanks.

    TARGET is a triple, or
      linux        x86_64-unknown-linux-gnu
      windows      x86_64-pc-windows-msvc
      darwin       aarch64-apple-darwin
      all          every target that rustup is known to be released for
      *            the targets on disk; what `verify` and `pack` take by default

    COMMANDs:
      download     Bring the releases that SPEC and TARGET name, and publish them
      verify       Read everything on disk again
      list         List the releases and targets on disk
      all-targets  List all known targets; others may be asked for, too
      pack         Pack what is on disk into ARCHIVE
      unpack       Take over ARCHIVE, which says itself what is in it; verify it and
                   publish it
      fixup        Make the newest of SPEC the stable release, unless a newer one is

    Several COMMANDs run in the order given, and all options count for all of them.

    Examples:
      romt rustup -s stable -t linux,windows download
      romt rustup -s stable -t all download pack
      romt rustup unpack list
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
    assert_shown!(Program::new().run(&["rustup"]), @r"
    status 0
    --- stderr
    nothing to do; try a COMMAND
    ");
    assert_shown!(Program::new().run(&["rustup", "-q", "-s", "stable"]), @"status 0");
}

#[test]
fn row_5_commands_are_checked_before_any_runs() {
    assert_shown!(mirror().run(&["rustup", "-s", "stable", "list", "nope"]), @r"
    status 1
    --- stderr
    error: invalid COMMAND 'nope'
    hint: `romt rustup --help` lists them
    ");
}

#[test]
fn rows_20_and_21_apply_to_rustup_too() {
    let program = Program::new();
    assert_shown!(program.run(&["rustup", "-s", "latest", "-t", "linux", "download"]), @r"
    status 1
    --- stderr
    error: invalid wild SPEC: latest
    ");
    assert_shown!(program.run(&["rustup", "-s", "stable", "download"]), @r"
    status 1
    --- stderr
    error: missing required TARGET; try --target
    ");
    assert_shown!(program.run(&["rustup", "-t", "linux", "download"]), @r"
    status 1
    --- stderr
    error: missing required SPEC; try --select
    ");
    assert_eq!(std::fs::read_dir(program.folder()).unwrap().count(), 0);
}

#[test]
fn row_63_stable_is_downloaded_and_published() {
    let program = Program::new();
    release_rustup(&program, "1.27.1", &[LINUX, WINDOWS]);
    let download = ["rustup", "--url", "up/rustup", "-s", "stable", "-t", "linux,windows", "-v", "download"];
    assert_shown!(program.run(&download), @r"
    status 0
    --- stderr
    Download: stable
      version: 1.27.1
      targets: 2
    [downloading] rustup/archive/1.27.1/x86_64-pc-windows-msvc/rustup-init.exe
    [downloading] rustup/archive/1.27.1/x86_64-unknown-linux-gnu/rustup-init
    [copytree] rustup/archive/1.27.1 -> rustup/dist
    [write] rustup/release-stable.toml (version=1.27.1)
    ");
}

#[test]
fn row_66_what_is_listed() {
    let program = mirror();
    assert_shown!(program.run(&["rustup", "-s", "*", "list"]), @r"
    status 0
    --- stdout
    T.List: 1.27.1
    1.27.1   targets[1]
      x86_64-unknown-linux-gnu
    T.List: 1.9.0
    1.9.0    targets[1]
      x86_64-unknown-linux-gnu
    ");
    assert_shown!(program.run(&["rustup", "-s", "*", "-q", "list"]), @r"
    status 0
    --- stdout
    1.27.1
    1.9.0
    ");
    assert_shown!(program.run(&["rustup", "-s", "stable 1.2.3", "list"]), @r"
    status 0
    --- stdout
    T.List: stable
    1.27.1   targets[1]
      x86_64-unknown-linux-gnu
    T.List: 1.2.3
    1.2.3    targets[0]
    ");
    assert_shown!(program.run(&["rustup", "-s", "*", "-qq", "list"]), @"status 0");
}

#[test]
fn row_67_all_targets() {
    let all = Program::new().run(&["rustup", "-q", "all-targets"]);
    assert_eq!(all.lines().count(), 2 + 33, "{all}");
    let shown = Program::new().run(&["rustup", "all-targets"]);
    assert!(shown.starts_with("status 0\n--- stdout\nAll known targets:\naarch64-apple-darwin\n"), "{shown}");
    assert_eq!(Program::new().run_unread(&["rustup", "all-targets"]), "status 0\n", "row 14");
}

#[test]
fn row_68_a_target_that_is_not_known() {
    assert_shown!(mirror().run(&["rustup", "-s", "latest", "-t", "nosuch", "verify"]), @r"
    status 1
    --- stderr
    warning: unknown target 'nosuch'
    Verify: 1.27.1
      version: 1.27.1
      targets: 1
    error: missing file rustup/archive/1.27.1/nosuch/rustup-init.sha256
    error: Aborting: 1 of 1 programs are missing or wrong
    hint: `romt rustup download` with the same SPEC and TARGET repairs them
    ");
}

#[test]
fn row_69_all_is_what_upstream_has() {
    let program = Program::new();
    release_rustup(&program, "1.27.1", &[LINUX, WINDOWS]);
    let shown = program.run(&["rustup", "--url", "up/rustup", "-s", "stable", "-t", "all", "download"]);
    assert!(shown.starts_with("status 0\n"), "{shown}");
    assert!(shown.contains("\nnote: upstream has no rustup 1.27.1 for 31 targets: aarch64-apple-darwin, "), "{shown}");
}

#[test]
fn row_70_a_download_that_fails() {
    let program = mirror();
    let download = ["rustup", "--url", "up/rustup", "-s", "stable", "-t", "darwin", "download"];
    assert_shown!(program.run(&download), @r"
    status 1
    --- stderr
    Download: stable
      version: 1.27.1
      targets: 1
    error: file://[FOLDER]/up/rustup/archive/1.27.1/aarch64-apple-darwin/rustup-init.sha256 is not there
    error: Aborting: 1 of 1 programs could not be had
    hint: nothing of it was published; the next download keeps what came
    ");
    assert_shown!(program.run(&["rustup", "-s", "latest", "list"]), @r"
    status 0
    --- stdout
    T.List: 1.27.1
    1.27.1   targets[1]
      x86_64-unknown-linux-gnu
    ");
}

#[test]
fn rows_72_and_73_an_archive_is_taken_over() {
    let program = mirror();
    program.run(&["rustup", "--url", "up/rustup", "-s", "stable", "-t", "windows", "download"]);
    assert_shown!(program.run(&["rustup", "-s", "*", "pack"]), @r"
    status 0
    --- stderr
    Packing archive: rustup.tar.gz
    Pack: 1.27.1
      version: 1.27.1
      targets: 2
    Pack: 1.9.0
      version: 1.9.0
      targets: 1
    ");
    assert_shown!(program.run(&["rustup", "--dest", "other/rustup", "unpack", "list"]), @r"
    status 0
    --- stdout
    T.List: 1.9.0
    1.9.0    targets[1]
      x86_64-unknown-linux-gnu
    T.List: 1.27.1
    1.27.1   targets[2]
      x86_64-pc-windows-msvc
      x86_64-unknown-linux-gnu
    --- stderr
    Unpacking archive: rustup.tar.gz
    Unpacked specs: 2
      1.9.0
      1.27.1
    Unpacked targets: 2
      x86_64-pc-windows-msvc
      x86_64-unknown-linux-gnu
    Verify: 1.9.0
      version: 1.9.0
      targets: 1
    Verify: 1.27.1
      version: 1.27.1
      targets: 2
    [copytree] other/rustup/archive/1.27.1 -> other/rustup/dist
    [write] other/rustup/release-stable.toml (version=1.27.1)
    ");
    assert_shown!(program.run(&["rustup", "--archive=", "pack"]), @r"
    status 1
    --- stderr
    error: missing archive name
    hint: name it with `--archive FILE`
    ");
}

#[test]
fn row_74_the_variable_names_upstream() {
    let program = Program::new().with("RUSTUP_UPDATE_ROOT", "up/rustup");
    release_rustup(&program, "1.27.1", &[LINUX]);
    assert_shown!(program.run(&["rustup", "-s", "stable", "-t", "linux", "-q", "download", "list"]), @r"
    status 0
    --- stdout
    1.27.1
    ");
    assert_shown!(program.run(&["rustup", "--url", "ftp://host", "-s", "stable", "-t", "linux", "download"]), @r"
    status 1
    --- stderr
    error: --url: `ftp://host` is not the address of a folder: `ftp` is not http, https or file
    ");
}
