//! What requests may look like, and what they bring with them.

use std::fmt::Write as _;

use axum::{Router, extract::ConnectInfo, routing::get};
use server::listen::{Addressed, Listener};
use tokio::net::TcpStream;

use crate::{HELLO, Running, hear, hear_out};

#[tokio::test(start_paused = true)]
async fn requests_in_one_packet_are_answered_in_order() {
    let server = Running::start();
    let mut stream = server.connect_and_say(&HELLO.repeat(3)).await;

    let mut heard = String::new();
    while heard.matches("hello").count() < 3 {
        heard += &hear(&mut stream, "hello").await;
    }
    assert_eq!(heard.matches("HTTP/1.1 200 OK").count(), 3);
}

#[tokio::test(start_paused = true)]
async fn too_many_bytes_of_headers_are_refused() {
    let server = Running::start();
    let words = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(33 << 10));
    let mut stream = server.connect_and_say(&words).await;

    let heard = hear_out(&mut stream).await;
    assert!(heard.starts_with("HTTP/1.1 431 "), "{heard}");
}

#[tokio::test(start_paused = true)]
async fn too_many_headers_are_refused() {
    let server = Running::start();
    let mut words = HELLO.trim_end().to_owned();
    for number in 0..100 {
        write!(words, "\r\nx{number}: y").unwrap();
    }
    let mut stream = server.connect_and_say(&format!("{words}\r\n\r\n")).await;

    let heard = hear_out(&mut stream).await;
    assert!(heard.starts_with("HTTP/1.1 431 "), "{heard}");
}

#[tokio::test(start_paused = true)]
async fn a_router_finds_the_peer_in_each_request() {
    let router: Router = Router::new().route(
        "/",
        get(|ConnectInfo(peer): ConnectInfo<std::net::SocketAddr>| async move { peer.to_string() }),
    );
    let listener = Listener::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.address().unwrap();
    let serve = move |peer| Addressed::new(router.clone(), peer);
    tokio::spawn(listener.serve(serve, std::future::pending()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let me = stream.local_addr().unwrap().to_string();

    tokio::io::AsyncWriteExt::write_all(&mut stream, HELLO.as_bytes()).await.unwrap();

    hear(&mut stream, &me).await;
}
