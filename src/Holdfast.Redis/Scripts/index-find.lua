-- Some candidates of a listing, in its order.
-- KEYS  threads, ids, updated (or due); then those of the terms that they must have and of those that they must not have; expires when 9 is not ''
-- ARGV  1 'i' by id, 'u' newest update first, 'd' by when they are due
--       2 where to go on: '' at the beginning, 'm' after the score 3 and id 4, 'a' after all with score 3, 'b' before all with score 3
--       5 how many candidates are wanted, 6 how many ids may be looked at, 7 and 8 lowest and highest score in updated (or due)
--       9 '' or the time by which they expire, 10 what the ids begin with, 11 how many terms they must have, 12 how many they must not have
-- Answers {{id, score, stamp, ...}, '1' if that is all, score and id of the last one that was looked at}

local threads, ids, ordered, expires = KEYS[1], KEYS[2], KEYS[3], KEYS[#KEYS]
local byId, where, afterScore, afterId = ARGV[1] == 'i', ARGV[2], tonumber(ARGV[3]), ARGV[4]
local want, budget = tonumber(ARGV[5]), tonumber(ARGV[6])
local lowest, highest, expiredBy, prefix = ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local lowestScore = lowest == '-inf' and -math.huge or tonumber(lowest)
local highestScore = highest == '+inf' and math.huge or tonumber(highest)
local needed, refused = {}, {}
for i = 1, tonumber(ARGV[11]) do
  needed[i] = KEYS[3 + i]
end
for i = 1, tonumber(ARGV[12]) do
  refused[i] = KEYS[3 + #needed + i]
end

-- All ids that begin with the prefix, as a range of their bytes. No byte of UTF-8 is the last one, so there is one after the last of the prefix.
local lowestId, highestId = '-', '+'
if prefix ~= '' then
  lowestId = '[' .. prefix
  highestId = '(' .. string.sub(prefix, 1, -2) .. string.char(string.byte(prefix, -1) + 1)
end

-- Lists that are fetched whole and sorted here, and sets that Redis intersects, are kept to sizes that take a few milliseconds.
local LIST, INTERSECTION, SLICE = 1000, 4096, 128

local found, examined, lastId, lastScore = {}, 0, afterId, ARGV[3]

local function accepts(id, score)
  if not score or score < lowestScore or score > highestScore or string.sub(id, 1, #prefix) ~= prefix then return false end
  for _, set in ipairs(needed) do
    if not redis.call('ZSCORE', set, id) then return false end
  end
  for _, set in ipairs(refused) do
    -- Of a version that is to come, or was, it is not known whether the thread has the term.
    if redis.call('ZSCORE', set, id) and not string.find(stampOf(redis.call('HGET', threads, id)), '@', 17, true) then return false end
  end
  if expiredBy ~= '' then
    local expiry = redis.call('ZSCORE', expires, id)
    return expiry and tonumber(expiry) <= tonumber(expiredBy)
  end
  return true
end

-- Looks at one id; whether to go on.
local function look(id, score)
  examined = examined + 1
  lastId, lastScore = id, score and string.format('%.0f', score) or lastScore
  if accepts(id, score) then
    found[#found + 1] = id
    found[#found + 1] = lastScore
    found[#found + 1] = stampOf(redis.call('HGET', threads, id))
  end
  return #found < want * 3 and examined < budget
end

local function answer(isAll)
  return {found, isAll and '1' or '0', lastScore, lastId}
end

local function scoreOf(id)
  local score = redis.call('ZSCORE', ordered, id)
  return score and tonumber(score)
end

-- Lua's own comparison follows the locale of the server.
local function isBefore(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

local function isAfterCursor(id, score)
  if where == '' then return true end
  if byId then return isBefore(afterId, id) end
  if score ~= afterScore then return score > afterScore end
  return where == 'b' or (where == 'm' and isBefore(afterId, id))
end

local function lookAtList(list)
  local rows = {}
  for _, id in ipairs(list) do
    local score = scoreOf(id)
    if score and isAfterCursor(id, score) then rows[#rows + 1] = {id, score} end
  end
  table.sort(rows, function(x, y)
    if not byId and x[2] ~= y[2] then return x[2] < y[2] end
    return isBefore(x[1], y[1])
  end)
  for i, row in ipairs(rows) do
    if not look(row[1], row[2]) then return answer(i == #rows) end
  end
  return answer(true)
end

local function lookAtPairs(pairsOfIdAndScore)
  for i = 1, #pairsOfIdAndScore, 2 do
    local id, score = pairsOfIdAndScore[i], tonumber(pairsOfIdAndScore[i + 1])
    if isAfterCursor(id, score) and not look(id, score) then return answer(i + 2 > #pairsOfIdAndScore) end
  end
  return answer(true)
end

local function rankAfterCursor()
  if where == '' then return 0 end
  local first = redis.call('ZCOUNT', ordered, '-inf', '(' .. ARGV[3])
  if where == 'b' then return first end
  local past = redis.call('ZCOUNT', ordered, '-inf', ARGV[3])
  if where == 'a' then return past end
  while first < past do
    local middle = math.floor((first + past) / 2)
    if isBefore(afterId, redis.call('ZRANGE', ordered, middle, middle)[1]) then past = middle else first = middle + 1 end
  end
  return first
end

local function countOf(set)
  return prefix == '' and redis.call('ZCARD', set) or redis.call('ZLEXCOUNT', set, lowestId, highestId)
end

local smallest, size = ids, countOf(ids)
for _, set in ipairs(needed) do
  local count = countOf(set)
  if count < size then smallest, size = set, count end
end
if size == 0 then return answer(true) end
if prefix ~= '' and not byId and size <= LIST then return lookAtList(redis.call('ZRANGEBYLEX', smallest, lowestId, highestId)) end

if expiredBy ~= '' then
  local count = redis.call('ZCOUNT', expires, '-inf', expiredBy)
  if count == 0 then return answer(true) end
  if count < size and count <= LIST then return lookAtList(redis.call('ZRANGEBYSCORE', expires, '-inf', expiredBy)) end
end

if byId then
  if lowest ~= '-inf' or highest ~= '+inf' then
    local count = redis.call('ZCOUNT', ordered, lowest, highest)
    if count == 0 then return answer(true) end
    if count < size and count <= LIST then return lookAtList(redis.call('ZRANGEBYSCORE', ordered, lowest, highest)) end
  end
  local from = (where == '' or isBefore(afterId, prefix)) and lowestId or '(' .. afterId
  while true do
    local slice = redis.call('ZRANGEBYLEX', smallest, from, highestId, 'LIMIT', 0, SLICE)
    for i, id in ipairs(slice) do
      if not look(id, scoreOf(id)) then return answer(i == #slice and #slice < SLICE) end
    end
    if #slice < SLICE then return answer(true) end
    from = '(' .. slice[#slice]
  end
end

-- Few are due at a time: those are walked through.
if #needed > 0 and size <= INTERSECTION and not (ARGV[1] == 'd' and redis.call('ZCOUNT', ordered, lowest, highest) <= LIST) then
  local arguments = {#needed + 1, unpack(needed)}
  arguments[#arguments + 1] = ordered
  arguments[#arguments + 1] = 'WEIGHTS'
  for _ = 1, #needed do arguments[#arguments + 1] = 0 end
  arguments[#arguments + 1] = 1
  arguments[#arguments + 1] = 'WITHSCORES'
  budget = math.huge
  return lookAtPairs(redis.call('ZINTER', unpack(arguments)))
end

local rank = rankAfterCursor()
if lowest ~= '-inf' then
  rank = math.max(rank, redis.call('ZCOUNT', ordered, '-inf', '(' .. lowest))
end
while true do
  local slice = redis.call('ZRANGE', ordered, rank, rank + SLICE - 1, 'WITHSCORES')
  for i = 1, #slice, 2 do
    local score = tonumber(slice[i + 1])
    if score > highestScore then return answer(true) end
    if not look(slice[i], score) then return answer(i + 1 == #slice and #slice < SLICE * 2) end
  end
  if #slice < SLICE * 2 then return answer(true) end
  rank = rank + SLICE
end
