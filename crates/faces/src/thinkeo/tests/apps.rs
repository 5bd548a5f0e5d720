//! Apps, their versions and their icons.

use std::io::Cursor;

use axum::http::Method;
use image::{DynamicImage, ImageFormat};
use insta::assert_snapshot;
use serde_json::{Value, json};
use testing::{Answer, Caller};

use super::{Scene, assert_same, crc_32, id, statuses};

#[tokio::test]
async fn an_app_is_registered_found_changed_and_archived() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice").await;
    let app = alice.posts("/v0/apps", &json!({ "name": "Contracts" })).await;
    assert_snapshot!(app.transcript(), @r#"
    200 OK
    content-type: application/json

    {
      "id": "019b796d-d600-78f4-ab52-16c306cc371e",
      "name": "Contracts",
      "teamId": "019b796d-d600-7033-a392-bc2eb86910d5",
      "description": "",
      "createdAt": "2026-01-01T12:00:00Z",
      "archivedAt": null
    }
    "#);
    let path = format!("/v0/apps/{}", id(&app));
    let change = json!({ "description": "Draws up contracts" });
    let changed = alice.tells(Method::PUT, &path, &change).await;
    assert_eq!(changed.json()["description"], "Draws up contracts");
    assert_same(&changed, &alice.gets(&path).await);
    let query = async |body: Value| alice.posts("/v0/apps/query", &body).await.json();
    assert_eq!(query(json!({ "name": "contr" })).await, json!([changed.json()]));
    assert_eq!(query(json!({ "name": "invoice" })).await, json!([]));
    assert_eq!(alice.asks(Method::POST, &format!("{path}/archive")).await.status, 200);
    assert_eq!(query(json!({})).await, json!([]));
    let archived = query(json!({ "archived": true })).await;
    assert_eq!(archived[0]["archivedAt"], "2026-01-01T12:00:00Z");
}

#[tokio::test]
async fn versions_are_numbered_from_one() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice").await;
    let app = id(&alice.posts("/v0/apps", &json!({ "name": "Contracts" })).await);
    let path = format!("/v0/apps/{app}/versions");
    assert_eq!(alice.asks(Method::POST, &path).await.json()["version"], 1);
    let second = alice.posts(&path, &json!({ "name": "spring" })).await;
    assert_snapshot!(second.transcript(), @r#"
    200 OK
    content-type: application/json

    {
      "version": 2,
      "name": "spring",
      "createdAt": "2026-01-01T12:00:00Z",
      "createdBy": "019b796d-d600-779e-8b10-2b6001db0df1"
    }
    "#);
    assert_same(&second, &alice.gets(&format!("{path}/2")).await);
    assert_eq!(alice.gets(&path).await.json().as_array().unwrap().len(), 2);
    let answers = [
        alice.gets(&format!("{path}/3")).await,
        alice.gets(&format!("{path}/0")).await,
        alice.gets(&format!("{path}/-9223372036854775808")).await,
        alice.gets(&format!("{path}/latest")).await,
    ];
    assert_eq!(statuses(&answers), [404, 404, 404, 400]);
}

fn picture(side: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(side, side).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG's head that claims any size, and nothing after it.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut png = picture(8, ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc_32(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

async fn icon_path(alice: &Caller) -> String {
    let app = id(&alice.posts("/v0/apps", &json!({ "name": "Contracts" })).await);
    format!("/v0/apps/{app}/icon")
}

async fn put(alice: &Caller, path: &str, kind: &str, bytes: Vec<u8>) -> Answer {
    alice.sends(Method::PUT, path, Some(kind), bytes).await
}

#[tokio::test]
async fn a175_an_icon_is_served_as_a_picture_and_nothing_else() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice").await;
    let path = icon_path(&alice).await;
    assert_eq!(alice.gets(&path).await.status, 404);
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
        let answer = put(&alice, &path, format.to_mime_type(), picture(8, format)).await;
        assert_eq!(answer.status, 200, "{format:?}");
    }
    let icon = alice.gets(&path).await;
    assert!(icon.body.starts_with("\u{fffd}PNG"));
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-disposition", "attachment; filename=\"icon.png\""),
        ("content-security-policy", "sandbox"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(icon.header(name), value);
    }
}

#[tokio::test]
async fn a175_what_is_no_picture_is_refused() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice").await;
    let path = icon_path(&alice).await;
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    let answers = [
        put(&alice, &path, "image/svg+xml", svg.to_vec()).await,
        put(&alice, &path, "image/png", svg.to_vec()).await,
        put(&alice, &path, "image/png", b"<html><script>alert(1)</script>".to_vec()).await,
        put(&alice, &path, "text/html", picture(8, ImageFormat::Png)).await,
        put(&alice, &path, "image/png", Vec::new()).await,
        put(&alice, &path, "image/png", vec![0; 2 * 1024 * 1024]).await,
        put(&alice, &path, "image/png", claiming(30_000, 30_000)).await,
        put(&alice, &path, "image/png", picture(1025, ImageFormat::Png)).await,
    ];
    assert_eq!(statuses(&answers), [415, 415, 415, 415, 400, 413, 413, 413]);
    assert_snapshot!(answers[0].transcript(), @r#"
    415 Unsupported Media Type
    content-type: application/json

    {
      "error": "unsupported_media_type",
      "message": "The body must be a PNG, JPEG, WebP or GIF picture."
    }
    "#);
    assert_snapshot!(answers[6].transcript(), @r#"
    413 Payload Too Large
    content-type: application/json

    {
      "error": "too_large",
      "message": "A side of the picture has more than 1024 pixels."
    }
    "#);
    assert_eq!(alice.gets(&path).await.status, 404);
}

#[tokio::test]
async fn a175_a_picture_that_is_cut_anywhere_is_refused() {
    let scene = Scene::new().await;
    let alice = scene.bearer("alice").await;
    let path = icon_path(&alice).await;
    let png = picture(8, ImageFormat::Png);
    for length in 0..=png.len().min(64) {
        let answer = put(&alice, &path, "image/png", png[..length].to_vec()).await;
        assert!(answer.status.is_client_error() || length == png.len(), "{length}");
    }
    let mut polyglot = png.clone();
    polyglot.extend_from_slice(b"<script>alert(1)</script>");
    put(&alice, &path, "image/png", polyglot).await;
    assert!(!alice.gets(&path).await.body.contains("script"));
}
