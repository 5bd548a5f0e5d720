-- Asks Chancery about a request. `txn.verdict` is then the status of the answer; without an answer it is not set.
-- `txn.challenge` and `txn.pause` are what a no says besides, if it does.

local named = {
    "x-chancery-token", "x-chancery-holder", "x-chancery-holder-id", "x-chancery-holder-name",
    "x-chancery-organization", "x-chancery-scopes", "x-chancery-expires",
}
local noes = { [401] = true, [403] = true, [429] = true }

-- All values of a header of the client's request: two tokens are not one.
local function values(headers, name)
    local found = {}
    for place, value in pairs(headers[name] or {}) do
        found[place + 1] = value
    end
    return found
end

core.register_action("check", { "http-req" }, function(txn)
    local headers = txn.http:req_get_headers()
    local answer = core.httpclient():get{
        url = "http://chancery/check",
        dst = "abns@chancery",
        headers = {
            ["authorization"] = values(headers, "authorization"),
            ["user-agent"] = values(headers, "user-agent"),
            ["x-forwarded-for"] = { txn.f:src() },
            ["x-original-method"] = { txn.f:method() },
            ["x-original-host"] = values(headers, "host"),
            ["x-original-uri"] = { txn.f:pathq() },
            -- Without rules, name here what is needed: ["x-chancery-require"] = { "shop.order.get" },
        },
    }
    local said = answer.headers or {}
    local function first(name)
        return said[name] and said[name][0]
    end
    for variable, name in pairs({ challenge = "www-authenticate", pause = "retry-after" }) do
        if noes[answer.status] and first(name) then
            txn:set_var("txn." .. variable, first(name))
        end
    end
    for _, name in ipairs(named) do
        if first(name) then
            txn.http:req_set_header(name, first(name))
        end
    end
    txn:set_var("txn.verdict", answer.status)
end)
