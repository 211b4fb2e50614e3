//! NATS servers that ask who comes: each way to say it, right and wrong, on every nats-server there is.

#![expect(clippy::expect_used, reason = "a test's tools fail by failing the test")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use nkeys::KeyPair;
use romt_testkit::{
    Authority, Certified, FakeCrate, NatsOperator, NatsProgram, NatsServer, Outcome, Upstream, not_run,
};
use tempfile::TempDir;

use romt_tests::{Deployment, SYNCED};

/// Nobody waits longer for what will not be.
const AT_ONCE: Duration = Duration::from_secs(10);

/// A server that asks, and those who come.
struct Bench {
    /// Settings and secrets.
    files: TempDir,
    upstream: Upstream,
}

/// A name of a setting, and its value.
type Variables<'a> = &'a [(&'a str, &'a str)];

impl Bench {
    fn new() -> Self {
        let upstream = Upstream::start();
        upstream.publish(FakeCrate::new("one", "1.0.0"));
        Self { files: tempfile::tempdir().expect("a folder"), upstream }
    }

    /// A file, and its path.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.files.path().join(name);
        fs::write(&path, text).expect("a file");
        path.to_str().expect("text").to_owned()
    }

    /// A deployment around a server with these settings, which knows nothing of how to be let in.
    fn deployment(&self, program: &NatsProgram, settings: &str) -> Deployment {
        let settings = self.file("nats.conf", settings);
        let nats = NatsServer::start_with(program, &["--jetstream", "--config", &settings]);
        Deployment::start_around(nats, &self.upstream)
    }

    /// Who comes like this is let in, and everything goes as it should; nobody sees the secrets.
    fn is_let_in(&self, deployment: &mut Deployment, variables: Variables<'_>, secrets: &[&str]) {
        with(deployment, variables, |deployment| {
            let services = [deployment.fetcher(), deployment.indexer(&["--crate", "one"])];
            services[1].wait_for_lines(1, SYNCED);
            assert_eq!(deployment.audit(&self.upstream), ["one@1.0.0"]);
            let mut said = vec![deployment.run(&["status"]).succeeds(), deployment.run(&["jobs"]).succeeds()];
            for service in services {
                let shown = fs::read(format!("/proc/{}/cmdline", service.id())).expect("a command line");
                let shown = String::from_utf8_lossy(&shown).into_owned();
                assert!(!secrets.iter().any(|secret| shown.contains(secret)), "{shown}");
                said.push(service.terminate().succeeds());
            }
            for said in said {
                secrets.iter().fold(said.never_says("Permissions"), |said, secret| said.never_says(secret));
            }
        });
    }
}

/// Has something done with variables that are only set for that.
fn with<T>(deployment: &mut Deployment, variables: Variables<'_>, doing: impl FnOnce(&Deployment) -> T) -> T {
    let bus = deployment.nats.url();
    for (name, value) in variables {
        deployment.set(name, value);
    }
    let done = doing(deployment);
    for (name, _) in variables {
        deployment.set(name, if *name == "ROMT_BUS" { &bus } else { "" });
    }
    done
}

/// Who comes like this is told at once that it cannot be, by a service and by who only asks.
fn is_turned_away(deployment: &mut Deployment, variables: Variables<'_>, error: &str, hint: &str) {
    for verb in ["fetcher", "status"] {
        let ended: Outcome = with(deployment, variables, |deployment| deployment.run(&[verb]));
        assert!(ended.took < AT_ONCE, "{ended}");
        let errors = ended.stderr.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(errors, 1, "{ended}");
        ended.exits_with(1).says("error: ").says(error).says("hint: ").says(hint);
    }
}

/// On every nats-server that is installed.
fn on_each(test: &str, try_it: impl Fn(&NatsProgram)) {
    let programs = NatsProgram::all();
    if programs.is_empty() {
        not_run(test, "nats-server is not installed");
    }
    programs.iter().for_each(try_it);
}

