-- Changes when a thread expires.
-- KEYS  head, log; and where the index is within reach: threads of the index   ARGV  1 expiry or '', 2 id
-- Answers nil if there is no such thread, and what it was born with otherwise.

local born = redis.call('HGET', KEYS[1], 'b')
if not born then
  return false
end
if ARGV[1] == '' then
  redis.call('HDEL', KEYS[1], 'x')
  redis.call('PERSIST', KEYS[1])
  redis.call('PERSIST', KEYS[2])
else
  redis.call('HSET', KEYS[1], 'x', ARGV[1])
  redis.call('PEXPIREAT', KEYS[1], ARGV[1])
  redis.call('PEXPIREAT', KEYS[2], ARGV[1])
end
if KEYS[3] then
  putExpiry(baseOf(KEYS[3]), ARGV[2], ARGV[1])
end
return born
