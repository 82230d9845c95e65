-- Removes a thread that is gone, unless the index has learnt something newer of it.
-- KEYS  threads   ARGV  1 id, 2 '1' if 3 is what the thread was born with, '0' if it is the whole stamp that was seen (empty for none); 4... terms that may have it without a record

local record = redis.call('HGET', KEYS[1], ARGV[1])
local stamp = stampOf(record)
if ARGV[2] == '1' and string.sub(stamp, 1, 16) ~= ARGV[3] or ARGV[2] == '0' and stamp ~= ARGV[3] then
  return 0
end
local base = baseOf(KEYS[1])
forget(base, ARGV[1])
for i = 4, #ARGV do
  redis.call('ZREM', base .. 'term:' .. ARGV[i], ARGV[1])
end
return 1
