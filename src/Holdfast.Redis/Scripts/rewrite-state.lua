-- KEYS  head, log
-- Answers {fields of the head, born, count of rewrites, id of the oldest entry}; nil if there is no such thread; entries without a head are damage: {false}

local stored = redis.call('HMGET', KEYS[1], 's', 'x', 'j')
if not stored[1] then
  return redis.call('EXISTS', KEYS[2]) == 1 and {false} or false
end
local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
return {stored, redis.call('HGET', KEYS[1], 'b'), redis.call('HGET', KEYS[1], 'w') or '0', oldest and oldest[1] or false}
