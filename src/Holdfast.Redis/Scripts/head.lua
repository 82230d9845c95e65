-- KEYS  head, log   Answers {fields of the head}; nil if there is no such thread; entries without a head are damage: {false}

local stored = redis.call('HMGET', KEYS[1], 's', 'x', 'j')
if stored[1] then
  return {stored}
end
return redis.call('EXISTS', KEYS[2]) == 1 and {false} or false
