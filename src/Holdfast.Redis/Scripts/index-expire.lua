-- KEYS  threads, expires   ARGV  1 id, 2 expiry or '', 3 '1' if an earlier one that is there stays: before the head is changed
-- Answers '1' if the index has this expiry now.

if not redis.call('HGET', KEYS[1], ARGV[1]) then
  return '0'
end
if ARGV[3] == '1' then
  redis.call('ZADD', KEYS[2], 'LT', ARGV[2], ARGV[1])
  return tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1])) == tonumber(ARGV[2]) and '1' or '0'
end
putTime(KEYS[2], ARGV[1], ARGV[2])
return '1'
