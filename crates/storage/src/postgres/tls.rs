//! TLS to the server.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::OpenError;

/// Whether and how TLS is spoken.
pub(super) struct Tls {
    /// When.
    pub(super) mode: SslMode,
    /// How.
    pub(super) connect: MakeRustlsConnect,
}

/// What a URL asks for.
struct Wish {
    mode: SslMode,
    /// Whether a server that nobody vouches for is refused.
    checked: bool,
    roots: Option<String>,
}

/// Takes `sslmode` and `sslrootcert` out of a URL.
pub(super) fn read(url: &str) -> Result<(String, Tls), OpenError> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mut wish = Wish { mode: SslMode::Prefer, checked: false, roots: None };
    let mut rest = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", word)) => (wish.mode, wish.checked) = mode(word)?,
            Some(("sslrootcert", path)) => wish.roots = Some(decoded(path)?),
            _ => rest.push(pair),
        }
    }
    let gap = if rest.is_empty() { "" } else { "?" };
    let url = format!("{base}{gap}{}", rest.join("&"));
    Ok((url, Tls { mode: wish.mode, connect: MakeRustlsConnect::new(client(&wish)?) }))
}

/// The mode, and whether the server must be vouched for.
fn mode(word: &str) -> Result<(SslMode, bool), OpenError> {
    match word {
        "disable" => Ok((SslMode::Disable, false)),
        "prefer" => Ok((SslMode::Prefer, false)),
        "require" | "verify-ca" | "verify-full" => Ok((SslMode::Require, true)),
        _ => Err(OpenError::Url(format!("sslmode is disable, prefer or require, not `{word}`"))),
    }
}

fn client(wish: &Wish) -> Result<ClientConfig, OpenError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenError::Url(error.to_string()))?;
    let roots = match wish.roots.as_deref() {
        Some("system") => public_roots(),
        Some(path) => file_roots(path)?,
        None if wish.checked => public_roots(),
        None => {
            let anybody = Arc::new(Anybody(provider));
            let builder = builder.dangerous().with_custom_certificate_verifier(anybody);
            return Ok(builder.with_no_client_auth());
        }
    };
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn public_roots() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

fn file_roots(path: &str) -> Result<RootCertStore, OpenError> {
    let unfit = |error: String| OpenError::Url(format!("sslrootcert {path}: {error}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|e| unfit(e.to_string()))? {
        let certificate = certificate.map_err(|e| unfit(e.to_string()))?;
        roots.add(certificate).map_err(|e| unfit(e.to_string()))?;
    }
    if roots.is_empty() { Err(unfit("holds no certificate".to_owned())) } else { Ok(roots) }
}

fn decoded(text: &str) -> Result<String, OpenError> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_| OpenError::Url("sslrootcert is not UTF-8".to_owned()))
}

/// Takes every certificate: `sslmode=prefer`, which gives way to no TLS at all anyway.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
