//! How many may come.

use server::listen::Limits;
use tokio::net::TcpSocket;

use crate::{HELLO, Running, hear, hear_out};

#[tokio::test(start_paused = true)]
async fn one_too_many_is_told_at_once_that_there_is_no_room() {
    let server = Running::with_limits(Limits { connections: 2, ..Limits::default() });
    let mut first = server.connect_and_say(HELLO).await;
    hear(&mut first, "hello").await;
    let mut second = server.connect_and_say(HELLO).await;
    hear(&mut second, "hello").await;

    let mut third = server.connect().await;
    let heard = hear_out(&mut third).await;
    assert!(
        heard.starts_with("HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n"),
        "{heard}"
    );

    drop(first);
    // The room is free as soon as the server has seen the first one go.
    loop {
        let mut stream = server.connect_and_say(HELLO).await;
        if hear_some(&mut stream).await.starts_with("HTTP/1.1 200") {
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_source_cannot_take_all_the_room() {
    let server = Running::with_limits(Limits { per_source: 1, ..Limits::default() });
    let mut first = server.connect_and_say(HELLO).await;
    hear(&mut first, "hello").await;

    let mut second = server.connect().await;
    assert!(hear_out(&mut second).await.starts_with("HTTP/1.1 503 "));

    let elsewhere = TcpSocket::new_v4().unwrap();
    elsewhere.bind(([127, 0, 0, 2], 0).into()).unwrap();
    let mut third = elsewhere.connect(server.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut third, HELLO.as_bytes()).await.unwrap();
    hear(&mut third, "hello").await;
}

/// The first bytes of what is said.
async fn hear_some(stream: &mut tokio::net::TcpStream) -> String {
    let mut heard = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_buf(stream, &mut heard).await;
    String::from_utf8(heard).unwrap()
}
