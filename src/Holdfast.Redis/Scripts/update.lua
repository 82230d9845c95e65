-- Changes what maintenance owns of a head.
-- KEYS  head, log, pins; and where the index is within reach: threads of the index
-- ARGV  1 id; only if they are these, '' for any: 2 life, 3 revision, 4 chain hash; 5 '1' if the revision goes up, 6 '1' if it beats, 7 'k' or 's' and the new expiry;
--       8 how many fields of properties follow, 9 how many lives of pins; then fields to remove, lives to remove; how many fields to set, fields and values; lives and pins
-- Answers {'done', fields of the head, why the index could not be written}; nil if there is no such thread, or it is not like this; {'damaged'} if there are
-- entries and no head; {'past', time of the server} if the keys would go at once.

local head, log, pins = KEYS[1], KEYS[2], KEYS[3]
local stored = redis.call('HMGET', head, 's', 'l', 'r', 'x', 'n')
if not stored[1] then
  return redis.call('EXISTS', log) == 1 and {'damaged'} or false
end
if (ARGV[2] ~= '' and ARGV[2] ~= stored[2]) or (ARGV[3] ~= '' and ARGV[3] ~= (stored[3] or '0')) or (ARGV[4] ~= '' and ARGV[4] ~= string.sub(stored[1], 1, 32)) then
  return false
end
local at = 10
local function take(count)
  local taken = {}
  for i = 1, tonumber(count) do
    taken[i] = ARGV[at]
    at = at + 1
  end
  return taken
end

local function send(command, key, arguments)
  for i = 1, #arguments, 1000 do
    redis.call(command, key, unpack(arguments, i, math.min(i + 999, #arguments)))
  end
end

local removed, unpinned, set = take(ARGV[8]), take(ARGV[9]), take(take(1)[1])
local added, pinned = take(#ARGV - at + 1), stored[5]
local setsExpiry, expiry = string.byte(ARGV[7]) == 115, stored[4]
if setsExpiry then
  expiry = string.sub(ARGV[7], 2)
  if expiry ~= '' and not pinned and #added == 0 then
    local time = now()
    if tonumber(expiry) + DAY <= time then
      return {'past', string.format('%.0f', time)}
    end
  end
end
if #unpinned + #added > 0 then
  send('HDEL', pins, unpinned)
  send('HSET', pins, added)
  local lowest
  for _, pin in ipairs(redis.call('HVALS', pins)) do
    local from = tonumber(string.match(pin, ',(%d+),%d+%]$'))
    lowest = lowest and math.min(lowest, from) or from
  end
  pinned = lowest and redis.call('HLEN', pins)
  if pinned then
    redis.call('HSET', head, 'n', pinned, 'q', string.format('%.0f', lowest))
  else
    redis.call('HDEL', head, 'n', 'q')
  end
end
send('HDEL', head, removed)
send('HSET', head, set)
if ARGV[5] == '1' then
  redis.call('HINCRBY', head, 'r', 1)
  redis.call('HINCRBY', head, 'r2', 1)
end
if ARGV[6] == '1' then
  redis.call('HINCRBY', head, 'h', 1)
  redis.call('HINCRBY', head, 'h2', 1)
end
if setsExpiry then
  if expiry == '' then redis.call('HDEL', head, 'x', 'x2') else redis.call('HSET', head, 'x', expiry, 'x2', expiry) end
end
local fields = redis.call('HGETALL', head)
if setsExpiry or not stored[5] ~= not pinned then
  keep(head, log, expiry, pinned)
end
return {'done', fields, KEYS[4] and setsExpiry and failureOf(function() putTime(baseOf(KEYS[4]) .. 'expires', ARGV[1], expiry) end) or false}
