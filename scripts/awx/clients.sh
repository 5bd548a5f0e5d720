#!/usr/bin/env bash
# Judges a server with AWX's own clients: every command of the contract's section 13, and some that must
# fail. The clients are awxkit with its command `awx`, and ansible-core with the collection awx.awx.
#
#   CONTROLLER_PASSWORD=... scripts/awx/clients.sh http://127.0.0.1:8700
#
# The server must be empty but for the superuser (admin, or CONTROLLER_USERNAME). The clients are
# installed into target/tools/awx the first time; if one can't be, that is a failure. Prints a line for
# each command, and how many passed.
set -uo pipefail

here=$(dirname -- "$(realpath -- "$0")")
tools=$(realpath -m -- "$here/../../target/tools/awx")
die() { printf 'clients: %s\n' "$*" >&2; exit 2; }

base=${1:?http://HOST:PORT of the server}
: "${CONTROLLER_USERNAME:=admin}" "${CONTROLLER_PASSWORD:?of the superuser}"
unset CONTROLLER_OAUTH_TOKEN TOWER_HOST TOWER_USERNAME TOWER_PASSWORD TOWER_OAUTH_TOKEN
export CONTROLLER_HOST=$base CONTROLLER_USERNAME CONTROLLER_PASSWORD
export CONTROLLER_VERIFY_SSL=False CONTROLLER_COLOR=f
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT

# The clients.

# awxkit needs distutils and pkg_resources, ansible-core 2.16 a Python of 3.10 to 3.12.
find_python() {
    local name
    for name in "${PYTHON:-python3.11}" python3.12 python3.10 python3; do
        command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1 && break
    done
    # Debian's Python comes without the part that makes an environment with pip in it.
    "$name" -c 'import ensurepip, venv' 2>/dev/null || "$here/../apt-install" python3-venv
    printf '%s\n' "$name"
}

pip() { # ENVIRONMENT ARGUMENT...
    local environment=$1 try
    shift
    for try in 1 2 3; do
        timeout 600 "$environment/bin/python" -m pip --disable-pip-version-check --quiet \
            --retries 5 --timeout 60 "$@" && return
        sleep $((try * 5))
    done
    return 1
}

# Makes an environment with these packages, unless it is there.
environment() { # NAME PACKAGE...
    local environment=$tools/$1
    shift
    [ "$(cat -- "$environment/has" 2>/dev/null)" != "$*" ] || return 0
    rm -rf -- "$environment"
    "$(find_python)" -m venv "$environment" && pip "$environment" install "$@" &&
        printf '%s\n' "$*" >"$environment/has"
}

# Takes the collection out of the package `ansible`, which is 50 MB.
collection() { # VERSION
    local into=$tools/collections
    [ "$(cat -- "$into/has" 2>/dev/null)" != "$1" ] || return 0
    rm -rf -- "$into" "$tools/wheel"
    pip "$tools/ansible" download --no-deps --dest "$tools/wheel" "ansible==$1" &&
        "$tools/ansible/bin/python" - "$tools"/wheel/ansible-*.whl "$into" <<'PY' &&
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
names = [name for name in wheel.namelist() if name.startswith("ansible_collections/awx/awx/")]
wheel.extractall(sys.argv[2], names)
sys.exit(0 if names else "the package has no collection awx.awx")
PY
        rm -rf -- "$tools/wheel" && printf '%s\n' "$1" >"$into/has"
}

install() {
    exec 9>"$tools/lock" && flock 9 &&
        environment kit awxkit==24.6.1 'setuptools<81' &&
        environment ansible 'ansible-core~=2.16.0' &&
        collection 9.13.0
    local status=$?
    exec 9>&-
    return "$status"
}

mkdir -p -- "$tools"
install >"$folder/install.log" 2>&1 || { tail -n 20 -- "$folder/install.log" >&2; die "not installed"; }

awx=$tools/kit/bin/awx
ansible=$tools/ansible/bin
mkdir -- "$folder/home"
export HOME=$folder/home ANSIBLE_HOME=$folder/home/.ansible PYTHONWARNINGS=ignore
export ANSIBLE_COLLECTIONS_PATH=$tools/collections ANSIBLE_NOCOLOR=1
export ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_INVENTORY_UNPARSED_WARNING=False

# Judging.

passed=0 total=0
out=$folder/out err=$folder/err

# Runs a command; its exit code and what it prints decide (says.py).
check() { # NAME EXIT-CODE EXPRESSION COMMAND...
    local name=$1 code=$2 expression=$3 status why
    shift 3
    total=$((total + 1))
    timeout 120 "$@" >"$out" 2>"$err" </dev/null
    status=$?
    if [ "$status" -ne "$code" ]; then
        why="exit code $status, not $code: $(cat -- "$out" "$err" | tr '\n' ' ' | head -c 300)"
    elif why=$(python3 "$here/says.py" "$expression" "$out" "$err" 2>&1); then
        passed=$((passed + 1))
        printf 'ok      %s\n' "$name"
        return
    fi
    printf 'FAILED  %s: %s\n' "$name" "$why"
}

# A member of the JSON that was printed last.
get() { # KEY
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$out" "$1" \
        2>/dev/null || echo missing
}

check 'login -f human' 0 're.fullmatch(r"export CONTROLLER_OAUTH_TOKEN=\S{20,}\s*", out)' \
    "$awx" login -f human
check 'login with description and scope' 0 'list(j) == ["token"] and len(j["token"]) >= 20' \
    "$awx" login --description 'my cli' --conf.scope read -f json
reading=$(get token)
check 'login -f json' 0 'list(j) == ["token"] and len(j["token"]) >= 20' "$awx" login -f json
CONTROLLER_OAUTH_TOKEN=$(get token)
export CONTROLLER_OAUTH_TOKEN

check 'me' 0 'rows[0] == ["id", "username"] and rows[2][1] == os.environ["CONTROLLER_USERNAME"]' \
    "$awx" me -f human
check 'organizations create' 0 'rows[0] == ["id", "name"] and rows[2][1] == "Acme"' \
    "$awx" organizations create --name Acme -f human
organization=$(awk 'NR == 3 { print $1 }' "$out")
check 'users create' 0 'rows[0] == ["id", "username"] and rows[2][1] == "bob"' \
    "$awx" users create --username bob --password B0b-pass-1 --email bob@example.com \
    --first_name Bob -f human
check 'users modify, by name' 0 \
    '(j["username"], j["first_name"], j["last_name"], j["password"]) == ("bob", "Bob", "Builder", "$encrypted$")' \
    "$awx" users modify bob --last_name Builder -f json

check 'tokens create' 0 \
    '(j["type"], j["scope"], j["description"], j["refresh_token"]) == ("o_auth2_access_token", "read", "ci token", None) and len(j["token"]) >= 20' \
    "$awx" tokens create --scope read --description 'ci token' -f json
id=$(get id)
check 'tokens list, some fields' 0 \
    'rows[0] == ["id", "description", "scope", "token"] and len(rows) == 6 and all(r[-1] == MASK for r in rows[2:])' \
    "$awx" tokens list -f human --filter id,description,scope,token
check 'tokens list, by scope and in order' 0 \
    'j["count"] == 2 and [(r["description"], r["token"]) for r in j["results"]] == [("ci token", MASK), ("my cli", MASK)]' \
    "$awx" tokens list --all --scope read --order_by=-id -f json
check 'tokens modify' 0 \
    '(j["description"], j["scope"], j["token"]) == ("changed", "write", MASK)' \
    "$awx" tokens modify "$id" --description changed --scope write -f json
check 'tokens create, bad scope' 1 \
    'j["scope"][0].startswith("Must be a simple space-separated string with allowed scopes")' \
    "$awx" tokens create --scope admin

check 'applications create' 0 \
    '(j["name"], j["authorization_grant_type"]) == ("cliapp", "password") and len(j["client_id"]) >= 20 and re.fullmatch(r"[^*]{20,}", j["client_secret"])' \
    "$awx" applications create --name cliapp --organization Acme --client_type confidential \
    --authorization_grant_type password -f json
client=$(get client_id) secret=$(get client_secret) application=$(get id)
check 'tokens create, application by name' 0 \
    "str(j['application']) == '$application' and len(j['refresh_token']) >= 20 and len(j['token']) >= 20" \
    "$awx" tokens create --application cliapp --scope write -f json
by_client=("$awx" login --conf.client_id "$client" --conf.client_secret "$secret" --conf.scope read -f json)
check 'login by a client' 0 'len(j["token"]) >= 20' "${by_client[@]}"
check 'login by a client, without a token' 0 'len(j["token"]) >= 20' \
    env -u CONTROLLER_OAUTH_TOKEN "${by_client[@]}"
granted=$(get token)
check "me, with the client's token" 0 \
    'j["results"][0]["username"] == os.environ["CONTROLLER_USERNAME"]' \
    env CONTROLLER_OAUTH_TOKEN="$granted" "$awx" me
check 'tokens list, with a reading token' 0 'j["count"] == 7' \
    env CONTROLLER_OAUTH_TOKEN="$reading" "$awx" tokens list
check 'tokens create, not offered to a reading token' 2 \
    '"invalid choice" in err and "create" in err' \
    env CONTROLLER_OAUTH_TOKEN="$reading" "$awx" tokens create
check 'tokens delete' 0 'not out.strip()' "$awx" tokens delete "$id"
check 'tokens get, after that' 1 \
    'j == {"detail": "No OAuth2AccessToken matches the given query."}' "$awx" tokens get "$id"

check 'users grant' 0 'True' "$awx" users grant bob --organization Acme --role member
check 'users grant took effect' 0 '[u["username"] for u in j["results"]] == ["bob"]' \
    curl -sS --max-time 60 -H "Authorization: Bearer $CONTROLLER_OAUTH_TOKEN" \
    "$base/api/v2/organizations/$organization/users/"
check 'users delete' 0 'not out.strip()' "$awx" users delete bob
check 'users get, after that' 2 '"usage: awx users get" in out + err' "$awx" users get bob

check 'session: tokens list' 0 'rows[0] == ["id", "name"] and len(rows) == 8' \
    env -u CONTROLLER_OAUTH_TOKEN "$awx" tokens list -f human
check 'session: tokens create' 0 'j["description"] == "by session"' \
    env -u CONTROLLER_OAUTH_TOKEN "$awx" tokens create --description 'by session' -f json
check 'a bad token' 1 '"usage: awx" in out + err' env CONTROLLER_OAUTH_TOKEN=nonsense "$awx" me
check 'a bad password' 1 '"usage: awx" in out + err' \
    env -u CONTROLLER_OAUTH_TOKEN CONTROLLER_PASSWORD=wrong "$awx" me

unset CONTROLLER_OAUTH_TOKEN
export CONTROLLER_VERIFY_SSL=false
check 'ansible: token' 0 \
    '"CHANGED" in out and re.search(r"\"scope\": \"read\"", out) and re.search(r"\"token\": \"[^\"*]{20,}\"", out)' \
    "$ansible/ansible" localhost -m awx.awx.token -a 'description=adhoc scope=read'
check 'ansible: token, bad scope' 2 \
    '"FAILED" in out and "value of scope must be one of" in out + err' \
    "$ansible/ansible" localhost -m awx.awx.token -a 'description=adhoc scope=admin'
check 'ansible: token, bad password' 2 \
    '"FAILED" in out and "Failed to get token" in out and "401" in out' \
    env CONTROLLER_PASSWORD=wrong "$ansible/ansible" localhost -m awx.awx.token -a 'description=adhoc'
check 'ansible: playbook' 0 '"failed=0" in out and "unreachable=0" in out' \
    "$ansible/ansible-playbook" -i localhost, "$here/play.yml"
check 'ansible: nothing is left but what was to stay' 0 \
    'sorted(r["description"] for r in j["results"]) == ["", "", "", "AWX CLI", "AWX CLI", "adhoc", "by session", "my cli"]' \
    "$awx" tokens list --page_size 100

printf '%d of %d passed\n' "$passed" "$total"
[ "$passed" -eq "$total" ]
