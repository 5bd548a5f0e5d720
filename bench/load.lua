-- What wrk sends: the same bytes to the thing measured and to its baseline, a random token each time.
-- SECRETS: a file with a token a line; MOST: how many of them; ROUTE: check, file, introspect or verify, which asks
-- about 100 tokens at once; CALLER: the bearer token that asks.
local requests, count = {}, 0

local function check(token)
  return "GET /check HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. token .. "\r\n\r\n"
end

local function file(token)
  return "GET /orders/7 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. token .. "\r\n\r\n"
end

local function post(path, kind, body)
  return "POST " .. path .. " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
    .. os.getenv("CALLER") .. "\r\nContent-Type: " .. kind .. "\r\nContent-Length: "
    .. #body .. "\r\n\r\n" .. body
end

local function introspect(token)
  return post("/oauth/introspect", "application/x-www-form-urlencoded", "token=" .. token)
end

local function verify(tokens)
  local asked = '{"token":"' .. table.concat(tokens, '"},{"token":"') .. '"}'
  return post("/authority/v1/verify", "application/json", '{"tokens":[' .. asked .. "]}")
end

function init(args)
  math.randomseed(7)
  local route, most = os.getenv("ROUTE"), tonumber(os.getenv("MOST"))
  local make = ({ check = check, file = file, introspect = introspect })[route]
  local read, hundred = 0, {}
  for token in io.lines(os.getenv("SECRETS")) do
    read = read + 1
    if make then
      requests[read] = make(token)
    else
      hundred[#hundred + 1] = token
      if #hundred == 100 then
        requests[#requests + 1] = verify(hundred)
        hundred = {}
      end
    end
    if read == most then break end
  end
  count = #requests
end

function request()
  return requests[math.random(count)]
end
