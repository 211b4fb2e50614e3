//! Downloads and checks of what is there.

use romt_testkit::scenario::{LAB, LAB_FILES, lab};
use romt_testkit::{CrateMirror, FakeCrate, GitUpstream, Mischief, Place, RomtProgram};
use romt_tests::alike;

const ABCD: &str = "ab/cd/ABcd/ABcd-0.1.0.crate";

/// The mirror of an upstream after `init pull`, with crates over HTTP.
fn pulled(upstream: &GitUpstream, program: &RomtProgram) -> CrateMirror {
    let romt = CrateMirror::over_http(upstream, program);
    romt.run(&["init", "pull"]).succeeds();
    romt
}

#[test]
fn row_87_tree_and_prefixes() {
    let upstream = lab();
    let crates = alike("row_87_tree_and_prefixes", |program| {
        let by_path = CrateMirror::of(&upstream, program);
        by_path.run(&["init", "pull", "download"]).succeeds();
        let over_http = pulled(&upstream, program);
        over_http.run(&["download", "verify"]).succeeds();
        assert_eq!(by_path.crates(), over_http.crates());
        by_path.crates()
    });
    assert_eq!(crates.keys().collect::<Vec<_>>(), LAB_FILES.each_ref());
    let abcd = upstream.http().file(&"ABcd@0.1.0".parse().expect("an id")).expect("a file");
    assert_eq!(crates[ABCD], romt_types::Digest::of(&abcd));
}

#[test]
fn row_87_mixed_prefixes() {
    let upstream = lab();
    let paths = alike("row_87_mixed_prefixes", |program| {
        let romt = pulled(&upstream, program);
        romt.write("crates/config.toml", "prefix = \"mixed\"\n");
        romt.run(&["download", "verify"]).succeeds();
        romt.crate_paths()
    });
    assert_eq!(paths[2..5], ["3/A/Abc/Abc-1.0.0.crate", "AB/cd/ABcd/ABcd-0.1.0.crate", "AB/cd/ABcd/ABcd-0.2.0.crate"]);
}

#[test]
fn row_88_the_plus_of_a_version_stays() {
    let upstream = lab();
    alike("row_88_the_plus_of_a_version_stays", |program| {
        upstream.http().forget_requests();
        let romt = pulled(&upstream, program);
        romt.run(&["--filter", "serde@*+*", "download"]).succeeds();
        assert_eq!(romt.crate_paths(), ["se/rd/serde/serde-1.0.1+build.5.crate"]);
        let asked: Vec<String> = upstream.http().downloads().into_iter().map(|request| request.path).collect();
        assert_eq!(asked, ["/files/serde/serde-1.0.1+build.5.crate"]);
    });
}

#[test]
fn row_89_template_fields() {
    let upstream = lab();
    alike("row_89_template_fields", |program| {
        upstream.http().forget_requests();
        let mut romt = pulled(&upstream, program);
        let base = upstream.http().base_url();
        let template = format!("{base}/files/{{prefix}}/{{lowerprefix}}/{{crate}}/{{crate}}-{{version}}.crate");
        romt.use_upstream("none", &template);
        romt.run(&["--filter", "abcd", "download"]).exits_with(0);
        romt.run(&["--filter", "*cd@0.2*", "download"]).succeeds();
        let asked: Vec<String> = upstream.http().downloads().into_iter().map(|request| request.path).collect();
        assert!(asked.contains(&"/files/AB/cd/ab/cd/ABcd/ABcd-0.2.0.crate".to_owned()), "{asked:?}");
        romt.use_upstream("none", "http://127.0.0.1:1/{nosuch}");
        assert_ne!(romt.run(&["--filter", "serde", "download"]).mentions("nosuch").status, Some(0));
    });
}

#[test]
fn row_90_a_redirect_is_followed() {
    let upstream = lab();
    let romt = pulled(&upstream, &RomtProgram::ours());
    let to = format!("{}/elsewhere", upstream.http().base_url());
    upstream.http().misbehave_times(1, Place::download("serde@1.0.0"), Mischief::Redirect { to });
    romt.run(&["download"]).succeeds();
    assert_eq!(romt.crate_paths(), LAB_FILES);
}

#[test]
fn row_91_the_third_try() {
    let upstream = lab();
    alike("row_91_the_third_try", |program| {
        let romt = pulled(&upstream, program);
        upstream.http().misbehave_times(2, Place::download("serde@1.0.0"), Mischief::Unavailable);
        romt.run(&["download"]).succeeds();
        assert_eq!(romt.crate_paths(), LAB_FILES);
    });
}

#[test]
fn row_92_nothing_bad_is_under_a_final_name() {
    let upstream = lab();
    for mischief in [
        Mischief::WrongBytes,
        Mischief::CutBody { after_bytes: 0 },
        Mischief::LengthTooLarge { by: 10 },
        Mischief::EmptyBody,
        Mischief::HtmlPage,
    ] {
        let romt = pulled(&upstream, &RomtProgram::ours());
        upstream.http().misbehave(Place::download("ABcd@0.1.0"), mischief.clone());
        romt.run(&["download"]).exits_with(1).says("ABcd");
        assert_eq!(romt.crate_paths(), LAB_FILES.iter().filter(|&&path| path != ABCD).copied().collect::<Vec<_>>());
        assert_eq!(romt.leftovers(), [""; 0], "{mischief:?}");
        upstream.http().behave();
        romt.run(&["download", "verify"]).succeeds();
        assert_eq!(romt.crate_paths(), LAB_FILES);
    }
}

