//! `romt toolchain`: what it takes, does, and says.

use romt_dist::testing::SampleRelease;
use romt_upstream::defaults;

use crate::program::{Program, assert_shown};
use crate::toolchain_upstream::{release, release_toolchain};

/// What `romt toolchain --help` says, without the address of upstream.
fn help(program: &Program) -> String {
    program.run(&["toolchain", "--help"]).replace(defaults::DIST_SERVER, "[SERVER]")
}

fn run(program: &Program, arguments: &str) -> String {
    let always = ["toolchain", "--url", "up/dist", "--no-signature"];
    program.run(&always.into_iter().chain(arguments.split_whitespace()).collect::<Vec<_>>())
}

/// A mirror of a release for Linux.
fn mirror() -> Program {
    let program = Program::new();
    release_toolchain(&program);
    assert_eq!(run(&program, "-s stable -t linux -q download"), "status 0\n");
    program
}

#[test]
fn help_of_toolchain() {
    assert_shown!(help(&Program::new()), @r"
    status 0
    --- stdout
    Mirror Rust toolchains with the commands and folders of Python romt

    Usage: romt toolchain [OPTIONS] [COMMAND]...

    Arguments:
      [COMMAND]...  What to do; several are done in the order given

    Options:
      -h, --help  Print help

    Selection:
      -s, --select <SPEC>
              Which toolchains (repeatable)
      -t, --target <TARGET>
              For which targets (repeatable)
          --components <LIST>
              Only these packages, or with a ! before the name all but these, like 'cargo rustc' or
              '!rust-docs' (repeatable)
          --profile <minimal|default|complete>
              What rustup needs for this profile, instead of all there is; --components adds to it
          --cross
              Only what it takes to compile for TARGET on another: rust-std

    Mirror:
          --dest <DIR>          Folder of the toolchains [default: dist]
          --keep <CHANNEL=N,…>  How many of the newest days of each channel `prune` keeps, like
                                nightly=14,beta=4,stable=6, and with versions=6 how many versions stay
                                known by name; of others all

    Upstream:
          --url <URL>          Address of upstream's dist, or a folder [default:
                               $RUSTUP_DIST_SERVER/dist, or [SERVER]/dist]
      -j, --num-jobs <N>       Downloads at once [default: 4]
          --timeout <SECONDS>  Give a connection up after this much silence; 0: never [default: 60]

    Signatures:
          --warn-signature  Warn where a signature on disk is bad or missing, instead of failing
          --no-signature    Neither fetch, check nor pack signatures
          --keyring <FILE>  Also believe the OpenPGP keys in FILE, beside Rust's own, which is built in
                            (repeatable)
          --accept-sha1     Believe signatures over SHA-1, which can be forged; releases 1.8 to 1.21
                            have no others

    Work:
          --dry-run            Only say what `download` would bring or `prune` delete, and how large it
                               is
          --assume-ok          Believe in packages that are there, without checking them
          --archive <ARCHIVE>  Archive to pack or unpack [default: toolchain.tar.gz]

    Output:
      -v, --verbose...  Say more; may be repeated
      -q, --quiet...    Say only errors and data; twice: nothing

    SPEC is CHANNEL, CHANNEL-DATE or DATE:
      CHANNEL  nightly, beta, stable, X.Y.Z, X.Y, X.Y.Z-beta.N, or * for those on disk
      DATE     YYYY-MM-DD, latest for the newest day on disk, or * for each of them
      Several are separated by commas or blanks. `*` alone is `*-*`.

    TARGET is a triple, or
      linux        x86_64-unknown-linux-gnu
      windows      x86_64-pc-windows-msvc
      darwin       aarch64-apple-darwin
      all          every target that the manifest names
      *            the targets on disk; what `verify` and `pack` take by default

    COMMANDs for every day:
      download        Bring what SPEC, TARGET and the choice of packages name, and
                      publish it
      pack            Pack what is on disk into ARCHIVE
      unpack          Take over ARCHIVE, which says itself what is in it; verify it
                      and publish it
      prune           Delete the days that are older than those that `--keep` keeps
                      and that no manifest at the top points to. Those of versions
                      (1.90.0, 1.90) stay, and so do their days, unless `--keep` has
                      versions=N: then only the N newest of each channel are sure to

    COMMANDs for now and then:
      fetch-manifest  Bring the manifest of SPEC alone
      verify          Read everything on disk again
      list            List what is on disk
      all-targets     List the targets that the manifest names
      all-components  List the packages that are available
      fixup           Publish what is on disk under all its names

    Several COMMANDs run in the order given, and all options count for all of them.

    Examples:
      romt toolchain -s stable -t linux --profile default --dry-run download
      romt toolchain -s 'stable 1.90.0 nightly-2026-04-16' -t linux,windows download
      romt toolchain -s latest pack
      romt toolchain unpack list
      romt toolchain --keep nightly=14,beta=4,stable=6,versions=6 prune
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
    assert_shown!(Program::new().run(&["toolchain"]), @r"
    status 0
    --- stderr
    nothing to do; try a COMMAND
    ");
}

#[test]
fn row_4_a_bad_option() {
    assert_shown!(Program::new().run(&["toolchain", "--foo"]), @r"
    status 2
    --- stderr
    error: unexpected argument '--foo' found

      tip: to pass '--foo' as a value, use '-- --foo'

    Usage: romt toolchain [OPTIONS] [COMMAND]...

    For more information, try '--help'.
    ");
    assert_shown!(Program::new().run(&["toolchain", "--profile", "small", "download"]), @r"
    status 2
    --- stderr
    error: invalid value 'small' for '--profile <minimal|default|complete>': it is none of minimal, default, complete

    For more information, try '--help'.
    ");
    assert_shown!(Program::new().run(&["toolchain", "--keep", "nightly", "prune"]), @r"
    status 2
    --- stderr
    error: invalid value 'nightly' for '--keep <CHANNEL=N,…>': it is not like nightly=14,stable=6

    For more information, try '--help'.
    ");
}

#[test]
fn row_5_commands_are_checked_before_any_runs() {
    assert_shown!(run(&mirror(), "-s stable list nope"), @r"
    status 1
    --- stderr
    error: invalid COMMAND 'nope'
    hint: `romt toolchain --help` lists them
    ");
}

#[test]
fn row_6_commands_share_options() {
    let program = Program::new();
    release_toolchain(&program);
    assert_shown!(run(&program, "-s stable -t linux download pack"), @r"
    status 0
    --- stderr
    Download: stable
      ident: stable-2024-02-08(1.76.0)
      packages: 15, targets: 1
    [publish] dist/2024-02-08/channel-rust-stable.toml
    [publish] dist/2024-02-08/channel-rust-1.76.0.toml
    [publish] dist/channel-rust-1.76.0.toml
    [publish] dist/channel-rust-1.76.toml
    [publish] dist/channel-rust-stable.toml
    15 files downloaded (1.0 kB), 0 were here
    Packing archive: toolchain.tar.gz
    Pack: stable
      ident: stable-2024-02-08(1.76.0)
      packages: 15, targets: 1
    ");
    assert!(program.folder().join("toolchain.tar.gz").exists());
}

#[test]
fn row_8_options_stand_after_the_verb_only() {
    assert!(Program::new().run(&["-v", "toolchain", "list"]).starts_with("status 2\n"));
}

#[test]
fn rows_9_10_and_37_what_is_listed() {
    let program = mirror();
    assert_shown!(run(&program, "-s stable-latest -q list"), @r"
    status 0
    --- stdout
    stable-2024-02-08(1.76.0)
    ");
    assert_shown!(run(&program, "-qq -s nightly-latest list"), @"status 1");
    assert_shown!(run(&program, "-s nightly-latest list"), @r"
    status 1
    --- stderr
    error: no matches for wild SPEC 'nightly-latest'
    ");
    assert_eq!(run(&program, "-s stable -t x86_64-unknown-linux-musl --cross -q download"), "status 0\n");
    // What Python romt prints after the same two downloads.
    let lines = [
        "stable-2024-02-08(1.76.0)    targets[10/94]   packages[34/425]  ",
        "  x86_64-unknown-linux-gnu                      native-target",
        "  x86_64-unknown-linux-musl                     cross-target",
    ];
    assert_eq!(run(&program, "-s stable list"), format!("status 0\n--- stdout\n{}\n", lines.join("\n")), "row 39");
}

#[test]
fn a_list_says_with_v_what_was_verified_for_it() {
    let program = mirror();
    let listed = run(&program, "-s stable -v list");
    assert!(
        listed.starts_with("status 0\n--- stdout\nT.List: stable\n[verify] dist/channel-rust-stable.toml\n"),
        "{listed}"
    );
    let names = run(&program, "-s stable -v all-targets");
    assert!(names.contains("All targets: stable\n[verify] dist/channel-rust-stable.toml\n  ident: "), "{names}");
}

#[test]
fn row_38_minimal_targets_are_listed_with_v() {
    let program = mirror();
    let count = |arguments: &str| run(&program, arguments).lines().filter(|line| line.ends_with(" minimal")).count();
    assert_eq!((count("-s stable list"), count("-s stable -v list")), (0, 8));
}

#[test]
fn rows_11_and_14_data_is_on_standard_output() {
    let program = mirror();
    assert_shown!(run(&program, "list"), @r"
    status 1
    --- stderr
    error: missing required SPEC; try --select
    ");
    let always = ["toolchain", "--no-signature", "-s", "stable"];
    for command in ["list", "all-targets", "all-components"] {
        let arguments: Vec<_> = always.into_iter().chain([command]).collect();
        assert!(!program.run(&arguments).contains("--- stderr"));
        assert_eq!(program.run_unread(&arguments), "status 0\n");
    }
    assert_eq!(run(&program, "-s stable -q all-targets").lines().count(), 2 + 115, "row 31");
    let components = run(&program, "-s stable all-components");
    assert!(components.contains("All components: stable\n  ident: stable-2024-02-08(1.76.0)\n    cargo\n"), "row 30");
    assert_eq!(run(&program, "-s stable -q all-components"), "status 0\n");
}

#[test]
fn rows_20_21_and_23_what_cannot_be_downloaded() {
    let program = Program::new();
    release_toolchain(&program);
    assert_shown!(run(&program, "-s nightly-* -t linux download"), @r"
    status 1
    --- stderr
    error: invalid wild SPEC: nightly-*
    ");
    assert_shown!(run(&program, "-s stable download"), @r"
    status 1
    --- stderr
    error: missing required TARGET; try --target
    ");
    assert_shown!(run(&program, "-s stable, -t linux download"), @r"
    status 1
    --- stderr
    error: invalid SPEC ''
    ");
    assert_shown!(run(&program, "-s stable -t nosuch download"), @r"
    status 1
    --- stderr
    Download: stable
      ident: stable-2024-02-08(1.76.0)
    error: target 'nosuch' not found in manifest
    ");
    assert_eq!(run(&program, "-s stable list").lines().next(), Some("status 1"), "nothing was published");
}

#[test]
fn rows_28_and_29_components_are_understood() {
    let program = Program::new();
    release_toolchain(&program);
    let arguments = "-s stable -t linux --components rustfmt,nosuch --components !rust-docs, --dry-run download";
    assert_shown!(run(&program, arguments), @r"
    status 0
    --- stdout
    1 files to download (69 B), 0 are here
    --- stderr
    Download: stable
      components limited to:
        rustfmt-preview
      components excluded:
        rust-docs
    note: component 'rustfmt' is called 'rustfmt-preview' in the manifest
    warning: component 'nosuch' is not in the manifest
      ident: stable-2024-02-08(1.76.0)
      packages: 15, targets: 1
    ");
}

#[test]
fn a_dry_run_says_how_large_a_profile_is() {
    let program = Program::new();
    release_toolchain(&program);
    assert_shown!(run(&program, "-s stable -t linux --profile minimal --dry-run download"), @r"
    status 0
    --- stdout
    3 files to download (204 B), 0 are here
    --- stderr
    Download: stable
      ident: stable-2024-02-08(1.76.0)
      packages: 3, targets: 1
    ");
    assert_shown!(run(&program, "-s stable list"), @r"
    status 1
    --- stderr
    error: missing file dist/channel-rust-stable.toml
    hint: `romt toolchain download` brings it
    ");
}

#[test]
fn row_50_an_archive_is_taken_over() {
    let program = mirror();
    assert_eq!(run(&program, "-s stable -q pack"), "status 0\n");
    assert_shown!(run(&program, "--dest other/dist unpack list"), @r"
    status 0
    --- stdout
    stable-2024-02-08(1.76.0)    targets[9/94]    packages[33/425]  
      x86_64-unknown-linux-gnu                      native-target
    --- stderr
    Unpacking archive: toolchain.tar.gz
    Unpacked specs: 1
      stable-2024-02-08
    Unpacked targets: 9
      i686-apple-darwin
      mips-unknown-linux-gnu
      mips-unknown-linux-musl
      mips64-unknown-linux-gnuabi64
      mips64el-unknown-linux-gnuabi64
      mipsel-unknown-linux-gnu
      mipsel-unknown-linux-musl
      sparcv9-sun-solaris
      x86_64-unknown-linux-gnu
    Verify: stable-2024-02-08
      ident: stable-2024-02-08(1.76.0)
      packages: 23, targets: 9
    Fixup: stable-2024-02-08
    [publish] other/dist/2024-02-08/channel-rust-1.76.0.toml
    [publish] other/dist/channel-rust-1.76.0.toml
    [publish] other/dist/channel-rust-1.76.toml
    [publish] other/dist/channel-rust-stable.toml
    ");
}

#[test]
fn row_59_signatures_count_without_any_program() {
    let program = mirror();
    assert_shown!(program.run(&["toolchain", "-s", "stable", "verify"]), @r"
    status 1
    --- stderr
    Verify: stable
    error: Signature failure for dist/channel-rust-stable.toml using signature dist/channel-rust-stable.toml.asc
      caused by: there is no signature in it
    ");
    assert_shown!(program.run(&["toolchain", "--url", "up/dist", "-s", "stable", "-t", "linux", "download"]), @r"
    status 1
    --- stderr
    Download: stable
    error: failed to download file://[FOLDER]/up/dist/channel-rust-stable.toml.asc
      caused by: it is not there
    hint: `--no-signature` is for an upstream without signatures
    ");
}

#[test]
fn rows_61_and_62_the_variable_names_upstream() {
    let program = Program::new().with("RUSTUP_DIST_SERVER", "up/");
    release_toolchain(&program);
    let download = ["toolchain", "--no-signature", "-s", "1.76.0", "-t", "linux", "-q", "download", "list"];
    assert_shown!(program.run(&download), @r"
    status 0
    --- stdout
    stable-2024-02-08(1.76.0)
    ");
}

#[test]
fn what_to_keep_must_be_said() {
    let program = mirror();
    assert_shown!(run(&program, "prune"), @r"
    status 2
    --- stderr
    error: missing what to keep; try --keep
    hint: `--keep nightly=14,beta=4,stable=6,versions=6` keeps so many of the newest days of each channel, and versions
    ");
    assert_shown!(run(&program, "--keep stable=1 prune"), @r"
    status 0
    --- stderr
    0 days deleted (0 files), 0 B freed
    ");
}

#[test]
fn what_a_name_points_to_is_pruned_when_names_are_to_go() {
    let program = mirror();
    release(&program, &SampleRelease::stable("1.77.0", "2024-03-21"));
    assert_eq!(run(&program, "-s stable -t linux --components cargo -q download"), "status 0\n");
    assert_shown!(run(&program, "--keep stable=1 prune"), @r"
    status 0
    --- stderr
    note: older days stay (1), because channel-rust-1.76.0.toml and 1 more point to them; with `versions=N` in what to keep, only the N newest versions keep their names
    0 days deleted (0 files), 0 B freed
    ");
    assert_shown!(run(&program, "--keep stable=1,versions=1 --dry-run prune"), @r"
    status 0
    --- stdout
    1 days to delete (38 files, [SIZE])
    --- stderr
    [withdraw] dist/channel-rust-1.76.0.toml
    [withdraw] dist/channel-rust-1.76.toml
    ");
    assert_shown!(run(&program, "--keep stable=1,versions=1 prune"), @r"
    status 0
    --- stderr
    [withdraw] dist/channel-rust-1.76.0.toml
    [withdraw] dist/channel-rust-1.76.toml
    1 days deleted (38 files), [SIZE] freed
    ");
    assert!(!program.folder().join("dist/2024-02-08").exists());
    assert!(run(&program, "-s 1.77.0,1.77,stable verify").starts_with("status 0\n"));
}
