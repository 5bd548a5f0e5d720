//! Group 6 of the attack book on the core: the attacker chooses the algorithm, the key, the type or the
//! shape of a signed token.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that can't go on fails")]

use authority::PublicKey;
use authority::account::Login;
use authority::token::{Exchange, Narrowing, Verdict, Wish};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use testing::{PASSWORD, World};

/// The order of P-256.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// A live token that is signed, taken apart.
struct Scene {
    world: World,
    header: Value,
    claims: Value,
    signature: Vec<u8>,
    key: PublicKey,
}

impl Scene {
    /// One of a login, and one that was exchanged for a kept token.
    async fn both() -> [Self; 2] {
        let world = World::new().await;
        let login = Login { login: "root", password: PASSWORD, code: None };
        let opened = world.authority.log_in(login, None, false, &World::door()).await.unwrap();
        let own = Self::of(world, opened.access.reveal());
        let world = World::new().await;
        let issued = world.personal("root", Wish::default()).await;
        let (subject, narrowing) = (issued.secret.reveal(), &Narrowing::default());
        let exchange =
            Exchange { subject, client: None, actor: None, narrowing, visit: World::VISIT };
        let access = world.authority.exchange(exchange).await.unwrap().access;
        [own, Self::of(world, access.reveal())]
    }

    fn of(world: World, token: &str) -> Self {
        let jws = token.strip_prefix("tkat_").unwrap();
        let parts: Vec<_> =
            jws.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        let [header, claims, signature] = parts.try_into().unwrap();
        let key = world.authority.public_keys().remove(0);
        let json = |bytes: Vec<u8>| serde_json::from_slice(&bytes).unwrap();
        Self { world, header: json(header), claims: json(claims), signature, key }
    }

    fn input(&self, header: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}", encode(header), encode(&self.claims))
    }

    /// The same claims under another header, signed by somebody.
    fn signed(&self, header: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
        let input = self.input(header);
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(sign(input.as_bytes())))
    }

    fn with(&self, changes: &Value) -> Value {
        let mut header = self.header.clone();
        for (name, value) in changes.as_object().unwrap() {
            header[name] = value.clone();
        }
        header
    }

    async fn is_good(&self, jws: &str) -> bool {
        let text = format!("tkat_{jws}");
        let verdict = self.world.authority.verify(&text, &World::ANY).await.unwrap();
        matches!(verdict, Verdict::Good(_))
    }

    async fn refuses(&self, jws: &str) {
        assert!(!self.is_good(jws).await, "{jws:.400}");
    }

    fn point(&self) -> Vec<u8> {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        [vec![4], decode(&self.key.x), decode(&self.key.y)].concat()
    }
}

fn attacker() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()
}

fn by_attacker(key: &EcdsaKeyPair) -> impl Fn(&[u8]) -> Vec<u8> {
    move |input| key.sign(&SystemRandom::new(), input).unwrap().as_ref().to_vec()
}

#[tokio::test]
async fn the_token_as_it_is_is_good_and_with_another_word_is_not() {
    for scene in Scene::both().await {
        let header = scene.header.clone();
        let signature = scene.signature.clone();
        assert!(scene.is_good(&scene.signed(&header, |_| signature)).await);
        for (name, value) in [
            ("sub", json!("019b796d-d600-7000-8000-0123456789ab")),
            ("scope", json!("write")),
            ("aud", json!(["http://127.0.0.1:8700", "x"])),
            ("team", json!("019b796d-d600-7000-8000-0123456789ab")),
            ("exp", json!(9_999_999_999_u64)),
        ] {
            let mut claims = scene.claims.clone();
            claims[name] = value;
            let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let signature = URL_SAFE_NO_PAD.encode(&scene.signature);
            scene.refuses(&format!("{}.{}.{signature}", encode(&header), encode(&claims))).await;
        }
    }
}

#[tokio::test]
async fn a089_our_public_key_is_no_secret_to_sign_with() {
    for scene in Scene::both().await {
        let point = scene.point();
        let spki_head = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
            0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ];
        let der = [spki_head.as_slice(), &point].concat();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
            STANDARD.encode(&der)
        );
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": scene.key.x, "y": scene.key.y });
        for secret in [
            pem.clone().into_bytes(),
            format!("{pem}\n").into_bytes(),
            der,
            point,
            jwk.to_string().into_bytes(),
            format!("{}{}", scene.key.x, scene.key.y).into_bytes(),
            scene.key.kid.clone().into_bytes(),
        ] {
            for alg in ["HS256", "ES256"] {
                let header = scene.with(&json!({ "alg": alg }));
                let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
                let forged =
                    scene.signed(&header, |input| hmac::sign(&key, input).as_ref().to_vec());
                scene.refuses(&forged).await;
            }
        }
    }
}

