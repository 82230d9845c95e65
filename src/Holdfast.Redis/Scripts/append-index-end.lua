if redis.call('HLEN', KEYS[3]) == 0 then
  redis.call('ZADD', tenantsOf(KEYS[3]), 0, tenantOf(KEYS[3]))
end
put(baseOf(KEYS[3]), ARGV[15], born, version, ARGV[14], takesExpiry and expiry or stored[5] or '', ARGV[13])

end
return {1, tonumber(version)}
