use std::time::Instant;
use authority::token::Wish;
use authority::scope::Scopes;
use testing::World;
use std::sync::Arc;
use crate::kit::{Context, TrustedPeers};

#[tokio::test]
#[ignore]
async fn speed() {
    let world = World::new().await;
    let (org, _) = world.organization("Acme", "alice").await;
    let context = Context { authority: world.authority.clone(), trusted: Arc::new(TrustedPeers::default()), largest_body: 65536 };
    let face = super::super::face(&context);
    let (_, warm) = face.warm.unwrap();
    let mut all = Vec::new();
    for _ in 0..100 {
        let key = world.key("alice", org.id, Wish { scopes: Some(Scopes::parse("read shop.*").unwrap()), ..Wish::default() }).await;
        all.push(format!("Bearer {}", key.secret.reveal()));
    }
    let parts: Vec<_> = all.iter().map(|t| axum::http::Request::get("/check").header("authorization", t).header("host", "x").body(()).unwrap().into_parts().0).collect();
    for t in &all { world.authority.verify(&t[7..], None).await.unwrap(); }
    println!("{:?}", warm(&parts[0]));
    for _ in 0..3 {
        let n = 300_000;
        let a = Instant::now();
        for i in 0..n { std::hint::black_box(warm(&parts[i % 100])); }
        let b = Instant::now();
        for i in 0..n { std::hint::black_box(world.authority.verify_warm(&all[i % 100][7..], None)); }
        let c = Instant::now();
        println!("warm {:?} verify {:?}", (b - a) / n as u32, (c - b) / n as u32);
    }
}
