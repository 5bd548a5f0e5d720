//! The same under TLS.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::Instant,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{HELLO, Running, assert_took, hear_out};

fn certificate() -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(include_bytes!("../tls/certificate.pem")).unwrap()
}

fn start() -> Running {
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../tls/key.pem")).unwrap();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Running::with(|listener| listener.with_tls(Arc::new(config)))
}

async fn connect(server: &Running, protocol: &str) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, server.connect().await).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_request_is_answered_under_tls() {
    let server = start();
    let mut stream = connect(&server, "http/1.1").await;
    stream.write_all(HELLO.as_bytes()).await.unwrap();

    let mut heard = Vec::new();
    while !heard.ends_with(b"hello") {
        assert_ne!(stream.read_buf(&mut heard).await.unwrap(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn http2_is_spoken_where_it_is_asked_for() {
    let server = start();
    let stream = connect(&server, "h2").await;
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);

    let request = http::Request::get("https://x/").body(()).unwrap();
    let (answer, _) = client.send_request(request, true).unwrap();

    assert_eq!(answer.await.unwrap().status(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_has_five_seconds() {
    let server = start();
    let mut stream = server.connect().await;
    let began = Instant::now();

    assert_eq!(hear_out(&mut stream).await, "");
    assert_took(began, 5);
}
