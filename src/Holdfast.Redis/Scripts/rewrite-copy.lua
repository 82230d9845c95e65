-- Copies entries to another stream, with new bodies where there are such; and when told so, puts that stream in the place of the log.
-- KEYS  head, log, copy
-- ARGV  1 life, 2 revision, 3 chain hash or '', 4 the lowest version to keep, 5 from, 6 to, 7 how many entries were copied before,
--       8 how long the copy lives without a sign of life, in milliseconds, 9 '1' to finish; version, hash of the new body and new body, ...
-- Answers {'more', id of the last entry that was copied, how many are copied}, {'done'}, or {'changed'} if it must begin anew.

local before, finishes = tonumber(ARGV[7]), ARGV[9] == '1'
if not isUnchanged(ARGV[1], ARGV[2], ARGV[3]) or redis.call('XLEN', KEYS[3]) ~= before then
  redis.call('UNLINK', KEYS[3])
  return {'changed'}
end

local bodies = {}
for i = 10, #ARGV, 3 do
  bodies[ARGV[i] .. '-0'] = {ARGV[i + 1], ARGV[i + 2]}
end

local from, to, count, bytes, last = ARGV[5] .. '-0', finishes and '+' or ARGV[6] .. '-0', before, 0, false
repeat
  local slice = redis.call('XRANGE', KEYS[2], from, to, 'COUNT', 16)
  for _, entry in ipairs(slice) do
    local fields, body = entry[2], bodies[entry[1]]
    if body then
      fields[2], fields[4] = string.sub(fields[2], 1, 61) .. body[1], body[2]
    end
    redis.call('XADD', KEYS[3], entry[1], unpack(fields))
    count, bytes, last = count + 1, bytes + #(fields[4] or ''), entry[1]
    from = '(' .. entry[1]
    if bytes >= 4194304 and not finishes then break end
  end
until #slice < 16 or (bytes >= 4194304 or count - before >= 512) and not finishes

if not finishes then
  redis.call('PEXPIRE', KEYS[3], ARGV[8])
  return {'more', last, count}
end
redis.call('UNLINK', KEYS[2])
redis.call('RENAME', KEYS[3], KEYS[2])
finish(ARGV[4])
local stored = redis.call('HMGET', KEYS[1], 'x', 'n')
keep(KEYS[1], KEYS[2], stored[1], stored[2])
return {'done'}
