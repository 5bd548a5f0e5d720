//! Codes by the time of day (RFC 6238): HMAC-SHA-1, six digits, a new one every 30 s.
//!
//! **Invariant**: everything here is pure. Whether a code was used before is decided where it is
//! [used up](super::store::SecondFactorStore::use_code).

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use totp_rs::{Algorithm, Builder};

use crate::secret::Secret;

/// Bytes in a secret: 160 bits, as RFC 4226, section 4, recommends.
pub(super) const LENGTH: usize = 20;
/// Digits in a code.
const DIGITS: u8 = 6;
/// Seconds in a step.
const STEP: u64 = 30;
/// Steps before and after the present one whose codes are taken too, for clocks that differ and for
/// the time that typing takes (RFC 6238, section 5.2).
const SKEW: u16 = 1;
/// What apps show above the account.
const ISSUER: &str = "Chancery";

/// What a label in a URI may hold as it is (RFC 3986, section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The step that a code is of, counted from 1970, if it is one of this secret's now: the present one's,
/// the one's before or the one's after. Codes are compared in a time that doesn't tell where they differ.
pub(super) fn step(secret: &[u8], code: &str, now: Timestamp) -> Option<i64> {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_step_duration(STEP)
        .with_skew(SKEW)
        .with_secret(secret)
        .build()
        .ok()?;
    let step = totp.check(code, u64::try_from(now.as_second()).ok()?)?;
    i64::try_from(step).ok()
}

/// A secret as it is typed into an app: 32 symbols of base32 (RFC 4648, section 6).
pub(super) fn spelled(secret: &[u8]) -> Secret {
    Secret::from_text(totp_rs::Secret::from(secret).to_base32())
}

/// A secret as an app scans it: `otpauth://totp/…`, the de facto key URI format.
pub(super) fn uri(spelled: &Secret, username: &str) -> Secret {
    let account = utf8_percent_encode(username, UNRESERVED);
    Secret::from_text(format!(
        "otpauth://totp/{ISSUER}:{account}?secret={}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}\
         &period={STEP}",
        spelled.reveal()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B.
    const SECRET: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        for (second, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let last_six = &code[2..];
            assert_eq!(step(SECRET, last_six, at(second)), Some(second / 30), "{second}");
            assert_eq!(step(SECRET, code, at(second)), None, "eight digits are not six");
        }
    }

    #[test]
    fn a_code_is_good_one_step_around_its_own_and_no_further() {
        // 1,111,111,109 is the last but one second of its step.
        let code = "081804";
        let own = 1_111_111_109 / 30;
        for (second, good) in [
            ((own - 1) * 30 - 1, false),
            ((own - 1) * 30, true),
            (own * 30, true),
            ((own + 2) * 30 - 1, true),
            ((own + 2) * 30, false),
        ] {
            assert_eq!(step(SECRET, code, at(second)), good.then_some(own), "{second}");
        }
    }

    #[test]
    fn what_is_not_six_digits_is_no_code() {
        for odd in ["", "81804", "0081804", "+81804", "08180a", " 81804", "٠٨١٨٠٤"] {
            assert_eq!(step(SECRET, odd, at(1_111_111_109)), None, "{odd}");
        }
        assert_eq!(step(SECRET, "081804", at(-59)), None);
    }

    #[test]
    fn the_uri_names_the_account_whatever_is_in_its_name() {
        let spelled = spelled(SECRET);
        assert_eq!(spelled.reveal(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            uri(&spelled, "a:b&c=d/é@x.org").reveal(),
            "otpauth://totp/Chancery:a%3Ab%26c%3Dd%2F%C3%A9%40x.org\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Chancery&algorithm=SHA1&digits=6&period=30"
        );
    }
}
