-- Renames a thread to a trunk.
-- KEYS  head, log, pins; those of the trunk; and where the index is within reach: threads of its index, and of that of the trunks
-- ARGV  1 id, 2 life, 3 chain hash, 4 revision or '' for any, 5 id of the trunk, 6 version, 7 score, 8 due or '', 9 terms
-- Answers {'done', why the index could not be written}; nil if there is no such thread; {'changed'} if it is not like this any more

local stored = redis.call('HMGET', KEYS[1], 's', 'l', 'r', 'x')
if not stored[1] then
  return false
end
if stored[2] ~= ARGV[2] or string.sub(stored[1], 1, 32) ~= ARGV[3] or (ARGV[4] ~= '' and (stored[3] or '0') ~= ARGV[4]) then
  return {'changed'}
end
for i = 1, 3 do
  redis.call('UNLINK', KEYS[i + 3])
  if redis.call('EXISTS', KEYS[i]) == 1 then
    redis.call('RENAME', KEYS[i], KEYS[i + 3])
  end
end
return {'done', KEYS[7] and failureOf(function()
  forget(baseOf(KEYS[7]), ARGV[1])
  unregister(KEYS[7])
  register(KEYS[8])
  put(baseOf(KEYS[8]), ARGV[5], ARGV[2], ARGV[6], ARGV[7], stored[4] or '', ARGV[8], ARGV[9])
end) or false}
