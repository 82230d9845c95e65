-- Appends an entry and replaces the head, both or neither.
-- KEYS  head, log; and where the index is within reach: threads of the index
-- ARGV  1 version, 2 commit id, 3 chain hash before, 4 time, 5 messages, 6 flags, 7 body hash, 8 body,
--       9 keyframe version, 10 chain hash, 11 the rest of the head as JSON, 12 'k' (keep the stored expiry) or 's' (set it), then the expiry or nothing,
--       13 terms, 14 score of the update, 15 id
-- Answers {1 appended, version} (and without the index: born, 1 if the terms changed, expiry)
--       | {2 duplicate, current version} | {3 conflict, current version} | {4 damaged, why}

local head, log = KEYS[1], KEYS[2]
local version, commit, expiry = ARGV[1], ARGV[2], string.sub(ARGV[12], 2)
local stored = redis.call('HMGET', head, 'v', 'c', 'b', 'i', 'x')
local current = tonumber(stored[1] or '0')

if tonumber(version) <= current then
  local standing = redis.call('XRANGE', log, version .. '-0', version .. '-0')[1]
  if standing and standing[2][2] == commit then
    return {2, current}
  end
end
if tonumber(version) ~= current + 1 or (stored[2] or string.rep('\0', 32)) ~= ARGV[3] then
  return {3, current}
end

local isNew = current == 0
local born = isNew and commit or stored[3]
local changesTerms = stored[4] ~= ARGV[13]
if isNew then
  if redis.call('EXISTS', log) == 1 then
    return {4, 'it has entries and no head'}
  end
  redis.call('XADD', log, version .. '-0', 'c', commit, 't', ARGV[4], 'n', ARGV[5], 'f', ARGV[6], 'h', ARGV[7], 'b', ARGV[8])
  redis.call('HSET', head, 'v', version, 'k', ARGV[9], 'c', ARGV[10], 'j', ARGV[11], 'i', ARGV[13], 'b', born)
else
  local added = redis.pcall('XADD', log, 'NOMKSTREAM', version .. '-0', 'c', commit, 't', ARGV[4], 'n', ARGV[5], 'f', ARGV[6], 'h', ARGV[7], 'b', ARGV[8])
  if not added then
    return {4, 'its head is at version ' .. stored[1] .. ' and its entries are gone'}
  end
  if type(added) == 'table' and added.err then
    if string.find(added.err, 'equal or smaller', 1, true) then
      return {4, 'its head is at version ' .. stored[1] .. ' and its entries go further'}
    end
    return added
  end
  if changesTerms then
    redis.call('HSET', head, 'v', version, 'k', ARGV[9], 'c', ARGV[10], 'j', ARGV[11], 'i', ARGV[13])
  else
    redis.call('HSET', head, 'v', version, 'k', ARGV[9], 'c', ARGV[10], 'j', ARGV[11])
  end
end

local takesExpiry = isNew or string.byte(ARGV[12]) == 115
if takesExpiry then
  if expiry ~= '' then
    redis.call('HSET', head, 'x', expiry)
    redis.call('PEXPIREAT', head, expiry)
    redis.call('PEXPIREAT', log, expiry)
  elseif stored[5] then
    redis.call('HDEL', head, 'x')
    redis.call('PERSIST', head)
    redis.call('PERSIST', log)
  end
end

