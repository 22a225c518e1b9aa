-- Phones that look at stamps: random codes, one of them viral, half of the phones with a cookie.
-- Arguments: the file of paths, the file of cookies, and how many looks in a hundred are viral.

local paths, cookies, viral = {}, {}, 0
local user_agent = "Mozilla/5.0 (Linux; Android 13; SM-A145F) AppleWebKit/537.36 "
  .. "(KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
local counter = 0

function setup(thread)
  counter = counter + 1
  thread:set("seed", counter)
end

function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
  for line in io.lines(args[2]) do cookies[#cookies + 1] = line end
  viral = tonumber(args[3])
  math.randomseed(seed)
end

function request()
  local path = paths[math.random(#paths)]
  if math.random(100) <= viral then path = paths[1] end
  local headers = {
    ["User-Agent"] = user_agent,
    ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
    ["Accept-Language"] = "vi-VN,vi;q=0.9,en;q=0.8",
    ["Accept-Encoding"] = "gzip, deflate, br",
  }
  if #cookies > 0 and math.random(2) == 1 then
    headers["Cookie"] = cookies[math.random(#cookies)]
  end
  return wrk.format("GET", path, headers)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "p50": %.0f, "p99": %.0f, "failed": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
