if isNew or stored[4] ~= ARGV[14] or not touch(baseOf(KEYS[3]), ARGV[15], ARGV[14], ARGV[16], takesExpiry and expiry or '') then
  local base, kept = baseOf(KEYS[3]), takesExpiry and expiry or (redis.call('HGET', head, 'x') or '')
  if redis.call('HLEN', KEYS[3]) == 0 then
    redis.call('ZADD', KEYS[4], 0, ARGV[18])
  end
  put(base, ARGV[15], born, version, ARGV[14], ARGV[16], kept, ARGV[17])
end
return {1, tonumber(version)}
