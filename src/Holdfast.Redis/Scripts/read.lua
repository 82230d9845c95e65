-- Some of the entries of a range.
-- KEYS  head, log   ARGV  1 from, 2 to, 3 '1' for the newest first, 4 the life that is read, '' for whichever is there, 5 the revision that it must have, '' for any
-- Answers {life, entries}; nil if the thread is not there, or is another one, or has another revision; entries without a head are damage: {false}

local stored = redis.call('HMGET', KEYS[1], 'l', 'r')
local life, revision = stored[1], stored[2] or '0'
if not life and redis.call('EXISTS', KEYS[2]) == 1 then
  return {false}
end
if not life or (ARGV[4] ~= '' and ARGV[4] ~= life) or (ARGV[5] ~= '' and ARGV[5] ~= revision) then
  return false
end
return {life, slice(KEYS[2], ARGV[1], ARGV[2], ARGV[3] == '1')}
