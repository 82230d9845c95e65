local threads = string.sub(updated, 1, -8) .. 'threads'
local failure = failureOf(function()
  register(threads)
  put(baseOf(threads), thread, life, string.sub(id, 1, -3), score, expiry or '', due, ARGV[10], nil, true)
end)
return failure and 'w' .. failure or 'a'
