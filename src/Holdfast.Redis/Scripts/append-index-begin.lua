-- Nothing but the time of the update changed, for most commits. Else the index, whose functions follow, is written anew; so it is if it has lost the thread.
local isEarlier = takesExpiry and expiry ~= '' and (not stored[5] or tonumber(stored[5]) > tonumber(expiry))
local updated = string.sub(KEYS[3], 1, -8) .. 'updated'
if isNew or isEarlier or changesTerms or redis.call('ZADD', updated, 'XX', 'CH', ARGV[14], ARGV[15]) == 0 then

