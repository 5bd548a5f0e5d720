"""Takes guards out of the samples, or turns them round, and sees the check fail that is there for each.

Not those that bound the time to connect: on one machine nobody is slow to accept.
"""

import headers as h
import outage as o
import passing
import paths

# Of each sample: a file of it, what stands there, what stands there then, and the check that must fail.
PROOFS = {
    "nginx": [
        ("chancery.conf", old, new, check)
        for old, new, check in (
            ("auth_request /.chancery;", "", passing.deny),
            ("    keepalive 64;                 # no", "    # no", passing.keep_alive),
            ("proxy_http_version 1.1;", "", passing.keep_alive),
            ("error_page 403 = @forbidden;", "", o.statuses),
            ("error_page 500 = @unclear;", "", o.failing),
            ("if ($verdict = 429)", "if ($verdict = 428)", o.statuses),
            ("proxy_pass http://service;", "proxy_pass http://service/;", paths.the_same),
            ("proxy_set_header Host $host;", "proxy_set_header Host service;", paths.hosts),
            (
                "X-Forwarded-For $remote_addr;",
                "X-Forwarded-For $proxy_add_x_forwarded_for;",
                h.spellings,
            ),
            ("X-Real-IP $remote_addr;", "X-Real-IP $http_x_real_ip;", h.misleading),
            ("proxy_set_header X-Forwarded-Host $host;", "", h.spellings),
            ("proxy_set_header X-Forwarded-Proto $scheme;", "", h.spellings),
            ("add_header Retry-After $pause always;                   #", "#", o.statuses),
            ("proxy_set_header X-Chancery-Holder-Id $holder_id;", "", h.forged),
            ('proxy_set_header X-Chancery-Require "";', "", h.forged),
            ('proxy_set_header X-Chancery-Audience "";', "", h.forged),
            *(
                (f'proxy_set_header {name} "";', "", h.misleading)
                for name in (
                    "X-HTTP-Method-Override",
                    "X-HTTP-Method",
                    "X-Method-Override",
                    "X-Original-URL",
                    "X-Rewrite-URL",
                    "X-Forwarded-Prefix",
                    "X-Forwarded-Port",
                    "X-Forwarded-Protocol",
                    "X-Forwarded-Scheme",
                    "X-Forwarded-Server",
                    "X-Forwarded-Ssl",
                    "Forwarded",
                    "True-Client-IP",
                    "X-Client-IP",
                    "X-Cluster-Client-IP",
                )
            ),
            *(
                (f'proxy_set_header {name} "";', "", h.spellings)
                for name in (
                    "X-Original-Method",
                    "X-Original-Host",
                    "X-Original-URI",
                    "X-Forwarded-Method",
                    "X-Forwarded-Uri",
                )
            ),
            ("        internal;\n", "", paths.the_same),
            ("proxy_pass_request_headers off;", "", h.spellings),
            ('proxy_set_header Content-Length "";', "", passing.body),
            ("X-Original-Method $request_method;", "X-Original-Method GET;", paths.methods),
            ("X-Original-Host $host;", "X-Original-Host $http_host;", paths.hosts),
            ("X-Original-URI $request_uri;", "X-Original-URI $uri;", paths.the_same),
            ("proxy_read_timeout 1s;", "", o.failing),
            ("proxy_buffer_size 8k;", "proxy_buffer_size 2k;", h.longest),
        )
    ],
    "caddy": [
        ("Caddyfile", old, new, check)
        for old, new, check in (
            ("`^[\\w%*.~-]`", "`.*`", h.forged),
            ("request_header -*chancery*", "", h.forged),
            ("request_header -*_*", "", h.misleading),
            *(
                (f"request_header -{name}\n", "\n", h.misleading)
                for name in (
                    "*Method-Override*",
                    "X-HTTP-Method",
                    "X-Original-*",
                    "X-Rewrite-*",
                    "X-Forwarded-*",
                    "Forwarded",
                    "*Client-IP*",
                )
            ),
            ("header_up X-Real-IP {remote_host}", "", h.misleading),
            ("request_header @switches Connection Upgrade", "", h.hop_by_hop),
            ("request_header @stays -Connection", "", h.hop_by_hop),
            ("method GET", "", passing.body),
            ("rewrite /check?", "rewrite /check", paths.the_same),
            ("X-Forwarded-Method {method}", "X-Forwarded-Method GET", paths.methods),
            ("X-Forwarded-Uri {uri}", "X-Forwarded-Uri {path}", paths.the_same),
            ("header_up -Cookie", "", passing.body),
            ("response_header_timeout 1s", "", o.failing),
            ("@yes status 2xx", "@yes status 2xx 401", passing.deny),
            ("respond @away 503", "", o.failing),
        )
    ],
    "haproxy": [
        *(
            ("haproxy.cfg", old, new, check)
            for old, new, check in (
                ("option http-restrict-req-hdr-names reject", "", h.forged),
                ("http-request deny deny_status 400 unless { path -m beg / }", "", paths.the_same),
                ("http-request set-uri %[pathq]", "", paths.the_same),
                ("http-request del-header x-chancery -m beg", "", h.forged),
                *(
                    (f"http-request del-header {name}\n", "\n", h.misleading)
                    for name in (
                        "method-override -m sub",
                        "x-http-method",
                        "x-original -m beg",
                        "x-rewrite -m beg",
                        "x-forwarded -m beg",
                        "forwarded",
                        "client-ip -m sub",
                    )
                ),
                ("http-request set-header X-Forwarded-For %[src]", "", h.spellings),
                ("http-request set-header X-Real-IP %[src]", "", h.misleading),
                ("iif(https,http)", "iif(https,x)", h.spellings),
                ("http-after-response set-header WWW-Authenticate", "#", o.challenge),
                ("http-after-response set-header Retry-After", "#", o.statuses),
                ("{ var(txn.verdict) -m int 401 }", "{ always_false }", passing.deny),
                ("{ var(txn.verdict) -m int 403 }", "{ always_false }", o.statuses),
                ("{ var(txn.verdict) -m int 429 }", "{ always_false }", o.statuses),
                ("unless { var(txn.verdict) -m int 200:299 }", "if { always_false }", o.failing),
                ("    timeout server 1s\n", "\n", o.failing),
                ("    retries 0\n", "\n", o.killed),
            )
        ),
        *(
            ("check.lua", old, new, check)
            for old, new, check in (
                (
                    'values(headers, "authorization")',
                    '{ (values(headers, "authorization"))[1] }',
                    h.broken,
                ),
                ("{ txn.f:src() }", '{ "10.9.9.9" }', h.spellings),
                ("{ txn.f:method() }", '{ "GET" }', paths.methods),
                ('values(headers, "host")', '{ "shop.example.com" }', paths.hosts),
                ("{ txn.f:pathq() }", "{ txn.f:path() }", paths.the_same),
            )
        ),
    ],
    "envoy": [
        ("envoy.yaml", old, new, check)
        for old, new, check in (
            ("normalize_path: false", "normalize_path: true", paths.kept),
            ("merge_slashes: false", "merge_slashes: true", paths.kept),
            ("KEEP_UNCHANGED", "UNESCAPE_AND_FORWARD", paths.kept),
            ("headers_with_underscores_action: REJECT_REQUEST", "", h.forged),
            ("{ prefix: x-chancery- } }", "{ prefix: x-nothing- } }", h.forged),
            *(
                (f"key_matcher: {{ {name} }}", "key_matcher: { exact: x-nothing }", h.misleading)
                for name in (
                    "contains: method-override",
                    "exact: x-http-method",
                    "prefix: x-original-",
                    "prefix: x-rewrite-",
                    "prefix: x-forwarded-",
                    "exact: forwarded",
                    "contains: client-ip",
                )
            ),
            ("key: x-forwarded-for,", "key: x-nothing,", h.spellings),
            ("key: x-real-ip,", "key: x-nothing,", h.misleading),
            ("key: x-forwarded-proto,", "key: x-nothing,", h.spellings),
            ("use_remote_address: true", "use_remote_address: false", h.spellings),
            ("failure_mode_allow: false", "failure_mode_allow: true", o.failing),
            ("status_on_error: { code: ServiceUnavailable }", "", o.failing),
            ("timeout: 1s                 ", "timeout: 60s ", o.failing),
        )
    ],
}
PROOFS["envoy-http"] = PROOFS["envoy"] + [
    ("envoy.yaml", old, new, check)
    for old, new, check in (
        ("- exact: retry-after", "- exact: x-nothing", o.statuses),
        ("- prefix: x-chancery-\n", "- prefix: x-nothing\n", passing.allow),
        ("path_prefix: /check ", "path_prefix: /check/more ", paths.the_same),
    )
]
PROOFS["envoy-grpc"] = PROOFS["envoy"] + [
    ("envoy.yaml", "- exact: user-agent", "- exact: cookie", passing.body),
]


def prove_lane(judge, lane):
    """Every guard of one sample. What fails with all of them proves nothing."""
    proofs = PROOFS[lane.gateway.name]
    lane.open()
    for question in dict.fromkeys(question for *_, question in proofs):
        lane.clear()
        judge.check(f"{lane.gateway.name:10} {question.__name__} passes", lambda: question(lane))
    lane.shut()
    for file, old, new, question in proofs:
        name = f"{lane.gateway.name:10} {question.__name__} needs {' '.join(old.split())}"
        judge.check(name, lambda: prove(lane, file, old, new, question))


def prove(lane, file, old, new, question):
    """Complains if the check passes without the guard."""
    found = 0

    def change(name, text):
        nonlocal found
        found += text.count(old) if name == file else 0
        return text.replace(old, new) if name == file else text

    lane.open(change)
    try:
        if not found:
            raise LookupError("it isn't there")
        lane.clear()
        try:
            question(lane)
        except Exception:  # In whatever way it fails, it doesn't pass.
            return
        raise AssertionError("passes without it")
    finally:
        lane.shut()
