-- KEYS  threads, ids, updated, expires, due; then those of the terms, and of those that the index is thought to have
-- ARGV  1 id, 2 life, 3 version, 4 score, 5 expiry or '', 6 due or '', 7 terms, 8 the stamp that may be replaced though it is of another life,
--       9 the score that was seen, '' for none, 10 the stamp of a version that will not come, '' for none
-- Answers {'first'} if the index was empty before, {'done'} if it is written now or has a newer version, {'terms', those that it has} if their keys are not all
-- named (nothing was written then), and else {'other', the stamp of another life that it has}.

local base, record, seen = baseOf(KEYS[1]), redis.call('HGET', KEYS[1], ARGV[1]), nil
local stamp = stampOf(record)
if record and stamp == ARGV[10] then
  seen = ARGV[9]
elseif isOfLife(record, ARGV[2]) then
  seen = ARGV[9]
  if versionOf(record) > tonumber(ARGV[3]) and (isToCome(record) or not string.find(stamp, '@', 17, true)) then
    if seen ~= '' then
      place(base, ARGV[1], ARGV[4], seen)
    end
    return {'done'}
  end
elseif isToCome(record) then
  -- Another life is about to begin under this id, or that was tried in vain: both are candidates.
  local _, terms = add(base, ARGV[1], record, ARGV[5], ARGV[6], ARGV[7])
  redis.call('HSET', KEYS[1], ARGV[1], stamp .. ':' .. terms)
  return {'done'}
elseif record and stamp ~= ARGV[8] then
  return {'other', stamp}
end
if record and not areNamed(record) then
  return {'terms', termsOf(record)}
end
local answer = redis.call('HLEN', KEYS[1]) == 0 and 'first' or 'done'
put(base, ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], seen)
return {answer}
