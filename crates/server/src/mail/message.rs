//! A letter as an Internet message.

use authority::account::Letter;
use lettre::{
    Address, Message,
    message::{Mailbox, header::ContentType},
};

/// Why a letter can't be a message.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    #[error("the recipient is not one plain address")]
    Recipient,
    #[error("the message can't be built")]
    Message,
}

/// Writes a letter as a message.
///
/// The recipient is one address without a name, so that nothing in it can be a second recipient or a
/// header; control characters of the subject become spaces, and the rest is encoded as RFC 2047 asks.
pub(super) fn compose(letter: &Letter, sender: &Mailbox) -> Result<Message, Unfit> {
    let to = recipient(&letter.to).ok_or(Unfit::Recipient)?;
    let subject: String =
        letter.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Message::builder()
        .from(sender.clone())
        .to(Mailbox::new(None, to))
        .subject(subject)
        .message_id(None)
        .header(ContentType::TEXT_PLAIN)
        .body(letter.text.replace('\r', ""))
        .map_err(|_| Unfit::Message)
}

/// One bare address: no quoted local part, no list, no comment, nothing that is not printed.
fn recipient(text: &str) -> Option<Address> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || "\"(),:;<>\\".contains(c);
    if text.chars().any(odd) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(to: &str, subject: &str, text: &str) -> Result<String, Unfit> {
        let letter =
            Letter { to: to.to_owned(), subject: subject.to_owned(), text: text.to_owned() };
        let sender = "Chancery <chancery@example.org>".parse().unwrap();
        let message = compose(&letter, &sender)?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_letter_becomes_a_plain_message() {
        let text = composed("alice@example.org", "Welcome", "Follow\nhttps://x/?t=1\n").unwrap();

        assert!(text.contains("From: Chancery <chancery@example.org>\r\n"), "{text}");
        assert!(text.contains("To: alice@example.org\r\n"), "{text}");
        assert!(text.contains("Subject: Welcome\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\nFollow\r\nhttps://x/?t=1\r\n"), "{text}");
    }

    #[test]
    fn a_subject_cannot_carry_a_header() {
        let text =
            composed("alice@example.org", "Hi\r\nBcc: eve@example.org\r\n\r\nx", "t").unwrap();

        assert!(text.contains("Subject: Hi  Bcc: eve@example.org    x\r\n"), "{text}");
        assert!(!text.contains("\nBcc:"), "{text}");
    }

    #[test]
    fn a_subject_may_be_in_any_language() {
        let text = composed("alice@example.org", "Grüße\u{0085}an alle", "t").unwrap();
        assert!(text.contains("Subject: =?utf-8?b?"), "{text}");
    }

    #[test]
    fn a_recipient_is_one_bare_address() {
        for to in [
            "alice@example.org\r\nBcc: eve@example.org",
            "alice@example.org, eve@example.org",
            "Alice <alice@example.org>",
            "\"alice\\\r\nBcc: eve\"@example.org",
            "\"alice\"@example.org",
            "alice(comment)@example.org",
            "alice",
            "alice@",
            "",
            "alice@example.org\0",
            "alice@example.org\u{2028}",
        ] {
            assert!(composed(to, "s", "t").is_err(), "{to:?}");
        }
    }
}
