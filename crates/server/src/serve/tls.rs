//! Certificate and key.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::StartError;
use crate::config::Tls;
use crate::keys::read_private;

/// Reads certificate and key.
pub(super) fn load(tls: &Tls) -> Result<Arc<ServerConfig>, StartError> {
    let wrong = |path: &Path, why: &str| StartError::Tls(path.to_owned(), why.to_owned());
    let certificate = std::fs::read(&tls.certificate);
    let certificate = certificate.map_err(|error| wrong(&tls.certificate, &error.to_string()))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&certificate)
        .collect::<Result<_, _>>()
        .map_err(|_| wrong(&tls.certificate, "is no PEM file of certificates"))?;
    let key = read_private(&tls.key)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|_| wrong(&tls.key, "is no PEM file of a private key"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| wrong(&tls.certificate, &error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Whether certificate and key can be used.
pub fn check(tls: &Tls) -> Result<(), StartError> {
    load(tls).map(drop)
}
