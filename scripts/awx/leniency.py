"""What may differ in every server, by rule and not by record.

Everything else that differs is declared in the page of the face, see `deviations.py`.
"""

# Lives are configurable, so these are any positive number (recorded: 365,000 days).
FREE_NUMBERS = {"expires_in", "ACCESS_TOKEN_EXPIRE_SECONDS"}

# AWX sets a session cookie when a user is created or changes the password through Basic, which the
# contract says to ignore (section 5).
COOKIE_MAY_MISS = {18, 19, 51, 410}

# AWX itself is not stable here: the order of the keys of these objects, and which of equally ranked
# rows comes first (order_by=-last_used, where unused tokens are first; order_by=user__username).
UNORDERED = {"actions", "OAUTH2_PROVIDER"}
NOT_COMPARED = {194: {"results"}, 195: {"results"}}

# Names of nodes are any text, and in these lists (of ping) is anything.
NODE_NAMES = {"active_node", "action_node"}
OPAQUE_LISTS = {"instances", "instance_groups"}

# A full AWX links to many resources that a token authority has not. Links to these must be there.
RELEVANT = {
    "users",
    "organizations",
    "teams",
    "applications",
    "tokens",
    "activity_stream",
    "roles",
    "me",
    "ping",
    "personal_tokens",
    "authorized_tokens",
    "admins",
    "admin_of_organizations",
}

# Objects and lists found under this key, or at this path, need only these names; others that were
# recorded may be missing.
NEEDED = {
    "/api/v2/": {
        "ping",
        "me",
        "organizations",
        "users",
        "teams",
        "applications",
        "tokens",
        "roles",
        "activity_stream",
    },
    "/api/v2/config/": {"version", "time_zone"},
    "/api/v2/settings/authentication/": {
        "OAUTH2_PROVIDER",
        "ALLOW_OAUTH2_FOR_EXTERNAL_USERS",
        "AUTH_BASIC_ENABLED",
    },
    "object_roles": {"admin_role", "member_role", "auditor_role", "read_role"},
    "related_field_counts": {"users", "admins", "teams"},
    "related_search_fields": {
        "user__search",
        "organization__search",
        "application__search",
        "applications__search",
        "teams__search",
        "created_by__search",
        "modified_by__search",
        "activity_stream__search",
    },
}
