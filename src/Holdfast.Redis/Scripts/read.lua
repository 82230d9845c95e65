-- Some of the entries of a range: as many as have about a mebibyte, and at least one.
-- KEYS  head, log   ARGV  1 from, 2 to, 3 '1' for the newest first, 4 the commit that the thread was born with, '' when it is not known yet
-- Answers {born, entries}; nil if the thread is not there, or is another one by now; entries without a head are damage: {false}

local born = redis.call('HGET', KEYS[1], 'b')
if not born and redis.call('EXISTS', KEYS[2]) == 1 then
  return {false}
end
if not born or (ARGV[4] ~= '' and ARGV[4] ~= born) then
  return false
end
local entries, bytes = {}, 0
local from, to, backward = ARGV[1] .. '-0', ARGV[2] .. '-0', ARGV[3] == '1'
repeat
  local slice = backward and redis.call('XREVRANGE', KEYS[2], to, from, 'COUNT', 16) or redis.call('XRANGE', KEYS[2], from, to, 'COUNT', 16)
  for _, entry in ipairs(slice) do
    entries[#entries + 1] = entry
    bytes = bytes + #entry[2][4]
    if backward then to = '(' .. entry[1] else from = '(' .. entry[1] end
    if bytes >= 1048576 then break end
  end
until #slice < 16 or bytes >= 1048576 or #entries >= 256
return {born, entries}
