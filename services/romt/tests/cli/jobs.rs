//! `romt jobs`, where there is no bus.

use crate::program::{Program, assert_shown};

#[test]
fn help_of_jobs() {
    assert_shown!(Program::new().run(&["jobs", "--help"]), @r"
    status 0
    --- stdout
    Show the queues of a deployment, and deal with jobs that were given up

    Usage: romt jobs [OPTIONS] [COMMAND] [QUEUE/ID]...

    Arguments:
      [COMMAND]
              What to do

              Possible values:
              - list:    Show how many jobs each queue holds, and which were given up
              - requeue: Put jobs that were given up into their queues again
              - discard: Forget jobs that were given up
              
              [default: list]

      [QUEUE/ID]...
              The jobs that were given up to deal with

    Options:
          --all
              All jobs that were given up

      -h, --help
              Print help (see a summary with '-h')

    Deployment:
          --bus <ADDRESS>
              The bus of a deployment, like nats://HOST:4222/NAME; memory: is one process [default:
              memory:]

    NATS:
          --nats-creds <FILE>
              Creds for NATS as nsc writes them: a JWT and its nkey

          --nats-nkey <FILE>
              File with the seed of the nkey by which NATS knows romt

          --nats-user <NAME>
              User of NATS, whose password is in nats-password-file

          --nats-password-file <FILE>
              File with the password of the user of NATS

          --nats-token-file <FILE>
              File with the token by which NATS knows romt

          --nats-ca <FILE>
              Certificates to trust of NATS, as PEM [default: those that the system trusts]

          --nats-cert <FILE>
              Certificate by which NATS knows romt, as PEM; with nats-key

          --nats-key <FILE>
              Private key of that certificate, as PEM

    Common options:
          --config <FILE>
              Settings file [default: ROMT_CONFIG, or romt.toml if there is one]

          --json
              Say what happens on standard output, one JSON object a line

      -v, --verbose...
              Log more; twice: much more

      -q, --quiet...
              Say nothing but errors; twice: log nothing at all

    Examples:
      romt jobs --bus nats://bus:4222/export
      romt jobs requeue fetch/0199f0c2-5f6e-7d3a-9c55-0d7be1f0a111.7
      romt jobs requeue --all
      romt jobs discard --all --json

    A job is called QUEUE/ID, as `romt jobs` shows it.
    Every setting is also a variable (ROMT_BUS, …) and a key of romt.toml.
    ");
}

#[test]
fn without_a_deployment_there_is_nothing_to_list() {
    assert_shown!(Program::new().run(&["jobs"]), @r"
    status 0
    --- stderr
    the bus `memory:` is inside one process, so there is nothing to list
    hint: name the bus with `--bus nats://HOST:4222/NAME`, or in ROMT_BUS or romt.toml
    ");
    assert_shown!(Program::new().run(&["jobs", "requeue", "--all"]), @r"
    status 2
    --- stderr
    error: the bus `memory:` is inside one process, so there are no jobs
    hint: name the bus with `--bus nats://HOST:4222/NAME`, or in ROMT_BUS or romt.toml
    ");
}

#[test]
fn what_is_wrong_is_named() {
    let program = Program::new().with("ROMT_BUS", "nats://ann:s3cret@host/a.b");
    assert_shown!(program.run(&["jobs"]), @r"
    status 2
    --- stderr
    error: ROMT_BUS: `a.b` is not a deployment's name: up to 32 letters, digits, `-` and `_`
    ");
    assert_shown!(program.run(&["jobs", "requeue"]), @r"
    status 2
    --- stderr
    error: no job is named
    hint: name jobs as `romt jobs` shows them, or say `--all`
    ");
    assert_shown!(program.run(&["jobs", "discard", "fetsh/1"]), @r"
    status 2
    --- stderr
    error: fetsh/1: there is no queue `fetsh`; there are runs, fetch, fetched, pack, packed, admit, admitted
    ");
    assert_shown!(program.run(&["jobs", "list", "fetch/1"]), @r"
    status 2
    --- stderr
    error: `list` takes no jobs: it shows all
    ");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    // A port that nothing listens on: it is bound, and not listened on.
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let program = Program::new();
    program.write("romt.toml", &format!("bus = 'nats://ann:s3cret@127.0.0.1:{port}/x'\n"));
    let said = program.run(&["jobs", "-q"]).replace(&port.to_string(), "PORT");
    assert!(!said.contains("s3cret"), "{said}");
    assert!(
        said.starts_with("status 1\n") && said.contains("error: NATS at nats://127.0.0.1:PORT/x could not be reached"),
        "{said}"
    );
    assert!(said.contains("hint: is nats-server running there"), "{said}");
}
