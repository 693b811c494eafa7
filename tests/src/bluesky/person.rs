//! Who is here: the people of the stand-in for X, by their DIDs and handles.

use serde_json::{Value, json};

use super::{Server, Shared, address};
use crate::standin::{
    Account, Post, User,
    clock::timestamp,
    post::{NEWEST, SPAN},
};

/// The name of whom Bluesky has no name for.
pub const NO_HANDLE: &str = "handle.invalid";

/// Says of an account, or of a post, that strangers are not to see it.
pub const FOR_MEMBERS: &str = "!no-unauthenticated";

/// Whoever is called so is at a server of their own, which signs them in, too.
pub const SELF_HOSTED: &str = "posts_80";
/// Whoever is called so has a `did:web`, at that server.
const BY_WEB: &str = "posts_120";

/// Somebody one can sign in as.
pub struct Person<'a> {
    pub did: String,
    pub handle: String,
    pub account: Account<'a>,
    /// Where the posts are.
    pub home: Server,
}

impl Person<'_> {
    /// The index of the newest post for which something holds that holds for all
    /// older ones, too.
    pub fn first(&self, is_older: impl Fn(&Post) -> bool) -> usize {
        let (mut low, mut high) = (0, self.account.len());
        while low < high {
            let middle = low.midpoint(high);
            if self
                .account
                .post(middle)
                .is_some_and(|post| is_older(&post))
            {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }
}

impl Shared {
    /// The person with a DID or a handle; a name of X is taken, too.
    pub fn person(&self, name: &str) -> Option<Person<'_>> {
        let account = if name.starts_with("did:plc:") {
            self.directory.account_by_user(address::plc_user(name)?)?
        } else if name.starts_with("did:") {
            (name == self.web_did()).then(|| self.directory.account(BY_WEB))??
        } else {
            self.directory.account(&address::name(name))?
        };
        let user = account.user();
        let person = Person {
            did: self.did(user),
            handle: address::handle(&user.handle),
            home: match user.handle.as_str() {
                SELF_HOSTED | BY_WEB => Server::Elsewhere,
                _ => Server::Pds,
            },
            account,
        };
        // A `did:plc` of somebody who has another DID is nobody's.
        (!name.starts_with("did:") || person.did == name).then_some(person)
    }

    pub fn did(&self, user: &User) -> String {
        if user.handle == BY_WEB {
            self.web_did()
        } else {
            address::plc_did(user.id)
        }
    }

    /// The `did:web` of the server that is elsewhere. Only `localhost` may have
    /// one without TLS.
    fn web_did(&self) -> String {
        let origin = self.origin(Server::Elsewhere);
        let port = origin.rsplit(':').next().unwrap_or_default();
        format!("did:web:localhost%3A{port}")
    }

    /// The person whom `/.well-known/did.json` of the server elsewhere is about.
    pub fn web_person(&self) -> Option<Person<'_>> {
        self.person(&self.web_did())
    }

    /// How many posts somebody has. Counted once, since that takes a while.
    pub fn posts_of(&self, person: &Person) -> usize {
        if let Some(&count) = self.counts().get(&person.did) {
            return count;
        }
        let posts = (0..person.account.len()).filter_map(|index| person.account.post(index));
        let count = posts.filter(|post| !super::post::is_repost(post)).count();
        self.counts().insert(person.did.clone(), count);
        count
    }

    /// A DID's document, as plc.directory shows it.
    pub fn document(&self, person: &Person) -> Value {
        json!({
            "@context": [
                "https://www.w3.org/ns/did/v1",
                "https://w3id.org/security/multikey/v1",
                "https://w3id.org/security/suites/secp256k1-2019/v1",
            ],
            "id": person.did,
            "alsoKnownAs": [format!("at://{}", person.handle)],
            "verificationMethod": [{
                "id": format!("{}#atproto", person.did),
                "type": "Multikey",
                "controller": person.did,
                // The example of the specification; nothing here is signed with it.
                "publicKeyMultibase": "zQ3shXjHeiBuRCKmM36cuYnm7YEMzhGnCmCyW92sRJ9pribSF",
            }],
            "service": [{
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": self.origin(person.home),
            }],
        })
    }

    /// `app.bsky.actor.defs#profileViewBasic`.
    pub fn basic_profile(&self, user: &User) -> Value {
        let did = self.did(user);
        let labels = if user.protected {
            let uri = address::uri(&did, "app.bsky.actor.profile", "self");
            json!([label(&did, &uri, FOR_MEMBERS)])
        } else {
            json!([])
        };
        json!({
            "did": did,
            "handle": address::handle(&user.handle),
            "displayName": user.name,
            "associated": {
                "chat": { "allowIncoming": "following" },
                "activitySubscription": { "allowSubscriptions": "followers" },
            },
            "labels": labels,
            "createdAt": timestamp(NEWEST - SPAN - 86_400),
        })
    }
}

/// A label that the author of what it is about has set.
pub fn label(did: &str, uri: &str, value: &str) -> Value {
    json!({
        "src": did,
        "uri": uri,
        "cid": address::cid(uri),
        "val": value,
        "cts": timestamp(NEWEST - SPAN),
    })
}
