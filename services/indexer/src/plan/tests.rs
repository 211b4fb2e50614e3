use proptest::prelude::*;

use super::*;

fn name() -> CrateName {
    "a".parse().unwrap()
}

/// A line of version `N.0.0` with the digest of `body`.
fn line(version: u8, body: u8, yanked: bool) -> String {
    let cksum = Digest::of(&[body]);
    format!(r#"{{"name":"a","vers":"{version}.0.0","cksum":"{cksum}","yanked":{yanked},"x":[{version}]}}"#)
}

fn versions(numbers: &[u8]) -> BTreeSet<Version> {
    numbers.iter().map(|number| format!("{number}.0.0").parse().unwrap()).collect()
}

/// The plan, and the file if all that is fetched arrives.
fn planned(upstream: Option<&str>, published: &str, wanted: &[u8], lost: &[u8]) -> (CratePlan, String) {
    let upstream = upstream.map(|bytes| FileLines::read(&name(), bytes.as_bytes())).map(Box::new);
    let published = FileLines::read(&name(), published.as_bytes());
    let wanted = versions(wanted).into_iter().map(|version| (version, None)).collect();
    let state = CrateState {
        upstream: upstream.as_deref(),
        published: &published,
        wanted: &wanted,
        lost: &versions(lost),
        owed: &BTreeSet::new(),
    };
    let plan = plan(&name(), &state);
    let content = content(&state, &|id, _| plan.fetch.iter().any(|fetch| fetch.id == *id));
    (plan, String::from_utf8(content).unwrap())
}

fn fetched(plan: &CratePlan) -> Vec<String> {
    plan.fetch.iter().map(|f| format!("{}{}", f.id, if f.replaces { " replaces" } else { "" })).collect()
}

#[test]
fn only_what_is_wanted_and_missing_is_fetched() {
    let upstream = [line(3, 3, false), line(1, 1, true), line(2, 2, false)].join("\n") + "\n";
    let (plan, file) = planned(Some(&upstream), &(line(2, 2, false) + "\n"), &[1, 2], &[]);
    assert_eq!(fetched(&plan), ["a@1.0.0"]);
    assert_eq!(file, [line(1, 1, true), line(2, 2, false), String::new()].join("\n"), "upstream's lines in its order");
}

#[test]
fn a_yank_changes_the_line_and_fetches_nothing() {
    let (plan, file) = planned(Some(&line(1, 1, true)), &(line(1, 1, false) + "\n"), &[], &[]);
    assert!(fetched(&plan).is_empty());
    assert_eq!(file, line(1, 1, true) + "\n");
}

#[test]
fn what_is_gone_upstream_goes() {
    let (plan, file) =
        planned(Some(&line(2, 2, false)), &[line(1, 1, false), line(2, 2, false), String::new()].join("\n"), &[1], &[]);
    assert_eq!(plan.gone.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a@1.0.0"]);
    assert_eq!(plan.failures, [], "it is told as removed");
    assert_eq!(file, line(2, 2, false) + "\n");
}

#[test]
fn an_unreadable_line_removes_nothing() {
    let upstream = format!("not json\n{}", line(2, 2, false));
    let published = [line(1, 1, false), String::new()].join("\n");
    let (plan, file) = planned(Some(&upstream), &published, &[2, 9], &[]);
    assert_eq!((plan.gone.len(), fetched(&plan)), (0, vec!["a@2.0.0".to_owned()]));
    let failed: Vec<_> = plan.failures.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(failed, ["a", "a@9.0.0"]);
    assert!(plan.failures.iter().all(|(_, why)| why.contains("line 1")), "{:?}", plan.failures);
    assert_eq!(file, [line(2, 2, false), line(1, 1, false), String::new()].join("\n"));
}

#[test]
fn a_republished_version_keeps_its_old_line_until_the_new_file_is_here() {
    let published = line(1, 1, false) + "\n";
    let upstream = line(1, 7, false) + "\n";
    let (plan, file) = planned(Some(&upstream), &published, &[], &[]);
    assert_eq!(fetched(&plan), ["a@1.0.0 replaces"]);
    assert_eq!(file, upstream);
    let (old, new) = (FileLines::read(&name(), published.as_bytes()), FileLines::read(&name(), upstream.as_bytes()));
    let (wanted, lost) = (BTreeMap::new(), BTreeSet::new());
    let state =
        CrateState { upstream: Some(&new), published: &old, wanted: &wanted, lost: &lost, owed: &BTreeSet::new() };
    assert_eq!(content(&state, &|_, _| false), published.as_bytes());
}

#[test]
fn a_lost_file_is_fetched_again_and_not_listed_until_then() {
    let file = line(1, 1, false) + "\n";
    let (plan, content) = planned(Some(&file), &file, &[], &[1]);
    assert_eq!(fetched(&plan), ["a@1.0.0"]);
    assert_eq!(content, file);
    let (plan, content) = planned(None, &file, &[1], &[1]);
    assert_eq!((plan.failures.len(), content.as_str()), (1, ""));
}

#[test]
fn a_lock_file_that_contradicts_the_index_is_a_failure() {
    let upstream = line(1, 1, false);
    let (upstream, published) = (FileLines::read(&name(), upstream.as_bytes()), FileLines::default());
    let wanted = [("1.0.0".parse().unwrap(), Some(Digest::of(b"other")))].into();
    let lost = BTreeSet::new();
    let plan = plan(
        &name(),
        &CrateState {
            upstream: Some(&upstream),
            published: &published,
            wanted: &wanted,
            lost: &lost,
            owed: &BTreeSet::new(),
        },
    );
    assert_eq!((plan.fetch.len(), plan.failures.len()), (0, 1));
}

#[test]
fn nobody_cares_what_an_unwanted_file_looks_like() {
    let (plan, _) = planned(Some("not json"), "", &[], &[]);
    assert_eq!(plan.failures, []);
}

#[test]
fn a_name_spelled_anew_is_another_file() {
    let old = line(1, 1, false) + "\n";
    let new = old.replace("\"a\"", "\"A\"");
    let (plan, _) = planned(Some(&new), &old, &[], &[]);
    assert_eq!(fetched(&plan), ["A@1.0.0 replaces"]);
}

#[test]
fn of_two_lines_for_a_version_the_last_counts() {
    let upstream = [line(1, 1, false), line(1, 2, false)].join("\n");
    let (plan, file) = planned(Some(&upstream), "", &[1], &[]);
    assert_eq!(plan.fetch[0].cksum, Digest::of(&[2]));
    assert_eq!(file, line(1, 2, false) + "\n");
}

fn some_file() -> impl Strategy<Value = String> {
    prop::collection::vec((0..6u8, 0..3u8, any::<bool>()), 0..6)
        .prop_map(|lines| lines.into_iter().map(|(version, body, yanked)| line(version, body, yanked) + "\n").collect())
}

proptest! {
    /// Whatever arrives: each published line is one of upstream's or was published, its file is here, and nothing that is
    /// held and still upstream is dropped.
    #[test]
    fn nothing_is_listed_that_is_not_here(upstream in some_file(), published in some_file(),
                                          wanted in prop::collection::vec(0..6u8, 0..6), arriving in prop::collection::vec(any::<bool>(), 6)) {
        let (new, old) = (FileLines::read(&name(), upstream.as_bytes()), FileLines::read(&name(), published.as_bytes()));
        let wanted: BTreeMap<Version, Option<Digest>> = versions(&wanted).into_iter().map(|v| (v, None)).collect();
        let lost = BTreeSet::new();
        let state = CrateState { upstream: Some(&new), published: &old, wanted: &wanted, lost: &lost, owed: &BTreeSet::new() };
        let plan = plan(&name(), &state);
        let arrived = |id: &CrateId, cksum: &Digest| plan.fetch.iter().zip(arriving.iter().cycle())
            .any(|(fetch, arrives)| *arrives && fetch.id == *id && fetch.cksum == *cksum);
        let bytes = content(&state, &arrived);
        let result = FileLines::read(&name(), &bytes);
        for line in result.iter() {
            let theirs = |file: &FileLines<'_>| file.get(&line.version).is_some_and(|other| other.bytes == line.bytes);
            prop_assert!(theirs(&new) || theirs(&old));
            let here = old.get(&line.version).is_some_and(|held| held.cksum == line.cksum) || arrived(&line.id(), &line.cksum);
            prop_assert!(here, "{} is listed and not here", line.version);
        }
        for held in old.iter() {
            prop_assert!(result.contains(&held.version) == new.contains(&held.version), "{} was dropped", held.version);
        }
        let again_file = FileLines::read(&name(), &bytes);
        let again = CrateState { upstream: Some(&new), published: &again_file, wanted: &wanted, lost: &lost, owed: &BTreeSet::new() };
        prop_assert_eq!(content(&again, &|_, _| false), bytes.clone(), "a second run changes nothing");
    }
}
