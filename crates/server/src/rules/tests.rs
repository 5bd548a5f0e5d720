//! A file that changes, goes away, comes back, or hangs.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use futures_util::FutureExt as _;
use rustix::fs::{CWD, Mode, mkfifoat};
use testing::World;

use super::*;

const ONE: &str = "described_by = [\"path\"]\n[[rule]]\npaths = [\"/a\"]\npublic = true\n";

struct Scene {
    world: World,
    reload: Reload,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Scene {
    /// A node whose file has one rule.
    async fn new() -> Self {
        let world = World::new().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.toml");
        fs::write(&path, ONE).unwrap();
        let (file, set) = RulesFile::open(&path).unwrap();
        world.authority.set_rules(set);
        let reload = Reload::new(&world.authority, Some(file));
        Self { world, reload, path, _folder: folder }
    }

    /// How many rules hold, and whether they are stale.
    fn holds(&self) -> (usize, bool) {
        let authority = &self.world.authority;
        (authority.rules().unwrap().rules().len(), authority.rules_are_stale())
    }

    /// What is wrong with the file leaves what holds, until it has two rules.
    async fn is_stale_until_mended(&self) {
        self.looks(2).await;
        assert_eq!(self.holds(), (1, true));
        fs::write(&self.path, two()).unwrap();
        self.looks(2).await;
        assert_eq!(self.holds(), (2, false));
    }

    async fn looks(&self, times: usize) {
        for _ in 0..times {
            self.reload.if_changed().await;
        }
    }
}

fn two() -> String {
    ONE.replace("[[rule]]", "[[rule]]\npaths = [\"/b\"]\ntoken = \"any\"\n[[rule]]")
}

#[tokio::test]
async fn a_file_that_has_changed_is_taken_once_it_stays_as_it_is() {
    let scene = Scene::new().await;
    fs::write(&scene.path, two()).unwrap();
    scene.looks(1).await;
    assert_eq!(scene.holds(), (1, false), "somebody may still be writing");
    scene.looks(1).await;
    assert_eq!(scene.holds(), (2, false));
}

#[tokio::test]
async fn a_file_that_stays_is_not_read_again() {
    let scene = Scene::new().await;
    let since = scene.world.authority.rules().unwrap();
    scene.looks(3).await;
    assert!(Arc::ptr_eq(&since, &scene.world.authority.rules().unwrap()));
}

#[tokio::test]
async fn a_file_with_a_fault_leaves_what_holds_until_it_is_mended() {
    let scene = Scene::new().await;
    fs::write(&scene.path, two().replace("any", "some")).unwrap();
    scene.is_stale_until_mended().await;
}

#[tokio::test]
async fn a_file_that_goes_away_leaves_what_holds_until_it_is_back() {
    let scene = Scene::new().await;
    fs::remove_file(&scene.path).unwrap();
    scene.is_stale_until_mended().await;
}

#[tokio::test]
async fn a_file_of_the_same_length_and_time_that_was_put_in_its_place_is_another() {
    let scene = Scene::new().await;
    let modified = fs::metadata(&scene.path).unwrap().modified().unwrap();
    let other = scene.path.with_extension("new");
    fs::write(&other, ONE.replace("/a", "/b")).unwrap();
    File::options().write(true).open(&other).unwrap().set_modified(modified).unwrap();
    fs::rename(&other, &scene.path).unwrap();
    scene.looks(2).await;
    assert_eq!(scene.world.authority.rules().unwrap().text(), ONE.replace("/a", "/b"));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_tried_again() {
    let scene = Scene::new().await;
    let aside = scene.path.with_extension("aside");
    fs::rename(&scene.path, &aside).unwrap();
    fs::create_dir(&scene.path).unwrap();
    scene.looks(2).await;
    assert_eq!(scene.holds(), (1, true));
    assert_eq!(scene.reload.file.as_ref().unwrap().seen.lock().read, None, "it counts as unread");
    fs::remove_dir(&scene.path).unwrap();
    fs::rename(&aside, &scene.path).unwrap();
    scene.looks(2).await;
    assert_eq!(scene.holds(), (1, false), "it is the one that was read before");
}

#[test]
fn a_change_of_a_files_mode_alone_is_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    fs::write(&path, ONE).unwrap();
    let (before, modified) = (Stamp::of(&path), fs::metadata(&path).unwrap().modified());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), modified.unwrap());
    assert_ne!(Stamp::of(&path), before);
}

/// A pipe that nobody writes into is read for ever, as is a file on a network that went away.
#[tokio::test]
async fn a_file_system_that_hangs_holds_nobody_up_and_what_is_read_later_holds() {
    let scene = Scene::new().await;
    fs::remove_file(&scene.path).unwrap();
    mkfifoat(CWD, &scene.path, Mode::RUSR | Mode::WUSR).unwrap();
    let reload = scene.reload.clone();
    let first = tokio::spawn(async move { reload.now().await });
    // It opens as soon as somebody reads it.
    let path = scene.path.clone();
    let opened = move || File::options().write(true).open(path).unwrap();
    let mut pipe = tokio::task::spawn_blocking(opened).await.unwrap();
    assert_eq!(scene.reload.if_changed().now_or_never(), None, "it waits, and blocks nobody");

    let other = scene.path.with_extension("new");
    fs::write(&other, two()).unwrap();
    fs::rename(&other, &scene.path).unwrap();
    let reload = scene.reload.clone();
    let second = tokio::spawn(async move { reload.now().await });
    pipe.write_all(ONE.replace("/a", "/old").as_bytes()).unwrap();
    drop(pipe);
    first.await.unwrap();
    second.await.unwrap();
    assert_eq!(scene.holds(), (2, false));
}

#[tokio::test]
async fn whoever_asks_for_it_has_the_file_taken_at_once() {
    let scene = Scene::new().await;
    fs::write(&scene.path, two()).unwrap();
    scene.reload.now().await;
    assert_eq!(scene.holds(), (2, false));
}

#[tokio::test]
async fn a_node_without_a_file_reads_the_database_again() {
    let world = World::new().await;
    let reload = Reload::new(&world.authority, None);
    let root = world.root().await;
    world.authority.change_rules(&root, ONE).await.unwrap();
    let held = world.authority.rules().unwrap();
    reload.if_changed().await;
    reload.now().await;
    assert!(Arc::ptr_eq(&held, &world.authority.rules().unwrap()), "it has not changed");
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    let told = |path: &Path| read(path).unwrap_err().lines();
    assert!(told(&path)[0].contains("rules.toml): No such file"));
    fs::write(&path, "rule = 7\ncolour = 1").unwrap();
    assert_eq!(told(&path).len(), 3);
    assert!(told(&path)[0].contains("`colour` is unknown"));
    fs::write(&path, format!("#{}", "a".repeat(LONGEST_TEXT))).unwrap();
    assert!(told(&path)[0].contains("longer than 1048576 bytes"));
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(told(&path)[0].contains("UTF-8"));
}
