-- Nothing but the time of the update changed, for most commits, or not even that. Else the index, whose functions follow, is written anew; so it is if it has
-- lost the thread.
local updated, score, thread = KEYS[3], ARGV[8], ARGV[9]
if isSame and (string.sub(state, -#score) == ':' .. string.sub(score, 2) or redis.call('ZADD', updated, 'XX', 'CH', score, thread) == 1) then
  return 'a'
end

