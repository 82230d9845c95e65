-- KEYS  threads, ids, updated, expires, due; then those of the terms, and of those that the index is thought to have
-- ARGV  1 id, 2 life, 3 version, 4 score, 5 expiry or '', 6 due or '', 7 terms, 8 the stamp that may be replaced though it is of another life,
--       9 the score that was seen, '' for none
-- Answers {'first'} if the index was empty before, {'done'} if it is written now or has a newer version, {'terms', those that it has} if their keys are not all
-- named (nothing was written then), and else {'other', the stamp of another life that it has}.

local record, seen = redis.call('HGET', KEYS[1], ARGV[1]), nil
if isOfLife(record, ARGV[2]) then
  if versionOf(record) > tonumber(ARGV[3]) and (isToCome(record) or not string.find(stampOf(record), '@', 17, true)) then
    return {'done'}
  end
  seen = ARGV[9]
elseif isToCome(record) then
  -- Another life is about to begin under this id, or that was tried in vain: both are candidates.
  local _, terms = add(baseOf(KEYS[1]), ARGV[1], record, ARGV[5], ARGV[6], ARGV[7])
  redis.call('HSET', KEYS[1], ARGV[1], stampOf(record) .. ':' .. terms)
  return {'done'}
elseif record and stampOf(record) ~= ARGV[8] then
  return {'other', stampOf(record)}
end
if record and not areNamed(record) then
  return {'terms', termsOf(record)}
end
local answer = redis.call('HLEN', KEYS[1]) == 0 and 'first' or 'done'
put(baseOf(KEYS[1]), ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], seen)
return {answer}
