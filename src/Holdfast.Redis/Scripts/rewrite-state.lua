-- KEYS  head, log   ARGV  1 a version
-- Answers {fields of the head, what is known of the entry of that version}; nil if there is no such thread; entries without a head are damage: {false}

local fields = redis.call('HGETALL', KEYS[1])
if #fields == 0 then
  return redis.call('EXISTS', KEYS[2]) == 1 and {false} or false
end
local entry = redis.call('XRANGE', KEYS[2], ARGV[1] .. '-0', ARGV[1] .. '-0')[1]
return {fields, entry and entry[2][2] or false}
