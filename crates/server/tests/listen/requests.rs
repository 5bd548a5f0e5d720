//! What requests may look like, and what they bring with them.

use std::{fmt::Write as _, time::Duration};

use axum::{Router, extract::ConnectInfo, routing::get};
use server::listen::{Addressed, Limits, Listener};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::Instant};

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

    stream.write_all(HELLO.as_bytes()).await.unwrap();

    hear(&mut stream, &me).await;
}

/// A body that nobody reads, in pieces of 64 KiB.
const UPLOAD: usize = 512;

#[tokio::test]
async fn who_sends_a_body_that_nobody_reads_can_send_it_all_and_then_reads_the_answer() {
    let server = Running::start();
    for framing in
        [format!("content-length: {}", UPLOAD << 16), "transfer-encoding: chunked".to_owned()]
    {
        let words = format!("POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{framing}\r\n\r\n");
        let mut stream = server.connect_and_say(&words).await;
        let chunked = framing.starts_with("transfer");
        for _ in 0..UPLOAD {
            let mut piece = vec![b'x'; 1 << 16];
            if chunked {
                piece.splice(..0, *b"10000\r\n");
                piece.extend(b"\r\n");
            }
            stream.write_all(&piece).await.unwrap();
        }

        let heard = hear_out(&mut stream).await;
        assert!(heard.starts_with("HTTP/1.1 200 OK") && heard.ends_with("hello"), "{heard}");
    }
}

#[tokio::test]
async fn who_goes_on_sending_after_the_answer_is_heard_out_for_so_long_and_no_longer() {
    let patience = Duration::from_millis(500);
    let server = Running::with_limits(Limits { farewell: patience, ..Limits::default() });
    let words = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 9999\r\n\r\n";
    let mut silent = server.connect_and_say(words).await;
    let mut busy = server.connect_and_say(words).await;
    hear(&mut silent, "hello").await;
    hear(&mut busy, "hello").await;
    let began = Instant::now();

    while busy.write_all(b"x").await.is_ok() {
        tokio::task::yield_now().await;
        assert!(began.elapsed() < 20 * patience, "nobody hangs up");
    }
    assert!(began.elapsed() > patience / 2, "{:?}", began.elapsed());
    // Whoever is silent has been left before; the first word after that is told so.
    while silent.write_all(b"x").await.is_ok() {
        tokio::task::yield_now().await;
        assert!(began.elapsed() < 20 * patience, "nobody hangs up");
    }
}
