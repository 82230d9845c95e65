-- The head, and the entries that a load needs, as one picture.
-- KEYS  head, log   ARGV  1 how many entries are wanted at least
-- Answers {fields of the head, entries}; nil if there is no such thread; entries without a head are damage: {false}

local stored = redis.call('HMGET', KEYS[1], 's', 'x', 'j')
if not stored[1] then
  return redis.call('EXISTS', KEYS[2]) == 1 and {false} or false
end
local version, keyframe = string.match(stored[1], '^(%d+):(%d+):', 33)
if not version or #version > 19 then
  return {stored, {}}
end
local from = math.min(math.max(tonumber(keyframe), 1), tonumber(version) - tonumber(ARGV[1]) + 1)
return {stored, redis.call('XRANGE', KEYS[2], string.format('%.0f-0', math.max(from, 1)), version .. '-0')}
