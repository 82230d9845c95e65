-- Removes a thread that is gone, unless the index has learnt something newer of it.
-- KEYS  threads, ids, updated, expires, due; then those of terms that the index may have for it, even without a record
-- ARGV  1 id, 2 '1' if 3 is the life that is gone, '0' if it is the whole stamp that was seen (empty for none)
-- Answers {'terms', those that it has} if their keys are not all named (nothing was removed then), and else {'done'}.

local record = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[2] == '1' and not isOfLife(record, ARGV[3]) or ARGV[2] == '0' and (stampOf(record) ~= ARGV[3] or isToCome(record)) then
  return {'done'}
end
if record and not areNamed(record) then
  return {'terms', termsOf(record)}
end
forget(baseOf(KEYS[1]), ARGV[1])
for i = 6, #KEYS do
  redis.call('ZREM', KEYS[i], ARGV[1])
end
return {'done'}
