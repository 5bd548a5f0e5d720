//! What keeps it from starting.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::support::chancery;

/// What the binary says of settings and files, a line each, and its exit code.
fn told(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String) {
    let told = chancery(folder, settings).args(arguments).output().unwrap();
    (told.status.code(), String::from_utf8(told.stderr).unwrap())
}

/// Both, starting and checking, must say the same, in one line.
fn refused(folder: &Path, settings: &[(&str, &str)]) -> String {
    let (code, checked) = told(folder, settings, &["serve", "--check-config"]);
    assert_eq!(code, Some(2), "{checked}");
    let (code, started) = told(folder, settings, &["serve"]);
    assert!(code.is_some_and(|code| code > 0), "{started}");
    assert_eq!(checked, started);
    assert_eq!(checked.lines().count(), 1, "{checked}");
    checked
}

#[test]
fn unsafe_settings_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (setting, value, word) in [
        ("CHANCERY_TRUSTED_PROXIES", "0.0.0.0/0", "trusted_proxies"),
        ("CHANCERY_TRUSTED_PROXIES", "*", "trusted_proxies"),
        ("CHANCERY_PUBLIC_URL", "http://tokens.example.org", "public_url"),
        ("CHANCERY_ADMIN_PASSWORD", "changeme", "admin_password"),
        ("CHANCERY_PASSWORD_SHORTEST", "4", "password_shortest"),
        ("CHANCERY_LISTEN", "0.0.0.0:8700", "public_url"),
        ("CHANCERY_TLS_CERTIFICATE", "/nowhere/certificate.pem", "tls_key"),
        ("CHANCERY_DATABASE", "mysql://localhost", "database"),
    ] {
        let line = refused(folder.path(), &[(setting, value)]);
        assert!(line.starts_with(&format!("chancery: {word}")), "{line}");
    }
    assert!(!folder.path().join("data").exists(), "nothing is made by a refused start");
}

#[test]
fn files_that_others_may_read_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    assert!(refused(folder.path(), &[]).contains("chmod 700"));

    fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
    let keys = data.join("keys.toml");
    fs::write(&keys, "root = \"\"\n").unwrap();
    fs::set_permissions(&keys, Permissions::from_mode(0o644)).unwrap();
    assert!(refused(folder.path(), &[]).contains("chmod 600"));

    fs::set_permissions(&keys, Permissions::from_mode(0o600)).unwrap();
    assert!(refused(folder.path(), &[]).contains("32 bytes"));
}

#[test]
fn a_database_without_its_keys_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (code, said) = told(folder.path(), &[], &["journal", "verify"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(!data.exists(), "looking makes nothing");

    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
    fs::write(data.join("chancery.db"), "").unwrap();
    let (code, said) = told(folder.path(), &[], &["serve"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no key file"), "{said}");
    assert!(!data.join("keys.toml").exists(), "no new key is made for an old database");
}

#[test]
fn good_settings_are_called_good() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = told(folder.path(), &[], &["serve", "--check-config"]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
}

#[test]
fn a_tls_key_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let settings = super::tls::files(folder.path());
    let settings = settings.each_ref().map(|(name, path)| (*name, path.as_str()));
    let (code, said) = told(folder.path(), &settings, &["serve", "--check-config"]);
    assert_eq!(code, Some(0), "{said}");

    fs::set_permissions(folder.path().join("key.pem"), Permissions::from_mode(0o644)).unwrap();

    assert!(refused(folder.path(), &settings).contains("chmod 600"));
}