const NOT_LET_IN: &str = "does not let us in";
const SAY_WHO: &str = "`nats-creds`, `nats-nkey`, `nats-token-file`, or `nats-user` and `nats-password-file`";

#[test]
fn a_user_with_a_password_and_a_token() {
    on_each("a_user_with_a_password", |program| {
        let bench = Bench::new();
        let (right, wrong) = (bench.file("right", "s3cret\n"), bench.file("wrong", "wr0ng\n"));
        let empty = bench.file("empty", "\n");
        let mut deployment = bench.deployment(program, "authorization { user: ann, password: s3cret }");
        let ann = ("ROMT_NATS_USER", "ann");
        let file = |path| [ann, ("ROMT_NATS_PASSWORD_FILE", path)];
        bench.is_let_in(&mut deployment, &file(&right), &["s3cret"]);
        let bus = deployment.nats.url();
        // The first of a list is away.
        let list = format!("nats://127.0.0.1:1,{}", bus.replace("nats://", ""));
        bench.is_let_in(&mut deployment, &[&file(&right)[..], &[("ROMT_BUS", &*list)]].concat(), &["s3cret"]);
        let in_address = bus.replace("nats://", "nats://ann:s3cret@");
        bench.is_let_in(&mut deployment, &[("ROMT_BUS", &in_address)], &["s3cret"]);
        is_turned_away(&mut deployment, &[], NOT_LET_IN, SAY_WHO);
        is_turned_away(&mut deployment, &file(&wrong), NOT_LET_IN, SAY_WHO);
        is_turned_away(&mut deployment, &file(&empty), "its first line is empty", "the file must be there");
        is_turned_away(&mut deployment, &file("/nowhere"), "cannot use the credentials in `/nowhere`", "readable");
        let told = deployment.run(&["fetcher", "--bus", &in_address]).exits_with(2);
        told.says("--bus: a secret does not belong on the command line").never_says("s3cret");
        with(&mut deployment, &[ann], |deployment| {
            deployment.run(&["fetcher"]).exits_with(2).says("there is a user and no file with the password");
        });

        let mut deployment = bench.deployment(program, "authorization { token: s3cret }");
        bench.is_let_in(&mut deployment, &[("ROMT_NATS_TOKEN_FILE", &right)], &["s3cret"]);
        is_turned_away(&mut deployment, &[("ROMT_NATS_TOKEN_FILE", &wrong)], NOT_LET_IN, SAY_WHO);
    });
}

#[test]
fn an_nkey() {
    on_each("an_nkey", |program| {
        let bench = Bench::new();
        let [ours, other] = [KeyPair::new_user(), KeyPair::new_user()];
        let seed = ours.seed().expect("a seed");
        let right = bench.file("right", &format!("{seed}\n"));
        let framed = format!("-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n");
        let framed = bench.file("framed", &framed);
        let (wrong, none) = (bench.file("wrong", &other.seed().expect("a seed")), bench.file("none", "SUAX\n"));
        let settings = format!("authorization {{ users: [ {{ nkey: {} }} ] }}", ours.public_key());
        let mut deployment = bench.deployment(program, &settings);
        for file in [&right, &framed] {
            bench.is_let_in(&mut deployment, &[("ROMT_NATS_NKEY", file)], &[&seed]);
        }
        is_turned_away(&mut deployment, &[], NOT_LET_IN, SAY_WHO);
        is_turned_away(&mut deployment, &[("ROMT_NATS_NKEY", &wrong)], NOT_LET_IN, SAY_WHO);
        let unusable = format!("cannot use the credentials in `{none}`");
        is_turned_away(&mut deployment, &[("ROMT_NATS_NKEY", &none)], &unusable, "of the kind that its setting says");
    });
}

