//! TLS.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use reqwest::{Certificate, Client};
use rustix::process::Signal;

use super::support::Process;

pub(crate) const CERTIFICATE: &[u8] = include_bytes!("../tls/certificate.pem");

/// Certificate and key as files, and the settings that name them.
pub(crate) fn files(folder: &Path) -> [(&'static str, String); 2] {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    fs::write(&certificate, CERTIFICATE).unwrap();
    fs::write(&key, include_bytes!("../tls/key.pem")).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    [
        ("CHANCERY_TLS_CERTIFICATE", certificate.display().to_string()),
        ("CHANCERY_TLS_KEY", key.display().to_string()),
    ]
}

#[tokio::test]
async fn with_a_certificate_tls_is_spoken_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let settings = files(folder.path());
    let settings = settings.each_ref().map(|(name, path)| (*name, path.as_str()));
    let process = Process::start(folder.path(), &settings, &["serve", "--listen", "127.0.0.1:0"]);
    let address = process.address().await;
    let ours = Certificate::from_pem(CERTIFICATE).unwrap();
    let client = Client::builder().no_proxy().tls_certs_only([ours]).resolve("localhost", address);
    let client = client.build().unwrap();

    let port = address.port();
    let answer = client.get(format!("https://localhost:{port}/health/live")).send().await.unwrap();

    assert!(answer.status().is_success());
    assert!(answer.headers().contains_key("strict-transport-security"));
    assert!(client.get(format!("http://localhost:{port}/health/live")).send().await.is_err());
    assert!(process.end(Signal::TERM).await.success());
}
