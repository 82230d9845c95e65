-- Copies entries to another stream, with new bodies where there are such; and when told so, puts that stream in the place of the log.
-- KEYS  head, log, copy
-- ARGV  1 born, 2 count of rewrites, 3 from, 4 to, 5 how many entries were copied before, 6 how long the copy lives without a sign of life, in milliseconds,
--       7 '1' to finish; version and new body, ...
-- Answers {'more', id of the last entry that was copied, how many are copied}, {'done'}, or {'changed'} if it must begin anew.

local stored = redis.call('HMGET', KEYS[1], 'b', 'w', 'x')
local before, finish = tonumber(ARGV[5]), ARGV[7] == '1'
if stored[1] ~= ARGV[1] or (stored[2] or '0') ~= ARGV[2] or redis.call('XLEN', KEYS[3]) ~= before then
  redis.call('UNLINK', KEYS[3])
  return {'changed'}
end

local bodies = {}
for i = 8, #ARGV, 2 do
  bodies[ARGV[i] .. '-0'] = ARGV[i + 1]
end

local from, to, count, bytes, last = ARGV[3] .. '-0', finish and '+' or ARGV[4] .. '-0', before, 0, false
repeat
  local slice = redis.call('XRANGE', KEYS[2], from, to, 'COUNT', 16)
  for _, entry in ipairs(slice) do
    local fields = entry[2]
    if bodies[entry[1]] then
      fields[2] = string.sub(fields[2], 1, -2) .. string.char(string.byte(fields[2], -1) % 2 + 2)
      fields[4] = bodies[entry[1]]
    end
    redis.call('XADD', KEYS[3], entry[1], unpack(fields))
    count, bytes, last = count + 1, bytes + #fields[4], entry[1]
    from = '(' .. entry[1]
    if bytes >= 4194304 and not finish then break end
  end
until #slice < 16 or (bytes >= 4194304 or count - before >= 512) and not finish

if not finish then
  redis.call('PEXPIRE', KEYS[3], ARGV[6])
  return {'more', last, count}
end
redis.call('UNLINK', KEYS[2])
redis.call('RENAME', KEYS[3], KEYS[2])
redis.call('HINCRBY', KEYS[1], 'w', 1)
if stored[3] then
  redis.call('PEXPIREAT', KEYS[2], stored[3])
else
  redis.call('PERSIST', KEYS[2])
end
return {'done'}
