local threads = string.sub(updated, 1, -8) .. 'threads'
local failure = failureOf(function()
  if redis.call('HLEN', threads) == 0 then
    redis.call('ZADD', tenantsOf(threads), 0, tenantOf(threads))
  end
  put(baseOf(threads), thread, born, string.sub(id, 1, -3), score, expiry or '', ARGV[10])
end)
return failure and 'w' .. failure or 'a'
