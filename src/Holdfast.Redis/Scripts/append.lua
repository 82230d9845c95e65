-- Appends an entry and replaces what changes of the head, both or neither.
-- KEYS  head, log, head of the trunk that must not be there if the entry begins the thread (else the head again); and where the index is within reach: updated of the index
-- ARGV  1 state before: chain hash, version, ':'; '' if the entry begins the thread   2 id of the entry   3 what is known of the entry   4 body
--       5 state after: chain hash, version, ':', version of the keyframe, ':', messages, ':', time; '@' and when it is due   6 the rest of the head as JSON
--       7 'k' (keep the stored expiry) or 's' (set it), '?' (only if the index need not know of it) or '!', then the expiry or nothing
--       8 score of the update, 9 id, 10 terms; if the entry begins the thread also 11 its life, then the fields of its properties with their values
-- Answers 'a' appended (without the index also the life, '1' if it is not due any more and else '0', expiry) | 'w' appended, but the index could not be written, why
--       | 'i' nothing written: the index must know of it | 'n' there is no such thread, or its life was kept as a trunk | 'p' its keys would go at once, the time of the server | 'x' damaged, why
--       | {state, life, first version, what is known of the entry that has its version or ''} if it does not follow what is stored

local head, log, id = KEYS[1], KEYS[2], ARGV[2]
local before, rest = ARGV[1], ARGV[6]
local stored = redis.call('HMGET', head, 's', 'j', 'x', 'l', 'n')
local state, begins = stored[1], before == ''
if state and (begins or string.sub(state, 1, #before) ~= before) then
  local standing = redis.call('XRANGE', log, id, id)[1]
  return {state, stored[4] or '', redis.call('HGET', head, 'f') or '1', standing and standing[2][2] or ''}
end
if not state and redis.call('EXISTS', log) == 1 then
  return 'xit has entries and no head'
end
if not state and (not begins or KEYS[3] ~= head and redis.call('EXISTS', KEYS[3]) == 1) then
  return 'n'
end

local setsExpiry, expiry, comesEarlier = begins or string.byte(ARGV[7]) == 115, stored[3], false
if setsExpiry then
  expiry = string.sub(ARGV[7], 3)
  comesEarlier = expiry ~= '' and not (stored[3] and tonumber(stored[3]) <= tonumber(expiry))

  -- An expiry that was ahead for the writer and has been past here for a day would remove what this script acknowledges: one of the two clocks is wrong.
  if expiry ~= '' and not stored[5] and tonumber(expiry) > -tonumber(ARGV[8]) then
    local time = now()
    if tonumber(expiry) + DAY <= time then
      return string.format('p%.0f', time)
    end
  end
end

local function dueOf(text)
  local at = string.find(text, '@', 33, true)
  return at and string.sub(text, at + 1) or ''
end

local due, life = dueOf(ARGV[5]), stored[4] or ARGV[11]
local isSame = state and stored[2] == rest and dueOf(state) == due and not comesEarlier
if not isSame and string.byte(ARGV[7], 2) == 63 then
  return 'i'
end

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
  if stored[2] == rest then
    redis.call('HSET', head, 's', ARGV[5])
  else
    redis.call('HSET', head, 's', ARGV[5], 'j', rest)
  end
else
  redis.call('XADD', log, id, 'm', ARGV[3], 'b', ARGV[4])
  redis.call('HSET', head, 's', ARGV[5], 'j', rest, 'l', life)
  if id ~= '1-0' then
    redis.call('HSET', head, 'f', string.sub(id, 1, -3))
  end
  if #ARGV > 11 then
    redis.call('HSET', head, unpack(ARGV, 12))
  end
end

if setsExpiry then
  if expiry ~= '' then
    redis.call('HSET', head, 'x', expiry, 'x2', expiry)
    if not stored[5] then
      keep(head, log, expiry)
    end
  elseif stored[3] then
    redis.call('HDEL', head, 'x', 'x2')
    keep(head, log)
  end
end

