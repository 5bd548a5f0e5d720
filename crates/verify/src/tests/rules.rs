//! Lease, ticket, instance, eviction, single flight.

use std::sync::Weak;

use super::*;
use crate::memory::{Memory, Recollection};

fn asked(played: &Played) -> usize {
    played.asked.load(Ordering::SeqCst)
}

#[tokio::test(start_paused = true)]
async fn a_warm_check_asks_nobody() {
    let (played, verifier) = closing();
    verifier.ready().await;
    for _ in 0..10 {
        let Verdict::Good(caller) = check(&verifier).await.unwrap() else { panic!("a no") };
        assert_eq!((caller.kind(), caller.scopes().len()), ("ak", 1));
        assert_eq!(caller.holder().kind, "user");
    }
    assert_eq!(asked(&played), 1);
    assert!(verifier.check_warm("tkak_token", &Need::anything()).is_some());
    assert_eq!(verifier.check_warm("tkak_token", &Need::permission("a.b")), None);
    assert_eq!(verifier.check_warm("tkak_other", &Need::anything()), None);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_is_forgotten_as_soon_as_it_is_told() {
    let (played, verifier) = closing();
    verifier.ready().await;
    assert!(is_yes(&check(&verifier).await));

    pass(60).await;
    played.revoke(7);
    settle().await;

    assert!(!is_yes(&check(&verifier).await));
    pass(60).await;
    played.revoke(8);
    settle().await;
    check(&verifier).await.unwrap();
    assert_eq!(asked(&played), 2, "the forgetting of another slot changes nothing");
}

#[tokio::test(start_paused = true)]
async fn an_authority_that_falls_silent_closes_the_verifier_when_the_lease_is_over() {
    let (played, verifier) = closing();
    verifier.ready().await;
    pass(200).await;
    assert!(is_yes(&check(&verifier).await));

    played.with(|state| state.down = true);
    settle().await;
    let began = Instant::now();
    while check(&verifier).await.is_ok() {
        assert!(began.elapsed() < LEASE, "a yes outlived the lease");
        pass(1).await;
    }
    assert!(began.elapsed() > LEASE / 2, "it was closed long before");
    assert_eq!(check(&verifier).await, Err(Unavailable::PastLease));
    assert!(!verifier.is_ready());
    assert_eq!(asked(&played), 1, "past the lease nobody is asked");

    played.with(|state| state.down = false);
    pass(1_000).await;
    assert!(is_yes(&check(&verifier).await), "it opens again by itself");
}

#[tokio::test(start_paused = true)]
async fn past_the_lease_the_authority_is_asked_each_time_where_that_was_chosen() {
    let (played, verifier) = asking();
    played.with(|state| state.age = 500);
    pass(100).await;
    for count in 1..4 {
        assert!(is_yes(&check(&verifier).await));
        assert_eq!(asked(&played), count);
    }
    played.with(|state| state.down = true);
    let outcome = check(&verifier).await;
    assert!(matches!(outcome, Err(Unavailable::NoAnswer(_))), "an outage is no no: {outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn the_lease_is_measured_from_when_the_node_knew() {
    let (played, verifier) = closing();
    played.with(|state| state.age = 300);
    verifier.ready().await;
    assert!(is_yes(&check(&verifier).await));
    played.with(|state| state.down = true);
    pass(199).await;
    assert!(is_yes(&check(&verifier).await), "S less the node's age");
    pass(1).await;
    assert_eq!(check(&verifier).await, Err(Unavailable::PastLease));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_long_on_its_way_renews_by_so_much_less() {
    let memory = Memory::new(LEASE, 10, 10);
    let cursor = Cursor { instance: "a".into(), ticket: 1 };
    let told = Told { cursor, all: true, slots: vec![], waited_ms: 150, age_ms: 100 };
    let at = Duration::from_millis;
    memory.obey(None, &told, at(1_000), at(1_400));
    let silent = |now| memory.recall(&[0; 32], now) == Recollection::Silent;
    assert!(silent(at(1_549)));
    assert!(!silent(at(1_550)), "sent + waited - age + S, whenever it came");

    let far = Told { waited_ms: 1 << 40, age_ms: 0, ..told };
    memory.obey(memory.cursor().as_ref(), &far, at(2_000), at(2_100));
    assert!(silent(at(2_599)));
    assert!(!silent(at(2_600)), "nobody knows what is yet to come");
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_before_a_forgetting_is_not_kept_after_it() {
    let (played, verifier) = closing();
    verifier.ready().await;
    played.with(|state| state.held = true);
    let late = tokio::spawn({
        let verifier = verifier.clone();
        async move { check(&verifier).await }
    });
    played.came.notified().await;

    played.revoke(7);
    pass(50).await;
    played.with(|state| state.held = false);
    played.go.notify_one();

    assert!(is_yes(&late.await.unwrap()), "it was good when it was asked about");
    assert!(!is_yes(&check(&verifier).await));
    assert_eq!(asked(&played), 2);
}

#[tokio::test(start_paused = true)]
async fn another_node_is_believed_but_nothing_of_the_one_before() {
    let (played, verifier) = closing();
    verifier.ready().await;
    assert!(is_yes(&check(&verifier).await));

    played.with(|state| (state.instance, state.ticket, state.says) = ("b2", 1, no("revoked")));
    pass(200).await;
    assert!(!is_yes(&check(&verifier).await));
    assert_eq!(asked(&played), 2);
}

#[tokio::test(start_paused = true)]
async fn what_a_node_answered_that_is_not_followed_is_not_kept() {
    let answers = |cursor: &str| -> Answers {
        serde_json::from_value(json!({ "cursor": cursor, "results": [yes()] })).unwrap()
    };
    let memory = Memory::new(LEASE, 10, 10);
    let at = Duration::from_millis;
    let cursor = Cursor { instance: "a1".into(), ticket: 5 };
    let told = Told { cursor, all: true, slots: vec![], waited_ms: 0, age_ms: 0 };
    let before = memory.ticket(at(1));
    memory.obey(None, &told, at(1), at(1));
    let ticket = memory.ticket(at(1));
    let kept = |ticket, cursor: &str| {
        let (answers, key) = (answers(cursor), [7; 32]);
        memory.keep(key, ticket, &answers, &answers.verdict().unwrap());
        matches!(memory.recall(&key, at(2)), Recollection::Known(_))
    };
    assert!(!kept(&before, "a1.5"), "nobody was followed then");
    assert!(!kept(&ticket, "b2.5"), "another node");
    assert!(!kept(&ticket, "a1.4"), "a node that knows less than it told");
    assert!(kept(&ticket, "a1.5"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_a_node_that_is_followed_no_more_says_nothing() {
    let memory = Memory::new(LEASE, 10, 10);
    let at = Duration::from_millis;
    let cursor = |instance: &str, ticket| Cursor { instance: instance.into(), ticket };
    let told = |cursor, all| Told { cursor, all, slots: vec![], waited_ms: 0, age_ms: 0 };
    memory.obey(None, &told(cursor("a", 1), true), at(0), at(0));
    memory.obey(Some(&cursor("a", 1)), &told(cursor("b", 9), true), at(1), at(1));
    memory.obey(Some(&cursor("a", 1)), &told(cursor("a", 2), false), at(400), at(400));
    assert_eq!(memory.cursor(), Some(cursor("b", 9)));
    assert_eq!(memory.recall(&[0; 32], at(501)), Recollection::PastLease);
}

#[tokio::test(start_paused = true)]
async fn whoever_follows_another_node_has_forgotten_everything_whatever_it_says() {
    let memory = Memory::new(LEASE, 10, 10);
    let at = Duration::from_millis;
    let cursor = |instance: &str| Cursor { instance: instance.into(), ticket: 5 };
    let told = |instance, all| Told {
        cursor: cursor(instance),
        all,
        slots: vec![],
        waited_ms: 0,
        age_ms: 0,
    };
    memory.obey(None, &told("a", true), at(0), at(0));
    let answers = json!({ "cursor": "a.5", "results": [yes()] });
    let answers: Answers = serde_json::from_value(answers).unwrap();
    memory.keep([7; 32], &memory.ticket(at(0)), &answers, &answers.verdict().unwrap());
    assert_ne!(memory.recall(&[7; 32], at(1)), Recollection::Silent);

    memory.obey(Some(&cursor("a")), &told("b", false), at(1), at(1));

    assert_eq!(memory.recall(&[7; 32], at(1)), Recollection::Silent);
}

#[tokio::test(start_paused = true)]
async fn under_another_node_memory_speaks_no_longer_than_that_one_knows() {
    let memory = Memory::new(LEASE, 10, 10);
    let at = Duration::from_millis;
    let cursor = |instance: &str| Cursor { instance: instance.into(), ticket: 5 };
    let told = |instance, age_ms| Told {
        cursor: cursor(instance),
        all: true,
        slots: vec![],
        waited_ms: 0,
        age_ms,
    };
    memory.obey(None, &told("a", 0), at(1_000), at(1_000));
    memory.obey(Some(&cursor("a")), &told("b", 161), at(1_000), at(1_000));
    assert_eq!(memory.recall(&[7; 32], at(1_338)), Recollection::Silent);
    assert_eq!(memory.recall(&[7; 32], at(1_339)), Recollection::PastLease);
}

#[tokio::test(start_paused = true)]
async fn a_token_whose_uses_are_counted_is_asked_about_for_each_check() {
    let (played, verifier) = closing();
    verifier.ready().await;
    played.with(|state| {
        state.held = true;
        state.says["keep_ms"] = Value::Null;
        state.says["slots"] = Value::Null;
    });
    let all: Vec<_> = (0..3).map(|_| checking(&verifier)).collect();
    settle().await;
    assert_eq!(asked(&played), 1);
    for _ in 0..3 {
        played.with(|state| state.held = false);
        played.go.notify_one();
        settle().await;
    }
    for one in all {
        assert!(is_yes(&one.await.unwrap()));
    }
    assert_eq!(asked(&played), 3);
}

#[tokio::test(start_paused = true)]
async fn of_many_who_ask_the_same_at_once_one_asks() {
    let (played, verifier) = closing();
    verifier.ready().await;
    played.with(|state| state.held = true);
    let all: Vec<_> = (0..100).map(|_| checking(&verifier)).collect();
    settle().await;
    played.go.notify_one();
    for one in all {
        assert!(is_yes(&one.await.unwrap()));
    }
    assert_eq!(asked(&played), 1);
}

#[tokio::test(start_paused = true)]
async fn who_asked_for_many_and_gave_up_leaves_nobody_waiting() {
    let (played, verifier) = closing();
    verifier.ready().await;
    played.with(|state| state.held = true);
    let first = checking(&verifier);
    played.came.notified().await;
    let others = [checking(&verifier), checking(&verifier), checking(&verifier)];
    settle().await;

    first.abort();
    settle().await;

    assert_eq!(asked(&played), 2, "one of them asks");
    played.go.notify_one();
    for one in others {
        assert!(is_yes(&one.await.unwrap()));
    }
    assert_eq!(asked(&played), 2);
}

#[tokio::test(start_paused = true)]
async fn an_authority_that_hangs_is_unavailable_in_time_and_asked_once() {
    let (played, verifier) = closing();
    verifier.ready().await;
    played.with(|state| state.held = true);
    let (first, second) = (checking(&verifier), checking(&verifier));
    pass(999).await;
    assert!(!first.is_finished() && !second.is_finished());
    pass(2).await;
    assert!(first.is_finished() && second.is_finished());
    for one in [first, second] {
        assert!(matches!(one.await.unwrap(), Err(Unavailable::NoAnswer(_))));
    }
    assert_eq!(asked(&played), 1);
}

#[tokio::test(start_paused = true)]
async fn who_waited_for_another_has_waited_no_longer_than_an_answer_may_take() {
    let (played, verifier) = closing();
    verifier.ready().await;
    played.with(|state| {
        state.held = true;
        state.says["keep_ms"] = Value::Null;
    });
    let (first, second) = (checking(&verifier), checking(&verifier));
    pass(900).await;
    played.go.notify_one();
    settle().await;
    assert!(is_yes(&first.await.unwrap()));
    assert_eq!(asked(&played), 2, "what is not kept is asked about again");
    pass(101).await;
    assert!(second.is_finished());
    assert!(matches!(second.await.unwrap(), Err(Unavailable::NoAnswer(_))));
}

#[tokio::test(start_paused = true)]
async fn a_yes_ends_with_the_token_and_an_unknown_one_is_asked_about_again() {
    let (played, verifier) = closing();
    verifier.ready().await;
    played.with(|state| state.says["keep_ms"] = json!(1_000));
    check(&verifier).await.unwrap();
    pass(999).await;
    check(&verifier).await.unwrap();
    assert_eq!(asked(&played), 1);
    pass(1).await;
    check(&verifier).await.unwrap();
    assert_eq!(asked(&played), 2);

    let unknown = json!({ "valid": false, "reason": "unknown", "keep_ms": 600_000, "slots": [0] });
    played.with(|state| state.says = unknown);
    pass(1_000).await;
    for _ in 0..2 {
        assert!(!is_yes(&check(&verifier).await));
    }
    assert_eq!(asked(&played), 3);
    played.with(|state| state.says = yes());
    pass(500).await;
    assert!(is_yes(&check(&verifier).await), "a token that was made since is good within S");
}

#[tokio::test(start_paused = true)]
async fn strangers_drive_no_good_token_out_of_memory() {
    let (played, verifier) = started(&Settings { good: 100, bad: 100, ..settings() });
    verifier.ready().await;
    let ask = async |whose: &str, count: u32| {
        for number in 0..count {
            let token = format!("{whose}{number}");
            // Asked for again at once, it is worth a place.
            for _ in 0..4 {
                verifier.check(&token, &Need::anything()).await.unwrap();
            }
        }
    };
    let warm = |whose: &str, count: u32| {
        let token = |number| format!("{whose}{number}");
        let warm = |number| verifier.check_warm(&token(number), &Need::anything()).is_some();
        (0..count).filter(|number| warm(*number)).count()
    };
    ask("ours", 50).await;
    assert_eq!(warm("ours", 50), 50);

    played.with(|state| state.says = no("unknown"));
    ask("stranger", 2_000).await;
    let strangers = warm("stranger", 2_000);
    assert!((1..=100).contains(&strangers), "{strangers} strangers are remembered");
    assert_eq!(warm("ours", 50), 50);

    played.with(|state| state.says = yes());
    ask("many", 2_000).await;
    let many = warm("many", 2_000);
    assert!((1..=100).contains(&many), "{many} are remembered");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_bearer_token_is_never_sent() {
    let (played, verifier) = closing();
    verifier.ready().await;
    for strange in ["", "two words", "line\nend", "\u{e9}", "=", "a=b", &"x".repeat(4_097)] {
        let verdict = verifier.check(strange, &Need::anything()).await.unwrap();
        let Verdict::Bad(reason) = verdict else { panic!("a yes") };
        assert_eq!(reason.as_str(), "malformed");
    }
    assert_eq!(asked(&played), 0);
}

#[tokio::test(start_paused = true)]
async fn a_yes_that_says_not_whose_is_no_answer() {
    let (played, verifier) = closing();
    verifier.ready().await;
    played.with(|state| state.says["id"] = Value::Null);
    assert!(matches!(check(&verifier).await, Err(Unavailable::NoAnswer(_))));
    played.with(|state| state.says = json!({ "valid": false }));
    assert!(matches!(check(&verifier).await, Err(Unavailable::NoAnswer(_))));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_answers_polls_at_once_is_not_pressed() {
    let (played, verifier) = closing();
    verifier.ready().await;
    played.with(|state| state.hasty = true);
    pass(20).await;
    let before = played.polled.load(Ordering::SeqCst);
    pass(1_500).await;
    let polls = played.polled.load(Ordering::SeqCst) - before;
    assert!((9..=11).contains(&polls), "{polls} polls in 1.5 s");
    assert!(verifier.is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_revocations_is_told_a_hundred_times_a_second_at_most() {
    let (played, verifier) = closing();
    verifier.ready().await;
    let before = played.polled.load(Ordering::SeqCst);
    for _ in 0..1_000 {
        played.revoke(9);
        pass(1).await;
    }
    let polls = played.polled.load(Ordering::SeqCst) - before;
    assert!((50..=101).contains(&polls), "{polls} polls in 1 s");
    assert!(verifier.is_ready());
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_with_the_last_verifier() {
    let (played, verifier) = closing();
    verifier.ready().await;
    let left: Weak<Played> = Arc::downgrade(&played);
    let another = verifier.clone();
    drop((played, verifier));
    settle().await;
    assert!(left.upgrade().is_some());
    drop(another);
    settle().await;
    assert!(left.upgrade().is_none(), "somebody still follows");
}
