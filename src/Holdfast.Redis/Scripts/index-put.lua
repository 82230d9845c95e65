-- KEYS  threads, ids, updated, expires; then those of the terms, and of those that the index is thought to have
-- ARGV  1 id, 2 born, 3 version, 4 score, 5 expiry or '', 6 terms, 7 the stamp that may be replaced though it is of another life, 8 the score that was seen, '' for none
-- Answers {'first'} if the index was empty before, {'done'} if it is written now or has a newer version, {'terms', those that it has} if their keys are not all
-- named (nothing was written then), and else {'other', the stamp of another life that it has}.

local record, seen = redis.call('HGET', KEYS[1], ARGV[1]), nil
if record then
  local stamp = stampOf(record)
  if string.sub(record, 1, 16) == ARGV[2] then
    if (tonumber(string.sub(stamp, 17)) or 0) > tonumber(ARGV[3]) then
      return {'done'}
    end
    seen = ARGV[8]
  elseif stamp ~= ARGV[7] then
    return {'other', stamp}
  end
  if not areNamed(record) then
    return {'terms', termsOf(record)}
  end
end
local answer = redis.call('HLEN', KEYS[1]) == 0 and 'first' or 'done'
put(baseOf(KEYS[1]), ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], seen)
return {answer}
