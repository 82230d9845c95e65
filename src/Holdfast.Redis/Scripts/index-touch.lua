-- KEYS  threads, updated; expires when 4 is not ''   ARGV  1 id, 2 terms, 3 score, 4 expiry or ''
-- Answers {'agrees'} if the index agrees now; {'later', score} if it has a later update; else {'differs', terms that it has}.

local agrees, later, terms = touch(baseOf(KEYS[1]), ARGV[1], ARGV[2], ARGV[3], ARGV[4])
if agrees then
  return {'agrees'}
end
return later and {'later', later} or {'differs', terms}
