-- Tells the index of a version that is to come: adds what it brings, and takes nothing away. The place in the order of updates is only ever moved to a later time.
-- KEYS  threads, ids, updated; expires unless 5 is ''; due unless 6 is ''; then those of the terms
-- ARGV  1 id, 2 life, 3 version, 4 score, 5 expiry or '', 6 due or '', 7 terms, 8 '1' if the tenant is among those that have threads
-- Answers {the score of a later update that it has or '', '1' if it says more than holds after the commit, '1' if it was changed, the terms that it has,
-- and its stamp, '' if it was told of another version that may be to come};
-- nil if the tenant is to be added to those that have threads first, because its index is empty.

local base, id, life, version = baseOf(KEYS[1]), ARGV[1], ARGV[2], ARGV[3]
local record = redis.call('HGET', KEYS[1], id)
if not record and ARGV[8] ~= '1' and redis.call('HLEN', KEYS[1]) == 0 then
  return false
end
local isOfOthers = string.find(stampOf(record), '@', 17, true) and not (isOfLife(record, life) and versionOf(record) < tonumber(version))
local isNew, terms = add(base, id, record, ARGV[5], ARGV[6], ARGV[7])
if isNew or terms ~= ARGV[7] or not isOfLife(record, life) then
  if isOfLife(record, life) and versionOf(record) > tonumber(version) then
    version = string.format('%.0f', versionOf(record))
  end
  record, isNew = life .. version .. '@' .. string.format('%.0f', now()) .. ':' .. terms, true
  redis.call('HSET', KEYS[1], id, record)
end
local known = redis.call('ZSCORE', KEYS[3], id)
local isMoved = not known or tonumber(known) > tonumber(ARGV[4])
if isMoved then
  redis.call('ZADD', KEYS[3], ARGV[4], id)
end
local isLate = ARGV[6] ~= '' and tonumber(redis.call('ZSCORE', base .. 'due', id)) < tonumber(ARGV[6])
return {
  known and tonumber(known) < tonumber(ARGV[4]) and known or '',
  (isLate or terms ~= ARGV[7]) and '1' or '0',
  (isNew or isMoved) and '1' or '0',
  terms,
  isOfOthers and '' or stampOf(record),
}
