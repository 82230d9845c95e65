-- Put before what rewrites a thread, after the file of times.

-- Whether the thread is still the one that is rewritten: its life, its revision and, unless that is '', its chain hash are these.
local function isUnchanged(life, revision, chain)
  local stored = redis.call('HMGET', KEYS[1], 'l', 'r', 's')
  return stored[1] == life and (stored[2] or '0') == revision and (chain == '' or string.sub(stored[3], 1, 32) == chain)
end

local function finish(first)
  redis.call('HINCRBY', KEYS[1], 'r', 1)
  redis.call('HINCRBY', KEYS[1], 'r2', 1)
  if first ~= '1' then
    redis.call('HSET', KEYS[1], 'f', first)
  end
end