#[test]
fn creds_of_an_operator() {
    on_each("creds_of_an_operator", |program| {
        let bench = Bench::new();
        let (operator, another) = (NatsOperator::default(), NatsOperator::default());
        let (creds, secret) = operator.creds();
        let right = bench.file("right.creds", &creds);
        let expired = bench.file("expired.creds", &operator.creds_of_before().0);
        let foreign = bench.file("foreign.creds", &another.creds().0);
        let none = bench.file("none.creds", "nothing\n");
        let mut deployment = bench.deployment(program, &operator.settings());
        bench.is_let_in(&mut deployment, &[("ROMT_NATS_CREDS", &right)], &[&secret]);
        for wrong in [&expired, &foreign] {
            is_turned_away(&mut deployment, &[("ROMT_NATS_CREDS", wrong)], NOT_LET_IN, SAY_WHO);
        }
        is_turned_away(&mut deployment, &[], NOT_LET_IN, SAY_WHO);
        let unusable = format!("cannot use the credentials in `{none}`");
        is_turned_away(&mut deployment, &[("ROMT_NATS_CREDS", &none)], &unusable, "of the kind that its setting says");
    });
}

fn text(path: &Path) -> String {
    path.to_str().expect("text").to_owned()
}

fn tls(server: &Certified, more: &str) -> String {
    format!("tls {{ cert_file: \"{}\", key_file: \"{}\" {more} }}", server.certificate(), server.key())
}

const NO_TLS: &str = "there is no TLS with NATS";

#[test]
fn a_server_over_tls() {
    on_each("a_server_over_tls", |program| {
        let bench = Bench::new();
        let (authority, another) = (Authority::default(), Authority::default());
        let (ca, wrong) = (text(&authority.certificate()), text(&another.certificate()));
        let mut deployment = bench.deployment(program, &tls(&authority.certify("server"), ""));
        let bus = deployment.nats.url().replace("nats://", "tls://");
        // The server insists on it, whatever the address says.
        bench.is_let_in(&mut deployment, &[("ROMT_NATS_CA", &ca)], &[]);
        bench.is_let_in(&mut deployment, &[("ROMT_NATS_CA", &ca), ("ROMT_BUS", &bus)], &[]);
        is_turned_away(&mut deployment, &[("ROMT_BUS", &bus)], NO_TLS, "`nats-ca`");
        is_turned_away(&mut deployment, &[("ROMT_NATS_CA", &wrong)], NO_TLS, "`nats-ca`");
        let none = bench.file("none.pem", "nothing\n");
        let unusable = format!("cannot use the certificates in `{none}`");
        is_turned_away(&mut deployment, &[("ROMT_NATS_CA", &none)], &unusable, "of the kind that its setting says");
        let by_name = bus.replace("127.0.0.1", "localhost");
        let variables = [("ROMT_NATS_CA", &*ca), ("ROMT_BUS", &*by_name)];
        is_turned_away(&mut deployment, &variables, NO_TLS, "must name the server as its certificate does");

        // One that is merely away is waited for.
        deployment.nats.stop();
        let variables = [("ROMT_NATS_CA", &*ca), ("ROMT_BUS", &*bus)];
        let fetcher = with(&mut deployment, &variables, Deployment::fetcher);
        fetcher.wait_for_lines(1, "NATS cannot be reached; trying again");
        deployment.nats.start_again();
        fetcher.wait_for_lines(1, "connected to NATS");
        fetcher.terminate().succeeds();

        let expired = authority.certify_long_ago("expired");
        let mut deployment = bench.deployment(program, &tls(&expired, ""));
        is_turned_away(&mut deployment, &[("ROMT_NATS_CA", &ca)], NO_TLS, "must be renewed");
        let mut plain = bench.deployment(program, "");
        let bus = plain.nats.url().replace("nats://", "tls://");
        is_turned_away(&mut plain, &[("ROMT_BUS", &bus)], NO_TLS, "begins with nats://");
    });
}

