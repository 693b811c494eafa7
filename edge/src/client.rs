//! What this page is known as to servers that sign people in by `OAuth` and have to be told
//! nothing before: the address of a document is its name there.

use serde::Serialize;

/// A public client's metadata, as atproto's profile of `OAuth` has it
/// (atproto.com/specs/oauth).
#[derive(Debug, Serialize)]
pub struct Document {
    client_id: String,
    client_name: &'static str,
    client_uri: String,
    redirect_uris: [String; 1],
    scope: &'static str,
    grant_types: [&'static str; 1],
    response_types: [&'static str; 1],
    token_endpoint_auth_method: &'static str,
    application_type: &'static str,
    dpop_bound_access_tokens: bool,
}

/// Where it is, behind the origin.
pub const PATH: &str = "/oauth-client-metadata.json";

/// The document of the page at `origin`. It asks for who somebody is, and for no token that
/// lives longer than the sign-in.
#[must_use]
pub fn document(origin: &str) -> Document {
    Document {
        client_id: format!("{origin}{PATH}"),
        client_name: "Lemon Toolbox",
        client_uri: origin.to_owned(),
        redirect_uris: [format!("{origin}/back")],
        scope: "atproto",
        grant_types: ["authorization_code"],
        response_types: ["code"],
        token_endpoint_auth_method: "none",
        application_type: "web",
        dpop_bound_access_tokens: true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_of_its_own_host() {
        let document = serde_json::to_value(document("https://lemon.example")).unwrap();
        let expected = json!({
            "client_id": "https://lemon.example/oauth-client-metadata.json",
            "client_name": "Lemon Toolbox",
            "client_uri": "https://lemon.example",
            "redirect_uris": ["https://lemon.example/back"],
            "scope": "atproto",
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "application_type": "web",
            "dpop_bound_access_tokens": true,
        });
        assert_eq!(document, expected);
    }
}
