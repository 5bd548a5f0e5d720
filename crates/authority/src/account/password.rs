//! Which passwords are good enough (NIST SP 800-63B-4, section 3.1.1.2): long ones that are not
//! on a block list. No rules of composition.

use super::User;
use super::hashing::LONGEST_PASSWORD;
use crate::error::Refusal;

/// The floor under every configured shortest length, in characters.
pub const SHORTEST_EVER: usize = 8;

/// Passwords and parts of passwords that guessers try first, in lower case.
const OBVIOUS: &[&str] = &[
    "password",
    "passw0rd",
    "passwort",
    "motdepasse",
    "contrasena",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfgh",
    "asdf",
    "zxcvbn",
    "yxcvbn",
    "1q2w3e",
    "q1w2e3",
    "1qaz2wsx",
    "qazwsx",
    "letmein",
    "iloveyou",
    "welcome",
    "admin",
    "administrator",
    "superuser",
    "root",
    "default",
    "changeme",
    "secret",
    "monkey",
    "dragon",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "batman",
    "trustno1",
    "master",
    "shadow",
    "michael",
    "jennifer",
    "charlie",
    "donald",
    "access",
    "login",
    "hello",
    "freedom",
    "whatever",
    "starwars",
    "computer",
    "internet",
    "correcthorsebatterystaple",
    "test",
    "guest",
    "user",
    "temp",
    "demo",
    "sample",
    "example",
    "abc",
    "xyz",
    "token",
    "chancery",
    "thinkeo",
    "applivery",
    "ansible",
    "tower",
    "awx",
    "spring",
    "summer",
    "autumn",
    "winter",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "friday",
];

/// Judges a new password of a user.
///
/// # Errors
///
/// [`Refusal::PasswordRefused`] with what is wrong with it.
pub(crate) fn judge(password: &str, user: &User, shortest: usize) -> Result<(), Refusal> {
    let refuse = |why: &str| Err(Refusal::PasswordRefused(why.to_owned()));
    let shortest = shortest.max(SHORTEST_EVER);
    if password.len() > LONGEST_PASSWORD {
        return refuse("has more than 1024 bytes");
    }
    if password.chars().count() < shortest {
        return refuse(&format!("needs at least {shortest} characters"));
    }
    if password.contains('\0') {
        return refuse("has a null character, which not every client can send");
    }
    let plain: String = password.to_lowercase();
    let own = [Some(user.username.as_str()), user.email.as_deref()];
    let own = own.into_iter().flatten().map(str::to_lowercase);
    if own.filter(|name| name.chars().count() >= 4).any(|name| is_mostly(&plain, &name)) {
        return refuse("is little more than the user's own name or address");
    }
    if is_repetitive(&plain) || is_made_of_the_obvious(&plain) {
        return refuse("is on the list of those that are guessed first");
    }
    Ok(())
}

/// Whether next to nothing is left without `name`.
fn is_mostly(password: &str, name: &str) -> bool {
    let rest = password.replace(name, "");
    rest.len() < password.len() && rest.chars().count() < 6
}

/// A short piece again and again, or a run up or down the alphabet or the digits.
fn is_repetitive(password: &str) -> bool {
    let symbols: Vec<char> = password.chars().collect();
    let repeats =
        |period: usize| symbols.iter().zip(symbols.iter().skip(period)).all(|(a, b)| a == b);
    let steps = |step: i64| {
        let near = |(a, b): (&char, &char)| {
            let gap = i64::from(u32::from(*b)) - i64::from(u32::from(*a));
            gap == step || (a.is_ascii_digit() && (gap + 10 * step == step))
        };
        symbols.iter().zip(symbols.iter().skip(1)).all(near)
    };
    (1..=4).any(repeats) || steps(1) || steps(-1)
}

/// Whether next to nothing is left without the obvious parts, digits and punctuation.
fn is_made_of_the_obvious(password: &str) -> bool {
    let mut rest = password.to_owned();
    let mut parts = OBVIOUS.to_vec();
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    for part in parts {
        rest = rest.replace(part, "");
    }
    let rest = rest.chars().filter(|symbol| symbol.is_alphabetic()).count();
    rest < 3
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::permission::Marks;

    fn alice() -> User {
        User {
            id: uuid::Uuid::nil().into(),
            number: 1,
            username: "alice".to_owned(),
            email: Some("alice@corp.test".to_owned()),
            first_name: String::new(),
            last_name: String::new(),
            language: String::new(),
            marks: Marks::default(),
            created_at: Timestamp::UNIX_EPOCH,
            modified_at: Timestamp::UNIX_EPOCH,
            confirmed_at: None,
            disabled_at: None,
            last_login_at: None,
            provider: None,
            home: None,
            epoch: 0,
        }
    }

    #[test]
    fn fourteen_characters_are_too_few_and_fifteen_are_enough() {
        assert!(judge("gray-otter-lamp", &alice(), 15).is_ok());
        assert!(judge("gray-otter-lam", &alice(), 15).is_err());
    }

    #[test]
    fn the_floor_holds_below_a_lower_setting() {
        assert!(judge("ot7er-l", &alice(), 1).is_err());
        assert!(judge("ot7er-lm", &alice(), 1).is_ok());
    }

    #[test]
    fn obvious_passwords_are_refused_however_long() {
        for password in [
            "passwordpassword",
            "Password12345678!",
            "aaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "1234567890123456",
            "qwertyqwertyqwerty",
            "CorrectHorseBatteryStaple",
            "alice@corp.test1",
            "chancery-admin-2026",
        ] {
            assert!(judge(password, &alice(), 15).is_err(), "{password}");
        }
    }

    #[test]
    fn any_characters_may_be_in_a_password() {
        assert!(judge("ünïcödé ist überall", &alice(), 15).is_ok());
        assert!(judge("長い長いパスワードを使いましょうね", &alice(), 15).is_ok());
        assert!(judge(&"long and winding road ".repeat(40), &alice(), 15).is_ok());
    }
}
