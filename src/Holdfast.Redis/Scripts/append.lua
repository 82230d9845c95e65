-- Appends an entry and replaces what changes of the head, both or neither.
-- KEYS  head, log; and where the index is within reach: updated of the index
-- ARGV  1 state before: chain hash, version, ':'   2 id of the entry   3 what is known of the entry, the commit id first   4 body
--       5 state after: chain hash, version, ':', version of the keyframe, ':', messages, ':', time   6 the rest of the head as JSON
--       7 'k' (keep the stored expiry) or 's' (set it), then the expiry or nothing   8 score of the update, 9 id, 10 terms
-- Answers 'a' appended (without the index also born, '1' if the rest of the head changed and else '0', expiry)
--       | 'w' appended, but the index could not be written, why | 'd' duplicate, current version | 'c' conflict, current version
--       | 'p' the expiry is past, the time of the server | 'x' damaged, why

local head, log, id = KEYS[1], KEYS[2], ARGV[2]
local before, rest = ARGV[1], ARGV[6]
local stored = redis.call('HMGET', head, 's', 'j', 'x', 'b')
local state = stored[1]
if string.sub(state or string.rep('\0', 32) .. '0:', 1, #before) ~= before then
  local standing = state and redis.call('XRANGE', log, id, id)[1]
  local isDuplicate = standing and string.sub(standing[2][2], 1, 16) == string.sub(ARGV[3], 1, 16)
  return (isDuplicate and 'd' or 'c') .. (state and (string.match(state, '^[1-9]%d*', 33) or '?') or '0')
end

local setsExpiry, expiry = not state or string.byte(ARGV[7]) == 115, stored[3]
if setsExpiry then
  expiry = string.sub(ARGV[7], 2)

  -- An expiry that was ahead for the writer and is past here would remove what this script acknowledges: one of the two clocks is wrong.
  if expiry ~= '' and tonumber(expiry) > -tonumber(ARGV[8]) then
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    if tonumber(expiry) <= now then
      return string.format('p%.0f', now)
    end
  end
end

local isSame, born = stored[2] == rest, stored[4] or string.sub(ARGV[3], 1, 16)
if state then
  local added = redis.pcall('XADD', log, 'NOMKSTREAM', id, 'm', ARGV[3], 'b', ARGV[4])
  if not added then
    return 'xits head is at version ' .. string.match(state, '^%d+', 33) .. ' and its entries are gone'
  end
  if type(added) == 'table' and added.err then
    if string.find(added.err, 'equal or smaller', 1, true) then
      return 'xits head is at version ' .. string.match(state, '^%d+', 33) .. ' and its entries go further'
    end
    return added
  end
  if isSame then
    redis.call('HSET', head, 's', ARGV[5])
  else
    redis.call('HSET', head, 's', ARGV[5], 'j', rest)
  end
else
  if redis.call('EXISTS', log) == 1 then
    return 'xit has entries and no head'
  end
  redis.call('XADD', log, id, 'm', ARGV[3], 'b', ARGV[4])
  redis.call('HSET', head, 's', ARGV[5], 'j', rest, 'b', born)
end

if setsExpiry then
  if expiry ~= '' then
    redis.call('HSET', head, 'x', expiry)
    redis.call('PEXPIREAT', head, expiry)
    redis.call('PEXPIREAT', log, expiry)
    isSame = isSame and stored[3] and tonumber(stored[3]) <= tonumber(expiry)
  elseif stored[3] then
    redis.call('HDEL', head, 'x')
    redis.call('PERSIST', head)
    redis.call('PERSIST', log)
  end
end

