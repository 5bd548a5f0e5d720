//! How long a warm check takes in process: `cargo test -p faces --release speed -- --ignored
//! --nocapture`.

use std::hint::black_box;

use super::*;

const ROUND: u32 = 200_000;

#[tokio::test]
#[ignore = "a measurement"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn speed_of_a_warm_check() {
    let gate = Gate::new().await;
    let mut asked = Vec::new();
    for _ in 0..100 {
        let token = gate.key("read shop.*").await;
        assert_eq!(gate.check(&token).await, 204);
        let request = axum::http::Request::get("/check").header("host", "chancery.test");
        let request = request.header("authorization", format!("Bearer {token}"));
        asked.push((request.body(()).unwrap().into_parts().0, token));
    }
    for _ in 0..5 {
        gate.world.authority.follow().await.unwrap();
        let began = std::time::Instant::now();
        for (parts, _) in asked.iter().cycle().take(ROUND as usize) {
            black_box((gate.warm)(parts).unwrap());
        }
        let whole = began.elapsed() / ROUND;
        let began = std::time::Instant::now();
        for (_, token) in asked.iter().cycle().take(ROUND as usize) {
            black_box(gate.world.authority.verify_warm(token, None).unwrap());
        }
        println!("check {whole:?}, of it verify {:?}", began.elapsed() / ROUND);
    }
}