#[test]
fn row_92_what_is_there_stays_until_it_can_be_replaced() {
    let upstream = lab();
    let romt = pulled(&upstream, &RomtProgram::ours());
    romt.run(&["download", "mark"]).succeeds();
    let old = romt.crates()[ABCD];
    upstream.publish(FakeCrate::new("ABcd", "0.1.0").edition(2));
    upstream.http().misbehave(Place::Downloads, Mischief::Status(404));
    romt.run(&["pull", "download"]).exits_with(1);
    assert_eq!(romt.crates().get(ABCD), Some(&old));
    upstream.http().behave();
    romt.run(&["download"]).succeeds();
    assert_ne!(romt.crates().get(ABCD), Some(&old));
}

#[test]
fn row_93_bad_crates() {
    let upstream = lab();
    upstream.withhold("ab@1.0.0");
    alike("row_93_bad_crates", |program| {
        for (over_http, options, status) in
            [(true, &[][..], 1), (false, &[], 1), (true, &["--keep-going"], 0), (false, &["--keep-going"], 0)]
        {
            let mirror = if over_http { CrateMirror::over_http } else { CrateMirror::of };
            let romt = mirror(&upstream, program);
            romt.run(&["init", "pull"]).succeeds();
            romt.run(&[options, &["download"]].concat()).exits_with(status).mentions("ab-1.0.0").mentions("bad");
            let mut expected = LAB_FILES.to_vec();
            expected.retain(|path| !path.starts_with("2/"));
            let mut paths = romt.crate_paths();
            // Python romt leaves a folder, but no file.
            paths.retain(|path| path.ends_with(".crate"));
            assert_eq!(paths, expected, "all others were tried");
        }
    });
}

#[test]
fn row_93_without_keep_going_nothing_follows() {
    let upstream = lab();
    upstream.withhold("ab@1.0.0");
    let branches = alike("row_93_without_keep_going_nothing_follows", |program| {
        let romt = CrateMirror::of(&upstream, program);
        romt.run(&["init", "export"]).exits_with(1);
        assert!(!romt.path("crates.tar.gz").exists());
        romt.index().branches()
    });
    assert_eq!(branches, ["heads/origin_master", "heads/working", "remotes/origin/master"]);
}

#[test]
fn row_94_logs_of_good_and_bad_crates() {
    let upstream = lab();
    upstream.withhold("ab@1.0.0");
    let logs = alike("row_94_logs_of_good_and_bad_crates", |program| {
        let romt = pulled(&upstream, program);
        romt.run(&["--keep-going", "download"]).succeeds();
        romt.write("good", "from a run before");
        [&[][..], &["--show-path"], &["--show-hash"]].map(|style| {
            let logs = ["--keep-going", "--good-crates", "good", "--bad-crates", "bad"];
            let [down, check] = ["download", "verify"].map(|verb| {
                romt.run(&[style, &logs, &[verb]].concat()).succeeds();
                let mut good: Vec<String> = romt.read("good").lines().map(str::to_owned).collect();
                good.sort();
                (good, romt.read("bad"))
            });
            assert_eq!(down, check);
            down
        })
    });
    assert_eq!(logs[0].1, "ab@1.0.0\n");
    assert_eq!(logs[0].0, LAB.into_iter().filter(|&id| id != "ab@1.0.0").collect::<Vec<_>>());
    assert_eq!(logs[1].1, "2/ab/ab-1.0.0.crate\n");
    assert!(logs[2].1.ends_with(" *2/ab/ab-1.0.0.crate\n") && logs[2].1.len() > 64, "{logs:?}");
}

#[test]
fn row_95_verify_goes_by_the_index() {
    let upstream = lab();
    alike("row_95_verify_goes_by_the_index", |program| {
        let romt = pulled(&upstream, program);
        romt.run(&["download", "verify"]).succeeds();
        romt.write(&format!("crates/{ABCD}"), "damaged");
        std::fs::remove_file(romt.path("crates/1/a/a-1.0.0.crate")).expect("a crate");
        let outcome = romt.run(&["verify"]).exits_with(1);
        outcome.mentions("hash").mentions("ABcd-0.1.0").mentions("a-1.0.0").mentions("2 bad").mentions("6 good");
        romt.run(&["--keep-going", "verify"]).succeeds();
        romt.run(&["--filter", "serde*", "verify"]).succeeds();
        // It repairs nothing; `download` does.
        assert_eq!(romt.read(&format!("crates/{ABCD}")), "damaged");
        romt.run(&["download", "verify"]).succeeds();
    });
}

#[test]
fn row_96_assume_ok() {
    let upstream = lab();
    alike("row_96_assume_ok", |program| {
        let romt = pulled(&upstream, program);
        let path = romt.write(&format!("crates/{ABCD}"), "damaged");
        romt.run(&["--assume-ok", "download"]).succeeds();
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "damaged");
        assert_eq!(romt.crate_paths(), LAB_FILES);
        romt.run(&["--assume-ok", "verify"]).exits_with(1);
        romt.run(&["download", "verify"]).succeeds();
    });
}

#[test]
fn what_is_there_is_not_fetched_again() {
    let upstream = lab();
    alike("what_is_there_is_not_fetched_again", |program| {
        let romt = pulled(&upstream, program);
        romt.run(&["download"]).succeeds();
        romt.write(&format!("crates/{ABCD}"), "damaged");
        upstream.http().forget_requests();
        romt.run(&["download"]).succeeds();
        assert_eq!(upstream.http().downloads().len(), 1);
    });
}

#[test]
fn no_more_downloads_at_once_than_allowed() {
    let upstream = lab();
    alike("no_more_downloads_at_once_than_allowed", |program| {
        let romt = pulled(&upstream, program);
        upstream.http().forget_requests();
        romt.run(&["-j", "1", "download"]).succeeds();
        assert_eq!((upstream.http().downloads().len(), upstream.http().peak()), (8, 1));
    });
}
