-- Removes a thread, whatever its keys hold.
-- KEYS  head, log, pins; and where the index is within reach: threads of the index
-- ARGV  1 id; then, if only when they are these: 2 life, 3 chain hash, 4 revision
-- Answers nil if nothing was removed, and otherwise {life, why the index could not be written}.

local stored = redis.pcall('HMGET', KEYS[1], 's', 'l', 'r')
if stored.err then
  if ARGV[2] then
    return stored
  end
  stored = {}
end
if ARGV[2] and (stored[2] ~= ARGV[2] or string.sub(stored[1] or '', 1, 32) ~= ARGV[3] or (stored[3] or '0') ~= ARGV[4]) then
  return false
end
if redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3]) == 0 then
  return false
end
return {stored[2] or '', KEYS[4] and failureOf(function()
  forget(baseOf(KEYS[4]), ARGV[1])
  unregister(KEYS[4])
end) or false}
