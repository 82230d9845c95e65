-- Drops the oldest entries.
-- KEYS  head, log   ARGV  1 life, 2 revision, 3 chain hash or '', 4 the lowest version to keep   Answers 1, or 0 if the thread is not like this any more.

if not isUnchanged(ARGV[1], ARGV[2], ARGV[3]) then
  return 0
end
redis.call('XTRIM', KEYS[2], 'MINID', '=', ARGV[4] .. '-0')
finish(ARGV[4])
return 1
