-- Nothing but the time of the update changed, for most commits, or not even that. Otherwise the index, whose functions follow, is written again; also if it has
-- lost the thread. The commit stands by now, whatever becomes of the index.
local updated, score, thread = KEYS[4], ARGV[8], ARGV[9]
if isSame then
  local place = ':' .. string.sub(score, 2) .. (due ~= '' and '@' .. due or '')
  if string.sub(state, -#place) == place then
    return 'a'
  end
  local moved = redis.pcall('ZADD', updated, 'XX', 'CH', score, thread)
  if moved == 1 then
    return 'a'
  end
  if type(moved) == 'table' then
    return 'w' .. moved.err
  end
end

