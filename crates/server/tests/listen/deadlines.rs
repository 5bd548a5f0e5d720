//! Nobody is waited for without an end.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::Instant,
};

use crate::{HELLO, Running, assert_took, hear, hear_out, pass};

#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_is_closed_after_ten_seconds() {
    let server = Running::start();
    let mut stream = server.connect().await;
    let began = Instant::now();

    assert_eq!(hear_out(&mut stream).await, "");
    assert_took(began, 10);
}

#[tokio::test(start_paused = true)]
async fn a_header_that_comes_byte_by_byte_is_cut_after_ten_seconds() {
    let server = Running::start();
    let mut stream = server.connect().await;
    let began = Instant::now();

    for byte in HELLO.replace("host", &"h".repeat(100)).bytes() {
        if stream.write_all(&[byte]).await.is_err() {
            break;
        }
        pass(1).await;
    }

    assert!(began.elapsed().as_secs() < 13, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_kept_connection_may_rest_for_over_a_minute() {
    let server = Running::start();
    let mut stream = server.connect_and_say(HELLO).await;
    hear(&mut stream, "hello").await;

    for _ in 0..3 {
        pass(70).await;
        stream.write_all(HELLO.as_bytes()).await.unwrap();
        hear(&mut stream, "hello").await;
    }
    let began = Instant::now();

    assert_eq!(hear_out(&mut stream).await, "");
    assert_took(began, 75);
}

#[tokio::test(start_paused = true)]
async fn the_second_header_has_ten_seconds_from_its_first_byte() {
    let server = Running::start();
    let mut stream = server.connect_and_say(HELLO).await;
    hear(&mut stream, "hello").await;
    pass(50).await;
    stream.write_all(b"GET / HT").await.unwrap();
    let began = Instant::now();

    assert_eq!(hear_out(&mut stream).await, "");
    assert_took(began, 10);
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_take_its_time() {
    let server = Running::start();
    let mut stream = server.connect_and_say("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
    pass(300).await;

    server.release.notify_one();
    hear(&mut stream, "released").await;
}

#[tokio::test(start_paused = true)]
async fn a199_a_body_that_drips_is_over_after_thirty_seconds() {
    let server = Running::start();
    let words = "POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n";
    let mut stream = server.connect_and_say(words).await;
    let began = Instant::now();
    for _ in 0..29 {
        pass(1).await;
        stream.write_all(b"x").await.unwrap();
    }

    let heard = hear_out(&mut stream).await;
    assert!(heard.starts_with("HTTP/1.1 408 "), "{heard}");
    assert!(heard.ends_with("the body made no progress in time"), "{heard}");
    assert_took(began, 30);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_its_answer_is_dropped_after_thirty_seconds() {
    let server = Running::start();
    let mut stream = server.connect_and_say("GET /much HTTP/1.1\r\nhost: x\r\n\r\n").await;
    pass(32).await;

    let mut heard = 0;
    let mut buffer = vec![0; 1 << 16];
    while let Ok(more @ 1..) = stream.read(&mut buffer).await {
        heard += more;
    }
    assert!(heard < 64 << 20, "{heard}");
}

#[tokio::test(start_paused = true)]
async fn an_http2_connection_may_rest_too_but_pings_are_no_requests() {
    let server = Running::start();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    pass(50).await;

    let request = http::Request::get("http://x/").body(()).unwrap();
    let (answer, _) = client.send_request(request, true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    let began = Instant::now();

    let _ = connection.await;
    assert_took(began, 75);
}

#[tokio::test(start_paused = true)]
async fn an_http2_client_that_never_opens_its_window_is_dropped() {
    let server = Running::start();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut client, connection) = h2::client::Builder::new()
        .initial_window_size(0)
        .handshake::<_, &[u8]>(stream)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let request = http::Request::get("http://x/").body(()).unwrap();
    let (answer, _) = client.send_request(request, true).unwrap();
    let began = Instant::now();
    let _kept = answer.await.unwrap();

    let _ = connection.await;
    assert_took(began, 30);
}
