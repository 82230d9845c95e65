-- Drops the oldest entries.
-- KEYS  head, log   ARGV  1 born, 2 the lowest version to keep   Answers 1, or 0 if it is another thread by now.

if redis.call('HGET', KEYS[1], 'b') ~= ARGV[1] then
  return 0
end
redis.call('XTRIM', KEYS[2], 'MINID', '=', ARGV[2] .. '-0')
redis.call('HINCRBY', KEYS[1], 'w', 1)
return 1
