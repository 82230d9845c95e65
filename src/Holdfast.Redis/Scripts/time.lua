-- Times are milliseconds by the clock of the server.
local DAY = 86400000

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Native expiry is a safety net: the keys of a thread go a day after its expiry; those of one that is pinned or does not expire stay.
local function keep(head, log, expiry, pins)
  if expiry and expiry ~= '' and not pins then
    local at = string.format('%.0f', tonumber(expiry) + DAY)
    redis.call('PEXPIREAT', head, at)
    redis.call('PEXPIREAT', log, at)
  else
    redis.call('PERSIST', head)
    redis.call('PERSIST', log)
  end
end

