-- KEYS  threads, expires   ARGV  1 id, 2 born, 3 expiry or ''

local record = redis.call('HGET', KEYS[1], ARGV[1])
if record and string.sub(record, 1, 16) == ARGV[2] then
  putExpiry(baseOf(KEYS[1]), ARGV[1], ARGV[3])
end
return 1
