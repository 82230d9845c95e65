-- Changes when a thread expires.
-- KEYS  head, log; and where the index is within reach: threads of the index   ARGV  1 expiry or '', 2 id
-- Answers {'done', born, why the index could not be written}; nil if there is no such thread; {'past', time of the server} if the expiry is not after that;
-- {'damaged'} if there are entries and no head.

local born = redis.call('HGET', KEYS[1], 'b')
if not born then
  return redis.call('EXISTS', KEYS[2]) == 1 and {'damaged'} or false
end
if ARGV[1] == '' then
  redis.call('HDEL', KEYS[1], 'x')
  redis.call('PERSIST', KEYS[1])
  redis.call('PERSIST', KEYS[2])
else
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  if tonumber(ARGV[1]) <= now then
    return {'past', string.format('%.0f', now)}
  end
  redis.call('HSET', KEYS[1], 'x', ARGV[1])
  redis.call('PEXPIREAT', KEYS[1], ARGV[1])
  redis.call('PEXPIREAT', KEYS[2], ARGV[1])
end
return {'done', born, KEYS[3] and failureOf(function() putExpiry(baseOf(KEYS[3]), ARGV[2], ARGV[1]) end) or false}
