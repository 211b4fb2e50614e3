//! `prune`: what goes, and what stays.

use romt_dist::testing::SampleRelease;
use romt_indexer::toolchains::PrunedToolchains;
use romt_runtime::one_line;

use crate::support::{LINUX, Lab, Options, exact, line};

/// Two nightlies and three releases of stable, two of them of one minor version.
async fn lab() -> Lab {
    let lab = Lab::new().await;
    let releases = [
        SampleRelease::nightly("1.78.0", "2024-02-08"),
        SampleRelease::nightly("1.78.0", "2024-02-09"),
        SampleRelease::stable("1.75.0", "2023-12-28"),
        SampleRelease::stable("1.75.1", "2024-01-10"),
        SampleRelease::stable("1.76.0", "2024-02-20"),
    ];
    for release in &releases {
        lab.upstream.publish(release);
        let spec = release.release.canonical().spec();
        let components = vec!["rust-std"];
        lab.download_with(&spec, LINUX, Options { components, ..Options::default() }).await.good();
    }
    lab
}

async fn prune(lab: &Lab, keep: &str, dry_run: bool) -> Result<(PrunedToolchains, Vec<String>), String> {
    let (mirror, mut told) = (lab.mirror().await, Vec::new());
    let on = &mut |event: romt_indexer::toolchains::ToolchainEvent<'_>| told.push(line(event));
    let pruned = mirror.prune(&keep.parse().unwrap(), &[], dry_run, on).await;
    pruned.map(|pruned| (pruned, told)).map_err(|error| one_line(error.as_ref()))
}

#[tokio::test]
async fn days_that_nothing_needs_go_with_the_names_of_their_versions() {
    let lab = lab().await;
    let before = lab.files();
    let size = |lab: &Lab| -> u64 { lab.files().iter().map(|file| lab.read(file).len() as u64).sum() };
    let (size_before, (planned, told)) =
        (size(&lab), prune(&lab, "nightly=1,stable=1,versions=1", true).await.unwrap());
    assert_eq!(lab.files(), before, "a dry run");
    for name in ["withdrawn channel-rust-1.75.0.toml", "withdrawn channel-rust-1.75.toml"] {
        assert!(told.contains(&name.to_owned()), "{told:#?}");
    }
    assert!(told.contains(&"pruned channel-rust-1.75.0.toml".to_owned()), "{told:#?}");
    let (pruned, _) = prune(&lab, "nightly=1,stable=1,versions=1", false).await.unwrap();
    assert_eq!(pruned, planned);
    assert_eq!(
        pruned.days.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["2023-12-28", "2024-01-10", "2024-02-08"]
    );
    assert_eq!(pruned.bytes, size_before - size(&lab));
    assert_eq!(pruned.files, (before.len() - lab.files().len()) as u64);
    let names = ["1.76.0", "1.76", "nightly", "stable"].map(|name| format!("channel-rust-{name}.toml"));
    assert_eq!(lab.manifests().into_iter().filter(|name| !name.contains('/')).collect::<Vec<_>>(), names);
    assert!(!lab.dest().join("2024-02-08").exists());
    lab.verify("stable,nightly", "*").await.good();
    assert_eq!(prune(&lab, "nightly=1,stable=1,versions=1", false).await.unwrap().0, PrunedToolchains::default());
    let remembered = std::fs::read_to_string(lab.dest().with_file_name(".romt").join("toolchains.json")).unwrap();
    assert!(remembered.contains("2024-02-09") && !remembered.contains("2023-12-28"), "{remembered}");
}

#[tokio::test]
async fn what_a_name_without_a_day_points_to_stays() {
    let lab = lab().await;
    let (pruned, _) = prune(&lab, "nightly=0,stable=0,versions=0", false).await.unwrap();
    assert!(!pruned.days.iter().any(|day| ["2024-02-09", "2024-02-20"].contains(&day.to_string().as_str())));
    lab.verify("stable,nightly", "*").await.good();
}

#[tokio::test]
async fn so_it_is_with_the_names_of_versions_unless_they_are_to_go() {
    let lab = lab().await;
    let names = || lab.manifests().into_iter().filter(|name| !name.contains('/')).collect::<Vec<_>>();
    let before = names();
    let (pruned, told) = prune(&lab, "nightly=1,stable=1", false).await.unwrap();
    assert_eq!(pruned.days.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2024-02-08"]);
    assert!(!told.iter().any(|line| line.starts_with("withdrawn")), "{told:#?}");
    assert_eq!(names(), before);
    lab.verify("1.75.0,1.75.1,1.75,1.76.0,1.76,stable,nightly", "*").await.good();
    let remark = pruned.remark().unwrap();
    assert!(
        remark.starts_with("older days stay (2), because channel-rust-1.75.0.toml and 2 more point to them; "),
        "{remark}"
    );
    // Of two patch releases the older goes, and the minor version stays with the newer.
    let (pruned, told) = prune(&lab, "stable=1,versions=2", false).await.unwrap();
    assert_eq!(pruned.days.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2023-12-28"]);
    assert_eq!(told.iter().filter(|line| line.starts_with("withdrawn")).count(), 1, "{told:#?}");
    lab.verify("1.75.1,1.75,1.76.0,1.76,stable,nightly", "*").await.good();
}

#[tokio::test]
async fn what_is_asked_for_stays_however_old() {
    let lab = lab().await;
    let (mirror, keep) = (lab.mirror().await, "nightly=1,stable=1,versions=1".parse().unwrap());
    let spare = exact("nightly-2024-02-08,1.75.0");
    let pruned = mirror.prune(&keep, &spare, false, &mut |_| {}).await.unwrap();
    assert_eq!(pruned.days.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2024-01-10"]);
    lab.verify("nightly-2024-02-08,1.75.0,1.75,1.76.0,stable,nightly", "*").await.good();
}

#[tokio::test]
async fn nothing_goes_where_a_manifest_cannot_be_read() {
    let lab = lab().await;
    lab.write("2024-02-08/channel-rust-nightly.toml", "torn");
    let before = lab.files();
    let error = prune(&lab, "nightly=1", false).await.unwrap_err();
    assert!(error.starts_with("nothing was deleted: not every manifest can be read: Bad hash for"), "{error}");
    assert_eq!(lab.files(), before);
}

#[tokio::test]
async fn what_is_not_romts_stays() {
    let lab = lab().await;
    lab.write("2023-12-28/notes.txt", "mine");
    prune(&lab, "stable=1,versions=1", false).await.unwrap();
    assert_eq!(lab.read("2023-12-28/notes.txt"), "mine");
    assert!(!lab.files().iter().any(|file| file.starts_with("2023-12-28/r")));
}