#[tokio::test]
async fn a090_a_key_that_a_header_brings_is_not_looked_at() {
    for scene in Scene::both().await {
        let key = attacker();
        let [_, point @ ..] = key.public_key().as_ref() else { panic!("a point") };
        let (x, y) = point.split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": scene.key.kid });
        let kids = [
            json!("../../etc/passwd"),
            json!("https://evil.test/jwks"),
            json!("' OR 1=1--"),
            json!("k".repeat(2000)),
            json!("k".repeat(65_536)),
            json!(7),
            json!([scene.key.kid]),
            Value::Null,
        ];
        let others = [
            json!({ "jwk": jwk }),
            json!({ "jku": "http://127.0.0.1:9/jwks" }),
            json!({ "x5u": "http://127.0.0.1:9/chain" }),
            json!({ "x5c": [STANDARD.encode(point)] }),
        ];
        for change in others.into_iter().chain(kids.map(|kid| json!({ "kid": kid }))) {
            scene.refuses(&scene.signed(&scene.with(&change), by_attacker(&key))).await;
        }
        scene.refuses(&scene.signed(&scene.header, by_attacker(&key))).await;
    }
}

#[tokio::test]
async fn a091_the_algorithm_is_our_keys_and_never_the_headers() {
    for scene in Scene::both().await {
        let pair = Ed25519KeyPair::generate().unwrap();
        for alg in ["EdDSA", "ES256"] {
            let header = scene.with(&json!({ "alg": alg }));
            scene.refuses(&scene.signed(&header, |input| pair.sign(input).as_ref().to_vec())).await;
        }
        let own = scene.signature.clone();
        for alg in
            ["none", "None", "NONE", "RS256", "PS256", "ES384", "ES512", "es256", "HS256", ""]
        {
            let header = scene.with(&json!({ "alg": alg }));
            for signature in [own.clone(), Vec::new()] {
                scene.refuses(&scene.signed(&header, |_| signature)).await;
            }
        }
    }
}

#[tokio::test]
async fn a092_degenerate_signatures_sign_nothing() {
    for scene in Scene::both().await {
        let (r, s) = scene.signature.split_at(32);
        let zero = [0_u8; 32];
        let der = |r: &[u8], s: &[u8]| {
            let integer = |n: &[u8]| [&[2, 33, 0], n].concat();
            [vec![0x30, 70], integer(r), integer(s)].concat()
        };
        for signature in [
            [zero, zero].concat(),
            [r, &zero].concat(),
            [&zero, s].concat(),
            [ORDER.as_slice(), s].concat(),
            [r, ORDER.as_slice()].concat(),
            [ORDER, ORDER].concat(),
            [[0xff; 32], [0xff; 32]].concat(),
            der(r, s),
            scene.signature.get(..63).unwrap().to_vec(),
            [scene.signature.clone(), vec![0]].concat(),
            Vec::new(),
        ] {
            scene.refuses(&scene.signed(&scene.header, |_| signature)).await;
        }
    }
}

#[tokio::test]
async fn a097_odd_shapes_are_refused() {
    for scene in Scene::both().await {
        let whole = scene.signed(&scene.header, |_| scene.signature.clone());
        assert!(scene.is_good(&whole).await);
        let parts: Vec<_> = whole.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else { panic!("three parts") };
        let encode = |text: &[u8]| URL_SAFE_NO_PAD.encode(text);
        let doubled = format!("{{\"sub\":\"x\",{}", scene.claims.to_string().get(1..).unwrap());
        let trailing = format!("{}{{}}", scene.claims);
        let utf16: Vec<u8> =
            scene.claims.to_string().encode_utf16().flat_map(u16::to_be_bytes).collect();
        let bom = format!("\u{feff}{}", scene.claims);
        for odd in [
            (*header).to_owned(),
            format!("{header}.{claims}"),
            format!("{header}.{claims}."),
            format!("{whole}.{signature}"),
            format!("{whole}.."),
            format!(".{whole}"),
            ".".repeat(3_000),
            ".".repeat(100_000),
            format!("{header}=.{claims}.{signature}"),
            format!("{header}.{claims}.{signature}="),
            format!("{header}.{claims}.{signature}A"),
            format!(
                "{header}.{claims}.{}",
                STANDARD_NO_PAD.encode(&scene.signature).replace(['-', '_'], "+")
            ),
            format!("{header}.{}.{signature}", encode(doubled.as_bytes())),
            format!("{header}.{}.{signature}", encode(trailing.as_bytes())),
            format!("{header}.{}.{signature}", encode(&utf16)),
            format!("{header}.{}.{signature}", encode(bom.as_bytes())),
            format!("{}.{claims}.{signature}", encode(&vec![b' '; 1 << 20])),
            format!(" {whole}"),
            format!("{whole}\n"),
        ] {
            if odd != whole {
                scene.refuses(&odd).await;
            }
        }
    }
}

/// Two installations of one issuer's name have keys of their own.
#[tokio::test]
async fn a102_a_token_of_another_installation_is_nothing_here() {
    let [first, second] = Scene::both().await;
    let issuer = |scene: &Scene| scene.claims["iss"].clone();
    assert_eq!(issuer(&first), issuer(&second));
    for (one, other) in [(&first, &second), (&second, &first)] {
        let whole = one.signed(&one.header, |_| one.signature.clone());
        assert!(one.is_good(&whole).await);
        other.refuses(&whole).await;
        let under = other.with(&json!({}));
        other.refuses(&one.signed(&under, |_| one.signature.clone())).await;
    }
}
