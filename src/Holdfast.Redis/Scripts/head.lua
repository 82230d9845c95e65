-- KEYS  head, log; pins, where they are wanted   Answers {fields of the head, pins}; nil if there is no such thread; entries without a head are damage: {false}

local fields = redis.call('HGETALL', KEYS[1])
if #fields > 0 then
  return {fields, KEYS[3] and redis.call('HGETALL', KEYS[3])}
end
return redis.call('EXISTS', KEYS[2]) == 1 and {false} or false
