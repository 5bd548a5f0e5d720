//! What happens at the stop.

use tokio::{net::TcpStream, time::Instant};

use crate::{HELLO, Running, assert_took, hear, hear_out, pass};

#[tokio::test(start_paused = true)]
async fn a_request_under_way_is_answered_and_then_the_connection_is_closed() {
    let server = Running::start();
    let mut stream = server.connect_and_say("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
    pass(1).await;
    server.stop.send(()).unwrap();
    pass(5).await;
    assert!(TcpStream::connect(server.address).await.is_err());

    server.release.notify_one();

    let heard = hear_out(&mut stream).await;
    assert!(heard.contains("\r\nconnection: close\r\n") && heard.ends_with("released"), "{heard}");
    assert_eq!(server.served.await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_resting_connection_is_closed_at_once() {
    let server = Running::start();
    let mut stream = server.connect_and_say(HELLO).await;
    hear(&mut stream, "hello").await;
    let began = Instant::now();

    server.stop.send(()).unwrap();

    assert_eq!(hear_out(&mut stream).await, "");
    assert_eq!(server.served.await.unwrap(), 0);
    assert_took(began, 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_end_is_dropped_after_ten_seconds() {
    let server = Running::start();
    let mut stream = server.connect_and_say("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
    pass(1).await;
    let began = Instant::now();

    server.stop.send(()).unwrap();

    assert_eq!(server.served.await.unwrap(), 1);
    assert_took(began, 10);
    assert_eq!(hear_out(&mut stream).await, "");
}
