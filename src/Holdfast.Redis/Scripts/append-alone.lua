return {1, tonumber(version), born, (isNew or stored[4] ~= ARGV[14]) and 1 or 0, takesExpiry and expiry or (redis.call('HGET', head, 'x') or '')}
