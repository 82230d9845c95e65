-- Removes a thread, whatever its keys hold.
-- KEYS  head, log; and where the index is within reach: threads of the index
-- ARGV  1 id, 2 '1' if only when 3 the chain hash and 4 the expiry (or '') are these
-- Answers nil if nothing was removed, and otherwise {what the thread was born with, why the index could not be written}.

local stored = redis.pcall('HMGET', KEYS[1], 's', 'x', 'b')
if stored.err then
  if ARGV[2] == '1' then
    return stored
  end
  stored = {}
end
if ARGV[2] == '1' and (string.sub(stored[1] or '', 1, 32) ~= ARGV[3] or (stored[2] or '') ~= ARGV[4]) then
  return false
end
if redis.call('UNLINK', KEYS[1], KEYS[2]) == 0 then
  return false
end
return {stored[3] or '', KEYS[3] and failureOf(function()
  forget(baseOf(KEYS[3]), ARGV[1])
  if redis.call('HLEN', KEYS[3]) == 0 then
    redis.call('ZREM', tenantsOf(KEYS[3]), tenantOf(KEYS[3]))
  end
end) or false}
