//! What other builds of the product have left in the browser.

use lemon_model::stored;
use lemon_tests::browser::{Browser, Kind};
use lemon_tests::database::{Database, VECTORS};
use lemon_tests::standin::Directory;
use serde_json::{Value, json};

use super::faults::is_ready;
use super::{SOON, ask, asked_of_x, assert_quiet, opened, sign_in};

const ACCOUNT: &str = "posts_100";

/// The id at X of whoever is called so.
fn id_of(handle: &str) -> String {
    let directory = Directory::load().unwrap();
    directory.account(handle).unwrap().user().id.to_string()
}

/// What a bot that is ready says it is made of.
async fn lead(browser: &Browser) -> String {
    browser.text("main[data-phase=ready] .card p").await
}

/// Whether any text was embedded since the page was loaded.
async fn has_embedded(browser: &Browser) -> bool {
    const ANY: &str = "const [end] = performance.getEntriesByName('lemon-indexed');
        return end ? end.detail.texts > 0 : null;";
    let any = async || browser.execute(ANY, vec![]).await.ok()?.json().as_bool();
    browser.until("the end of the indexing", SOON, any).await
}

#[tokio::test(flavor = "multi_thread")]
async fn yesterdays_database_is_opened_in_chromium() {
    yesterdays_database(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yesterdays_database_is_opened_in_firefox() {
    yesterdays_database(Kind::Firefox).await;
}

/// What was stored before bots had feeds is the bot that it was, and goes on growing.
async fn yesterdays_database(kind: Kind) {
    let (stage, owner) = opened(kind).await;
    sign_in(&owner, stage.origin(), ACCOUNT).await;
    owner.click("#start").await;
    is_ready(&owner).await;
    let told = lead(&owner).await;
    assert!(told.contains("100"), "{told}");
    let database = Database::of(&owner, &id_of(ACCOUNT));
    assert!(database.to_second_form().await.unwrap() > 0);

    let asked = asked_of_x(&stage);
    owner.reload().await;
    is_ready(&owner).await;
    assert_eq!(lead(&owner).await, told);
    assert!(!has_embedded(&owner).await);
    assert_eq!(asked_of_x(&stage), asked, "X is asked for nothing");
    assert_eq!(
        database.to_second_form().await.unwrap(),
        0,
        "it stays as it was"
    );
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_become_large_records_in_chromium() {
    rounds_become_large_records(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_become_large_records_in_firefox() {
    rounds_become_large_records(Kind::Firefox).await;
}

/// What was embedded is written down with each round, and what many rounds wrote is put
/// together: nothing of it is lost, and the next round is written behind it.
async fn rounds_become_large_records(kind: Kind) {
    let (stage, owner) = opened(kind).await;
    sign_in(&owner, stage.origin(), "posts_1000").await;
    owner.click("#start").await;
    is_ready(&owner).await;
    let database = Database::of(&owner, &id_of("posts_1000"));
    let sizes = database.sizes(VECTORS).await.unwrap();
    assert!(sizes[0] >= 256 * 1024, "{sizes:?}");
    let keys = database.keys(VECTORS).await.unwrap();
    let numbers: Vec<_> = keys.iter().filter_map(|key| key[1].as_u64()).collect();
    let all: Vec<u64> = (0..).take(sizes.len()).collect();
    assert_eq!(numbers, all);

    let told = lead(&owner).await;
    owner.reload().await;
    is_ready(&owner).await;
    assert_eq!(lead(&owner).await, told);
    assert!(!has_embedded(&owner).await, "all of it is there");
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_database_is_opened_in_chromium() {
    the_first_database(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_database_is_opened_in_firefox() {
    the_first_database(Kind::Firefox).await;
}

/// What the first version left in a browser, of a person who is not signed in any more, is
/// their bot.
async fn the_first_database(kind: Kind) {
    let (stage, owner) = opened(kind).await;
    // On a page that opens no database.
    owner.visit(&format!("{}/privacy", stage.origin())).await;
    owner.shown("main").await;
    let record = |bytes: &[u8]| bytes.to_vec();
    let pages = [
        record(include_bytes!(
            "../../../model/tests/data/first_form/page-1"
        )),
        record(include_bytes!(
            "../../../model/tests/data/first_form/page-2"
        )),
    ];
    let vectors = [record(include_bytes!(
        "../../../model/tests/data/first_form/vectors-of-another-model"
    ))];
    let database = Database::of(&owner, FIRST.0);
    assert_eq!(database.first_version(&pages, &vectors).await.unwrap(), 3);
    let (id, handle) = FIRST;
    let me = json!({
        "id": id, "handle": handle, "name": "레몬", "avatar": null, "protected": false, "posts": 12,
    });
    remember(&owner, &[("lemon-person", &me.to_string())]).await;

    owner.visit(stage.origin()).await;
    is_ready(&owner).await;
    assert_eq!(owner.text("#handle").await, format!("@{handle}"));
    let told = lead(&owner).await;
    assert!(told.contains("from 12 posts"), "{told}");
    owner.click("#chat").await;
    assert_eq!(ask(&owner, "<3 뭐 먹을래?").await, "레몬 타르트!");
    owner.click(".brand").await;
    owner.reload().await;
    is_ready(&owner).await;
    assert!(!has_embedded(&owner).await, "what was embedded is kept");
    assert_eq!(asked_of_x(&stage), 0, "X is asked for nothing");
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

/// Whose the posts of the first form's test data are.
const FIRST: (&str, &str) = ("100", "lemon_co");

/// Puts values into the browser's own storage, in place of what bots are kept there now.
async fn remember(browser: &Browser, values: &[(&str, &str)]) {
    const PUT: &str = "
        for (const key of ['lemon-bots', 'lemon-offer']) localStorage.removeItem(key);
        for (const [key, value] of arguments[0]) localStorage.setItem(key, value);";
    browser.execute(PUT, vec![json!(values)]).await.unwrap();
}

/// Somebody said yes, and the page was closed before anything came: in the first version that
/// stood beside the database.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_in_the_first_version_is_begun() {
    let (stage, owner) = opened(Kind::Chromium).await;
    sign_in(&owner, stage.origin(), ACCOUNT).await;
    let me = owner
        .execute_async(
            "const [done] = arguments;
            fetch('/api/me').then((answer) => answer.text()).then(done, () => done(null));",
            vec![],
        )
        .await
        .unwrap();
    let me = me.json().as_str().unwrap().to_owned();
    let begun = id_of(ACCOUNT);
    remember(&owner, &[("lemon-person", &me), ("lemon-begun", &begun)]).await;
    owner.reload().await;
    is_ready(&owner).await;
    let told = lead(&owner).await;
    assert!(told.contains("from 100 posts"), "{told}");
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_of_other_models_go_once_ours_are_proven_in_chromium() {
    vectors_of_other_models(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_of_other_models_go_once_ours_are_proven_in_firefox() {
    vectors_of_other_models(Kind::Firefox).await;
}

async fn vectors_of_other_models(kind: Kind) {
    let (stage, owner) = opened(kind).await;
    sign_in(&owner, stage.origin(), ACCOUNT).await;
    owner.click("#start").await;
    is_ready(&owner).await;
    assert!(has_embedded(&owner).await);
    let database = Database::of(&owner, &id_of(ACCOUNT));
    let ours = database.keys(VECTORS).await.unwrap();
    let model = ours[0][0].as_str().unwrap();
    let numbered = |(number, key): (usize, &Value)| *key == json!([model, number]);
    assert!(ours.iter().enumerate().all(numbered), "{ours:?}");

    // One before ours and one behind, the latter of a name that begins as ours does. Nobody
    // can read them, and nobody does.
    let others = ["!".to_owned(), format!("{model}!")];
    let others = others.map(|other| (Some(json!([other, 0])), vec![0xFF]));
    assert_eq!(database.put(VECTORS, &others).await.unwrap(), 2);
    owner.reload().await;
    is_ready(&owner).await;
    assert!(!has_embedded(&owner).await);
    assert_eq!(database.keys(VECTORS).await.unwrap(), ours);

    // Once only a record itself said whose it is.
    assert_eq!(database.number(VECTORS).await.unwrap(), ours.len());
    let numbers = database.keys(VECTORS).await.unwrap();
    let other = (None, stored::vectors("another", &[]).unwrap());
    assert_eq!(database.put(VECTORS, &[other]).await.unwrap(), 1);
    owner.reload().await;
    is_ready(&owner).await;
    assert!(!has_embedded(&owner).await);
    assert_eq!(database.keys(VECTORS).await.unwrap(), numbers);
    owner.close().await.unwrap();
}