#[test]
fn a_server_that_asks_for_a_certificate() {
    on_each("a_server_that_asks_for_a_certificate", |program| {
        let bench = Bench::new();
        let (authority, another) = (Authority::default(), Authority::default());
        let ca = text(&authority.certificate());
        let verify = format!(", ca_file: \"{ca}\", verify: true");
        let mut deployment = bench.deployment(program, &tls(&authority.certify("server"), &verify));
        let (ours, foreign) = (authority.certify("ours"), another.certify("foreign"));
        let expired = authority.certify_long_ago("expired");
        let with_ca = ("ROMT_NATS_CA", &*ca);
        let who = |who: &Certified| [text(&who.certificate), text(&who.key)];
        let [cert, key] = who(&ours);
        bench.is_let_in(
            &mut deployment,
            &[with_ca, ("ROMT_NATS_CERT", &cert), ("ROMT_NATS_KEY", &key)],
            &["PRIVATE KEY"],
        );
        is_turned_away(&mut deployment, &[with_ca], NO_TLS, "`nats-cert` and `nats-key`");
        for wrong in [&foreign, &expired] {
            let [cert, key] = who(wrong);
            let variables = [with_ca, ("ROMT_NATS_CERT", &*cert), ("ROMT_NATS_KEY", &*key)];
            is_turned_away(&mut deployment, &variables, NO_TLS, "`nats-cert` and `nats-key`");
        }
        // Not those that belong together.
        let variables = [with_ca, ("ROMT_NATS_CERT", &*cert), ("ROMT_NATS_KEY", &*text(&foreign.key))];
        is_turned_away(&mut deployment, &variables, NO_TLS, "hint: ");
        with(&mut deployment, &[with_ca, ("ROMT_NATS_CERT", &cert)], |deployment| {
            deployment.run(&["fetcher"]).exits_with(2).says("of our certificate and its key there is only one");
        });
    });
}

/// What deploy/README.md says that a user needs.
fn documented_permissions() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/README.md");
    let readme = fs::read_to_string(readme).expect("deploy/README.md");
    let (_, block) = readme.split_once("```\npermissions: {").expect("a block of permissions");
    format!("permissions: {{{}", block.split_once("```").expect("its end").0)
}

#[test]
fn a_user_with_no_more_permissions_than_are_documented() {
    on_each("a_user_with_no_more_permissions", |program| {
        let bench = Bench::new();
        let settings = |permissions: &str| {
            format!("authorization {{ users: [ {{ user: romt, password: s3cret, {permissions} }} ] }}")
        };
        let password = bench.file("password", "s3cret");
        let romt = [("ROMT_NATS_USER", "romt"), ("ROMT_NATS_PASSWORD_FILE", &*password)];
        let permissions = documented_permissions();
        let mut deployment = bench.deployment(program, &settings(&permissions));
        bench.is_let_in(&mut deployment, &romt, &["s3cret"]);
        with(&mut deployment, &romt, |deployment| {
            let services = [
                deployment.fetcher(),
                deployment.indexer(&["--crate", "one"]),
                deployment.spawn(&["packer", "--outbox", "outbox"]),
            ];
            let said = [
                deployment.run(&["sync", "--refresh"]).succeeds(),
                deployment.run(&["export", "--all"]).succeeds().says("1 archive exported"),
                deployment.run(&["status"]).succeeds(),
            ];
            for said in said.into_iter().chain(services.into_iter().map(|service| service.terminate().succeeds())) {
                said.never_says("Permissions Violation");
            }
        });
        for (needed, asked) in [
            ("\"$JS.API.STREAM.CREATE.*\",", "Publish to \"$JS.API.STREAM.CREATE.romt-jobs-runs\""),
            (", \"_INBOX.>\"", "Subscription to \"_INBOX."),
        ] {
            assert!(permissions.contains(needed), "{permissions}");
            let mut deployment = bench.deployment(program, &settings(&permissions.replace(needed, "")));
            let ended = with(&mut deployment, &romt, |deployment| deployment.run(&["fetcher"]));
            assert!(ended.took < AT_ONCE, "{ended}");
            let ended = ended.exits_with(1).says("cannot make what romt needs on NATS").says("Permissions Violation");
            ended.says(asked).says("hint: ").says("deploy/README.md");
        }
    });
}
