-- What wrk sends: the same bytes to the thing measured and to its baseline, a random token each time.
-- SECRETS: a file with a token a line; MOST: how many of them; ROUTE: check, file or introspect;
-- CALLER: the bearer token that introspects.
local requests, count = {}, 0

local function check(token)
  return "GET /check HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. token .. "\r\n\r\n"
end

local function file(token)
  return "GET /orders/7 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. token .. "\r\n\r\n"
end

local function introspect(token)
  local body = "token=" .. token
  return "POST /oauth/introspect HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
    .. os.getenv("CALLER") .. "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
    .. #body .. "\r\n\r\n" .. body
end

function init(args)
  math.randomseed(7)
  local make = ({ check = check, file = file, introspect = introspect })[os.getenv("ROUTE")]
  local most = tonumber(os.getenv("MOST"))
  for token in io.lines(os.getenv("SECRETS")) do
    count = count + 1
    requests[count] = make(token)
    if count == most then break end
  end
end

function request()
  return requests[math.random(count)]
end
