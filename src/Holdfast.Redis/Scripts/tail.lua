-- The head, and the entries that a load needs (or the first of them, if they take more than a mebibyte), as one picture.
-- KEYS  head, log   ARGV  1 how many entries are wanted at least, 2 the life that is wanted or '', 3 life and 4 version of what is known already, or ''
-- Answers {fields of the head, entries}; nil if there is no such thread; entries without a head are damage: {false}

local fields, head = redis.call('HGETALL', KEYS[1]), {}
if #fields == 0 then
  return redis.call('EXISTS', KEYS[2]) == 1 and {false} or false
end
for i = 1, #fields, 2 do
  head[fields[i]] = fields[i + 1]
end
if ARGV[2] ~= '' and head.l ~= ARGV[2] then
  return false
end
local version, keyframe = string.match(head.s or '', '^(%d+):(%d+):', 33)
if not version or #version > 19 then
  return {fields, {}}
end
local first, known = tonumber(head.f) or 1, tonumber(ARGV[4])
local from = math.max(first, math.min(math.max(tonumber(keyframe), first), tonumber(version) - tonumber(ARGV[1]) + 1))
if known and ARGV[3] == head.l and known >= first - 1 and known <= tonumber(version) then
  from = known + 1
end
return {fields, slice(KEYS[2], string.format('%.0f', from), version)}
